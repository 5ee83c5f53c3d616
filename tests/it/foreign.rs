//! Futures that sempre did not make: refused at the workflow task that awaits them, and admitted
//! where only the workflow wakes them.

use std::{sync::Mutex, time::Duration};

use futures::{FutureExt as _, StreamExt as _, channel::mpsc, channel::oneshot};
use sempre::{
    Canceled, Workflow, WorkflowContext, WorkflowHandle, handlers,
    model::EventAttributes,
    workflow::combinator::{join, select},
};
use sempre_tests::{Mode, Outcome, Scenario, World, workflow::Echo};

use crate::workflow_task::{fails, others_are_unharmed};

/// Awaits what nothing can bring.
#[derive(Workflow, Default)]
struct Stray;

#[handlers]
impl Stray {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>) {
        futures::future::pending::<()>().await;
    }
}

#[test]
fn workflow_code_that_waits_for_nothing_is_reported_as_stuck() -> Outcome {
    let scenario = Scenario::of::<Stray>().and::<Echo>();
    scenario.run_unchecked(async |world| {
        let stray = world.workflow::<Stray>("stray").start(()).await?;
        let why = "workflow Stray (stray) is stuck";
        world.until(&stray, |run| fails(run, why)).await?;
        others_are_unharmed(world).await
    })
}

/// Waits by two clocks at once.
#[derive(Workflow, Default)]
struct TwoClocks;

#[handlers]
impl TwoClocks {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        #[allow_nondeterminism(reason = "the guard at run time has to see it")]
        let timer = tokio::time::sleep(Duration::from_secs(3_600));
        let mut timer = Box::pin(timer.fuse());
        select! {
            slept = ctx.sleep(Duration::from_secs(60)) => slept,
            () = timer => Ok(()),
        }
    }
}

#[test]
fn a_timer_of_tokio_beside_one_of_sempre_fails_the_task_that_begins_to_wait_for_it() -> Outcome {
    let scenario = Scenario::of::<TwoClocks>().and::<Echo>();
    scenario.run_unchecked(async |world| {
        let clocks = world.workflow::<TwoClocks>("clocks").start(()).await?;
        let why = "workflow TwoClocks (clocks) awaits, in its main routine, a future that sempre \
                   did not make";
        let run = world.until(&clocks, |run| fails(run, why)).await?;
        assert_eq!(run.pending_timers, 0, "no task came to an end");
        others_are_unharmed(world).await
    })
}

/// Listens to somebody outside, and waits to be told.
#[derive(Workflow, Default)]
struct Eavesdropper {
    told: bool,
}

/// The way to the workflow that no workflow should have.
static SPEAKER: Mutex<Option<oneshot::Sender<()>>> = Mutex::new(None);

#[handlers]
impl Eavesdropper {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        let (speaker, heard) = oneshot::channel();
        if let Ok(mut outside) = SPEAKER.lock() {
            *outside = Some(speaker);
        }
        // It says that nobody outside wakes it, which is not true.
        let (_, told) = join!(ctx.foreign(heard), ctx.wait_until(|state| state.told));
        told
    }

    #[signal]
    fn tell(&mut self) {
        self.told = true;
    }
}

#[test]
fn workflow_code_that_is_woken_from_outside_fails_its_next_task_and_names_the_cause() -> Outcome {
    let scenario = Scenario::of::<Eavesdropper>().and::<Echo>();
    scenario.run_unchecked(async |world| {
        let start = world.workflow::<Eavesdropper>("eavesdropper");
        let eavesdropper = start.start(()).await?;
        let speaker = SPEAKER.lock().map_err(|error| error.to_string())?.take();
        let speaker = speaker.ok_or("the workflow has begun")?;
        // A program that is not kept in memory is not there to hear it.
        assert_eq!(speaker.send(()).is_ok(), world.mode == Mode::Live);
        eavesdropper.tell().await?;
        // Another attempt begins with a program that nobody has woken.
        world
            .until(&eavesdropper, |run| run.workflow_task.is_none())
            .await?;
        let history = eavesdropper.history().await?;
        let failed = history.attributes().find_map(|event| match event {
            EventAttributes::WorkflowTaskFailed(failed) => failed.failure.as_ref(),
            _ => None,
        });
        let why = "was woken from outside";
        assert_eq!(
            failed.is_some_and(|failure| failure.message.contains(why)),
            world.mode == Mode::Live
        );
        others_are_unharmed(world).await
    })
}

/// Its handler waits for somebody outside, while its main routine does as it should.
#[derive(Workflow, Default)]
struct Distracted;

/// Keeps what the handler waits for from being over.
static ELSEWHERE: Mutex<Vec<oneshot::Sender<()>>> = Mutex::new(Vec::new());

#[handlers]
impl Distracted {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.sleep(Duration::from_secs(60)).await
    }

    #[signal]
    async fn listen(_ctx: WorkflowContext<Self>) {
        let (sender, receiver) = oneshot::channel();
        if let Ok(mut elsewhere) = ELSEWHERE.lock() {
            elsewhere.push(sender);
        }
        let _ = receiver.await;
    }
}

#[test]
fn a_foreign_future_in_a_handler_fails_the_task_and_names_the_handler() -> Outcome {
    let scenario = Scenario::of::<Distracted>().and::<Echo>();
    scenario.run_unchecked(async |world| {
        let run = world.workflow::<Distracted>("distracted").start(()).await?;
        run.listen().await?;
        let why = "workflow Distracted (distracted) awaits, in its handler of signal listen, a \
                   future that sempre did not make";
        world.until(&run, |run| fails(run, why)).await?;
        others_are_unharmed(world).await
    })
}

/// Hands words from its signal handlers to its main routine through channels.
#[derive(Workflow)]
struct Mailbox {
    words: mpsc::UnboundedSender<String>,
    mail: Option<mpsc::UnboundedReceiver<String>>,
    /// Woken by the main routine once the handler's word has been read.
    read: Vec<oneshot::Sender<()>>,
    receipts: u32,
}

#[handlers]
impl Mailbox {
    #[init]
    fn init() -> Self {
        let (words, mail) = mpsc::unbounded();
        Self {
            words,
            mail: Some(mail),
            read: Vec::new(),
            receipts: 0,
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(String, u32), Canceled> {
        let Some(mut mail) = ctx.update(|state| state.mail.take()) else {
            return Err(Canceled::default());
        };
        let mut all = Vec::new();
        while let Some(word) = ctx.foreign(mail.next()).await {
            if word == "end" {
                break;
            }
            all.push(word);
            ctx.sleep(Duration::from_secs(1)).await?;
            for handler in ctx.update(|state| std::mem::take(&mut state.read)) {
                let _ = handler.send(());
            }
        }
        Ok((all.join(" "), ctx.state(|state| state.receipts)))
    }

    #[signal]
    fn post(&mut self, word: String) {
        let _ = self.words.unbounded_send(word);
    }

    #[signal]
    async fn post_and_wait(ctx: WorkflowContext<Self>, word: String) {
        let (sender, receiver) = oneshot::channel();
        ctx.update(|state| {
            state.read.push(sender);
            let _ = state.words.unbounded_send(word);
        });
        if ctx.foreign(receiver).await.is_ok() {
            ctx.update(|state| state.receipts += 1);
        }
    }
}

async fn pause_is_over(world: &World, mailbox: &WorkflowHandle<Mailbox>) -> Outcome {
    world.pass_seconds(1).await;
    world
        .until(mailbox, |run| {
            run.pending_timers == 0 && run.workflow_task.is_none()
        })
        .await?;
    Ok(())
}

#[test]
fn channels_between_handlers_and_the_main_routine_work_where_the_workflow_vouches() -> Outcome {
    Scenario::of::<Mailbox>().run(async |world| {
        let mailbox = world.workflow::<Mailbox>("mailbox").start(()).await?;
        mailbox.post("in".into()).await?;
        pause_is_over(world, &mailbox).await?;
        mailbox.post_and_wait("good".into()).await?;
        pause_is_over(world, &mailbox).await?;
        mailbox.post("order".into()).await?;
        pause_is_over(world, &mailbox).await?;
        mailbox.post("end".into()).await?;
        assert_eq!(mailbox.result().await?, ("in good order".into(), 1));
        Ok(())
    })
}
