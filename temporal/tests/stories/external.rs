//! Stories of workflows that signal others and ask them to stop.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, Ordering},
};

use futures::{FutureExt as _, channel::oneshot, future::Shared, join};
use sempre::{
    Canceled, Workflow, WorkflowContext, WorkflowHandle, activities, handlers,
    runtime::EngineBuilder,
    testing::TestEnvironment,
    workflow::{ExternalMessage, ExternalWorkflow, ExternalWorkflowError},
};
use serde::{Deserialize, Serialize};

use crate::{
    process::{self, until_events},
    story::{Outcome, Told, check, workflow_id},
};

/// Returns what it is signaled.
#[derive(Workflow, Default)]
struct Target {
    value: Option<String>,
}

#[handlers]
impl Target {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        ctx.wait_until(|target| target.value.is_some()).await?;
        Ok(ctx.state(|target| target.value.clone()).unwrap_or_default())
    }

    #[signal]
    fn go(&mut self, value: String) {
        self.value = Some(value);
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    Signal,
    Cancel,
    SignalUnawaited,
    Both,
}

/// Does something about a target.
#[derive(Workflow, Default)]
struct Ext {
    kept: Option<ExternalMessage>,
}

#[handlers]
impl Ext {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, ask: (Way, String)) -> Result<String, Canceled> {
        let (way, id) = ask;
        let target: ExternalWorkflow<Target> = ctx.external(id);
        let told = match way {
            Way::Signal => target.go("hi".into()).await,
            Way::Cancel => target.cancel("").await,
            Way::Both => {
                let (first, second) = join!(target.go("a".into()), target.go("b".into()));
                first.and(second)
            }
            Way::SignalUnawaited => {
                let message = target.go("x".into());
                ctx.update(|ext| ext.kept = Some(message));
                Ok(())
            }
        };
        Ok(match told {
            Ok(()) => "ok".to_owned(),
            Err(ExternalWorkflowError::NotFound) => CAUGHT.to_owned(),
            Err(error) => format!("caught {error:?}"),
        })
    }
}

/// What the server's library says of a signal to nobody.
const CAUGHT: &str = "caught ExternalWorkflowExecutionNotFound: \
    Unable to signal external workflow because it was not found";

/// The workflow that a story sends something to.
fn target(env: &TestEnvironment, story: &str) -> WorkflowHandle<Target> {
    env.workflow(format!("{}-t", story.replace('/', "-")))
}

/// Starts the target of a story.
async fn started(env: &TestEnvironment, story: &str) -> Outcome<WorkflowHandle<Target>> {
    let target = target(env, story).start(());
    Ok(target.task_queue("tq-external").await?)
}

/// Lets the sender of a story do its part; returns its history.
async fn tell(env: &TestEnvironment, story: &str, way: Way) -> Outcome<Told> {
    let sender = env.workflow::<Ext>(workflow_id(story));
    let target = target(env, story).workflow_id().to_string();
    let sender = sender.start((way, target)).task_queue("tq-external");
    let sender = sender.await?;
    sender.result().await?;
    Ok(Told::from([("sender".to_owned(), sender.history().await?)]))
}

/// Tells a story in which the target is running, or has been terminated.
#[track_caller]
fn both(story: &str, way: Way, is_closed: bool) {
    check(story, async |env| {
        let target = started(env, story).await?;
        if is_closed {
            target.terminate("over").await?;
        }
        let mut told = tell(env, story, way).await?;
        let _whatever = target.result().await;
        told.insert("target".to_owned(), target.history().await?);
        Ok(told)
    });
}

#[test]
fn a_signal_to_a_running_workflow() {
    both("external/signal_ok", Way::Signal, false);
}

#[test]
fn a_signal_to_nobody() {
    let story = "external/signal_missing";
    check(story, async |env| tell(env, story, Way::Signal).await);
}

#[test]
fn a_signal_to_a_workflow_that_has_closed() {
    both("external/signal_closed", Way::Signal, true);
}

#[test]
fn a_signal_with_the_last_breath() {
    let story = "external/signal_unawaited";
    check(story, async |env| {
        let target = started(env, story).await?;
        let mut told = tell(env, story, Way::SignalUnawaited).await?;
        told.insert("target".to_owned(), target.history().await?);
        Ok(told)
    });
}

#[test]
fn a_cancel_request_to_a_running_workflow() {
    both("external/cancel_ok", Way::Cancel, false);
}

#[test]
fn a_cancel_request_to_a_workflow_that_has_closed() {
    both("external/cancel_closed", Way::Cancel, true);
}

/// Whether a target has been slow once.
static WAS_SLOW: AtomicBool = AtomicBool::new(false);

/// What a target is slow with.
struct Work {
    done: Shared<oneshot::Receiver<()>>,
}

#[activities]
impl Work {
    #[activity(start_to_close = "1h")]
    async fn work(&self) -> Result<(), Infallible> {
        let _done = self.done.clone().await;
        Ok(())
    }
}

/// Returns what it is signaled, and is slow the first time.
#[derive(Workflow, Default)]
#[workflow(name = "Target")]
struct SlowTarget {
    value: Option<String>,
}

#[handlers]
impl SlowTarget {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        ctx.wait_until(|target| target.value.is_some()).await?;
        if !WAS_SLOW.swap(true, Ordering::SeqCst) {
            let _worked = ctx.local_activity(Work::work, ()).await;
        }
        Ok(ctx.state(|target| target.value.clone()).unwrap_or_default())
    }

    #[signal]
    fn go(&mut self, value: String) {
        self.value = Some(value);
    }
}

/// The second signal comes while the target is at the first, and both are answered before the sender
/// goes on.
#[test]
fn two_signals_of_one_task() {
    let story = "external/signal_two";
    let target_id = "external-signal_two-t";
    process::check(story, async |machine| {
        let engine = machine
            .process(EngineBuilder::workflow::<SlowTarget>)
            .await?;
        let target = engine.workflow::<SlowTarget>(target_id).start(());
        target.task_queue("tq-external").await?;
        engine.shutdown().await;
        let doomed = machine.doomed(EngineBuilder::workflow::<Ext>).await?;
        let sender = doomed.workflow::<Ext>(workflow_id(story));
        let sender = sender.start((Way::Both, target_id.to_owned()));
        // The process may die before it can say that this is done.
        let _started = sender.task_queue("tq-external").await;
        drop(doomed);
        let machine = machine.without_process();
        let (done, is_done) = oneshot::channel();
        let done_later = is_done.shared();
        let with_target = |engine: EngineBuilder| {
            let work = Work { done: done_later };
            engine.workflow::<SlowTarget>().activities(work)
        };
        let engine = machine.process(with_target).await?;
        let sender = engine.workflow::<Ext>(workflow_id(story));
        until_events(&sender, 9).await?;
        let _gone = done.send(());
        let target = engine.workflow::<SlowTarget>(target_id);
        assert_eq!(target.result().await?, "b");
        let target = target.history().await?;
        engine.shutdown().await;
        let engine = machine.process(EngineBuilder::workflow::<Ext>).await?;
        let sender = engine.workflow::<Ext>(workflow_id(story));
        assert_eq!(sender.result().await?, "ok");
        let sender = sender.history().await?;
        engine.shutdown().await;
        Ok(Told::from([
            ("sender".to_owned(), sender),
            ("target".to_owned(), target),
        ]))
    });
}
