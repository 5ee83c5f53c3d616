//! Stories of runs and activities that operators pause, and of activities that are given another chance.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::channel::oneshot;
use sempre::{
    ActivityContext, Workflow, WorkflowContext, WorkflowHandle, activity,
    client::WorkflowDescription,
    definition::Failure as _,
    handlers,
    model::{ActivityOptionsChange, RetryPolicy},
    testing::TestEnvironment,
};
use serde_json::json;

use crate::{
    activity::{open_gate, start},
    program::Ended,
    story::{Outcome, check, check_on, run, workflow_id},
};

/// Looks at a run until it stands like this.
async fn until<W: Workflow>(
    run: &WorkflowHandle<W>,
    stands: impl Fn(&WorkflowDescription) -> bool,
) -> Outcome {
    while !stands(&run.describe().await?) {}
    Ok(())
}

/// Whether the only activity waits for an attempt with this number.
fn waits(number: u32) -> impl Fn(&WorkflowDescription) -> bool {
    move |run| {
        let mut activities = run.activities.iter();
        activities.any(|it| it.attempt == number && it.started_at.is_none())
    }
}

#[test]
fn an_activity_that_backs_off_is_paused_and_goes_on() {
    let story = "activity/pause_backoff";
    check(story, async |env| -> Outcome<_> {
        let id = workflow_id(story);
        let options = json!({
            "activity_id": "a1",
            "retry": {"backoff_coefficient": 1, "initial_interval": 0.3},
            "start_to_close_timeout": 10,
        });
        let told = ("gated".to_owned(), vec![json!(id)], options);
        let act = start(env, &id, told).await?;
        until(&act, waits(2)).await?;
        act.pause_activity("a1", "why").await?;
        act.pause_activity("a1", "why again").await?;
        env.skip(Duration::from_secs(2)).await;
        let paused = act.describe().await?;
        assert!(waits(2)(&paused));
        let pause = paused.activities.first().and_then(|it| it.pause.clone());
        assert_eq!(pause.map(|it| it.reason).as_deref(), Some("why"));
        open_gate(&id);
        act.unpause_activity("a1").await?;
        assert_eq!(act.result().await?, "open at attempt 2");
        run(&act).await
    });
}

#[test]
fn an_activity_that_runs_is_told_of_a_pause_and_begins_anew() {
    let story = "activity/pause_running";
    check(story, async |env| -> Outcome<_> {
        let id = workflow_id(story);
        let options = json!({
            "activity_id": "a1",
            "heartbeat_timeout": 1,
            "retry": {"initial_interval": 0.2},
            "start_to_close_timeout": 10,
        });
        let told = ("hang".to_owned(), vec![json!(2.0)], options);
        let act = start(env, &id, told).await?;
        until(&act, |run| {
            run.activities.iter().any(|it| it.started_at.is_some())
        })
        .await?;
        act.pause_activity("a1", "why").await?;
        until(&act, waits(2)).await?;
        env.skip(Duration::from_secs(2)).await;
        open_gate(&id);
        act.unpause_activity("a1").reset_attempts().await?;
        assert_eq!(act.result().await?, "attempt 1 done");
        run(&act).await
    });
}

#[test]
fn an_activity_that_backs_off_for_long_is_tried_again_as_if_for_the_first_time() {
    let story = "activity/reset_activity";
    check(story, async |env| -> Outcome<_> {
        let id = workflow_id(story);
        let options = json!({
            "activity_id": "a1",
            "retry": {"backoff_coefficient": 8, "initial_interval": 0.2},
            "start_to_close_timeout": 10,
        });
        let told = ("gated".to_owned(), vec![json!(id)], options);
        let act = start(env, &id, told).await?;
        env.skip(Duration::from_secs(2)).await;
        until(&act, waits(4)).await?;
        open_gate(&id);
        act.reset_activity("a1").await?;
        assert_eq!(act.result().await?, "open at attempt 1");
        run(&act).await
    });
}

#[test]
fn an_activity_that_backs_off_for_long_is_given_a_retry_policy_with_less_patience() {
    let story = "activity/update_options";
    check(story, async |env| -> Outcome<_> {
        let id = workflow_id(story);
        let options = json!({
            "activity_id": "a1",
            "retry": {"initial_interval": 30},
            "start_to_close_timeout": 10,
        });
        let told = ("gated".to_owned(), vec![json!(id)], options);
        let act = start(env, &id, told).await?;
        until(&act, waits(2)).await?;
        open_gate(&id);
        let eager = RetryPolicy::default().initial_interval(Duration::from_secs(1));
        let change = ActivityOptionsChange::default().retry(eager);
        act.update_activity_options("a1", change).await?;
        env.skip(Duration::from_secs(2)).await;
        assert_eq!(act.result().await?, "open at attempt 2");
        run(&act).await
    });
}

/// Ends the nap that somebody takes.
static ALARM: Mutex<Option<oneshot::Sender<()>>> = Mutex::new(None);

fn alarm() -> MutexGuard<'static, Option<oneshot::Sender<()>>> {
    ALARM.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Naps until it is woken; in the story of a run that is terminated for ever.
#[activity(start_to_close = "5s")]
async fn nap(ctx: ActivityContext, _seconds: f64) -> Result<String, Ended> {
    if ctx.info().execution.workflow_id.as_str() == workflow_id(TERMINATED) {
        std::future::pending::<()>().await;
    }
    let (ring, rung) = oneshot::channel();
    *alarm() = Some(ring);
    // Whoever has set it rings it.
    let _rung = rung.await;
    Ok("napped".to_owned())
}

/// Naps, waits for a word, and returns it a while later.
#[derive(Workflow, Default)]
struct Pausable {
    word: Option<String>,
}

#[handlers]
impl Pausable {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Ended> {
        let napped = ctx.activity(nap, 1.0).await;
        napped.map_err(|error| Ended(error.to_failure()))?;
        ctx.wait_until(|it| it.word.is_some()).await?;
        ctx.sleep(Duration::from_millis(500)).await?;
        Ok(ctx.state(|it| it.word.clone()).unwrap_or_default())
    }

    #[signal]
    fn go(&mut self, word: String) {
        self.word = Some(word);
    }
}

const TERMINATED: &str = "activity/pause_workflow_terminate";

#[test]
fn a_paused_run_is_asked_to_stop_and_terminated() {
    check(TERMINATED, async |env| -> Outcome<_> {
        env.activities(nap);
        let pausable = env.workflow::<Pausable>(workflow_id(TERMINATED));
        let pausable = pausable.start(()).task_queue("tq-acts").await?;
        pausable.pause("why").await?;
        pausable.cancel("").await?;
        pausable
            .terminate("terminated by user via frontend")
            .await?;
        run(&pausable).await
    });
}

#[test]
fn a_run_that_nobody_has_taken_yet_is_paused_and_goes_on() {
    let story = "activity/pause_workflow_unstarted";
    let host = TestEnvironment::builder().engine(|engine| engine.activities_on("tq-pw", nap));
    check_on(story, host, async |env| -> Outcome<_> {
        // Nobody has its code yet.
        let engine = env.engine().await;
        let pausable = engine.workflow::<Pausable>(workflow_id(story));
        let pausable = pausable.start(()).task_queue("tq-pw").await?;
        pausable.pause("why").await?;
        let while_paused = pausable.history().await?;
        let pausable = env.workflow::<Pausable>(workflow_id(story));
        pausable.unpause("r").await?;
        until(&pausable, |_| alarm().is_some()).await?;
        pausable.go("x".into()).await?;
        until(&pausable, |run| run.history_length == 13).await?;
        let ring = alarm().take().ok_or("somebody naps")?;
        ring.send(()).map_err(|()| "nobody naps any more")?;
        assert_eq!(pausable.result().await?, "x");
        let mut told = run(&pausable).await?;
        told.insert("while_paused".to_owned(), while_paused);
        Ok(told)
    });
}
