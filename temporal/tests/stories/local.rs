//! Stories of local activities: their markers, and the workflow tasks that wait for them.
//!
//! In `local/timeout` the Python library wraps the timeout, live and not in its own replay; that the
//! workflow calls it final is put into its mouth here.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt as _, channel::oneshot, future::Shared, join};
use sempre::{
    ActivityContext, ActivityError, RetryPolicy, Workflow, WorkflowContext, activities, handlers,
    model::EventAttributes, testing::TestEnvironment,
};

use serde_json::{Value, json};

use crate::{
    program::{Ended, failed, of_type},
    story::{Outcome, Told, chain, check, history_of, run, workflow_id},
};

/// The activities of the stories. Who naps is woken by an echo, by the test, or not at all.
#[derive(Clone)]
struct Chores {
    echoes: Arc<Mutex<Option<oneshot::Sender<()>>>>,
    echoed: Shared<oneshot::Receiver<()>>,
}

impl Default for Chores {
    fn default() -> Self {
        let (echoes, echoed) = oneshot::channel();
        Self {
            echoes: Arc::new(Mutex::new(Some(echoes))),
            echoed: echoed.shared(),
        }
    }
}

impl Chores {
    /// Wakes whoever naps, now or later.
    fn wake(&self) {
        let echoes = self.echoes.lock().ok().and_then(|mut echoes| echoes.take());
        // Nobody may nap.
        let _heard = echoes.map(|echoes| echoes.send(()));
    }
}

#[activities]
impl Chores {
    #[activity(start_to_close = "5s")]
    async fn echo(&self, text: String) -> Result<String, Ended> {
        self.wake();
        Ok(text)
    }

    #[activity(start_to_close = "5s")]
    async fn nap(&self, seconds: f64) -> Result<String, Ended> {
        if seconds <= 0.0 {
            return Ok("napped".into());
        }
        let _echoed = self.echoed.clone().await;
        Ok("napped".into())
    }

    /// Fails until the attempt that it is told of.
    #[activity(start_to_close = "5s")]
    async fn flaky(&self, ctx: ActivityContext, succeeds_at: u32) -> Result<String, Ended> {
        let attempt = format!("attempt {}", ctx.info().attempt);
        if ctx.info().attempt < succeeds_at {
            return Err(failed(attempt, of_type("Flaky")));
        }
        Ok(attempt)
    }
}

impl From<ActivityError<Ended>> for Ended {
    fn from(error: ActivityError<Ended>) -> Self {
        Self(error.failure().clone())
    }
}

/// Calls local activities as it is told.
#[derive(Workflow, Default)]
struct Local;

#[handlers]
impl Local {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, what: String) -> Result<String, Ended> {
        let echo = |text: &str| ctx.local_activity(Chores::echo, text.into());
        let quickly = RetryPolicy::default().initial_interval(Duration::from_millis(100));
        match what.as_str() {
            "ok" => echo("x").await.map_err(Ended::from),
            "fail" => {
                let flaky = ctx.local_activity(Chores::flaky, 9);
                flaky
                    .retry(quickly.max_attempts(2))
                    .await
                    .map_err(Ended::from)
            }
            "retry" => {
                let flaky = ctx.local_activity(Chores::flaky, 3);
                flaky.retry(quickly).await.map_err(Ended::from)
            }
            "threshold" => {
                let slowly = RetryPolicy::default()
                    .initial_interval(Duration::from_millis(600))
                    .backoff(3.0);
                ctx.local_activity(Chores::flaky, 3)
                    .retry(slowly)
                    .local_retry_threshold(Duration::from_secs(1))
                    .await
                    .map_err(Ended::from)
            }
            "thentimer" => {
                let said = echo("x").await.map_err(Ended::from)?;
                ctx.sleep(Duration::from_millis(200)).await?;
                Ok(said)
            }
            "mixed" => {
                let remote = ctx.activity(Chores::echo, "remote".into()).start();
                let local = echo("local").await.map_err(Ended::from)?;
                Ok(local + &remote.await.map_err(Ended::from)?)
            }
            "parallel" => {
                let napping = ctx.local_activity(Chores::nap, 0.4).start();
                let echoed = echo("x").start();
                let (napped, echoed) = (napping.await, echoed.await);
                Ok(format!(
                    "{},{}",
                    napped.map_err(Ended::from)?,
                    echoed.map_err(Ended::from)?
                ))
            }
            _ => {
                let napped = ctx
                    .local_activity(Chores::nap, 5.0)
                    .start_to_close(Duration::from_millis(500))
                    .retry(RetryPolicy::none())
                    .await;
                napped.or_else(|error| Ok(format!("caught 7 TimeoutError: {error}")))
            }
        }
    }
}

/// Naps, and says what it has heard meanwhile.
#[derive(Workflow, Default)]
struct X {
    heard: Option<String>,
}

#[handlers]
impl X {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: Value) -> Result<String, Ended> {
        let nap = ctx.local_activity(Chores::nap, 9.0);
        let napped = nap.start_to_close(Duration::from_secs(20)).await?;
        let heard = ctx.state(|x| x.heard.clone());
        Ok(heard.map_or(napped, |heard| format!("saw {heard}")))
    }

    #[signal]
    fn go(&mut self, text: String) {
        self.heard = Some(text);
    }
}

/// Naps, and goes on as new with what it has heard meanwhile.
#[derive(Workflow, Default)]
#[workflow(name = "X")]
struct Carrier {
    heard: Vec<String>,
}

#[handlers]
impl Carrier {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: Value) -> Result<String, Ended> {
        if let Some(carried) = how.get(2).and_then(Value::as_array) {
            let carried: Vec<&str> = carried.iter().filter_map(Value::as_str).collect();
            return Ok(format!("carried {}", carried.join(",")));
        }
        let nap = ctx.local_activity(Chores::nap, 2.0);
        nap.start_to_close(Duration::from_secs(20)).await?;
        let heard = ctx.state(|carrier| carrier.heard.clone());
        match ctx.continue_as_new(json!([how.get(0), 0, heard])).await {}
    }

    #[signal]
    fn go(&mut self, text: String) {
        self.heard.push(text);
    }
}

#[test]
fn a_run_that_goes_on_as_new_is_told_the_signal_that_waits_first() {
    let story = "extra/unhandled_can_2s";
    check(story, async |env: &TestEnvironment| -> Outcome<_> {
        let chores = Chores::default();
        env.activities(chores.clone());
        let start = env.workflow::<Carrier>(workflow_id(story));
        let start = start.start(json!(["can", 1])).task_queue("tq-extra");
        let carrier = start.await?;
        let first = carrier.run_id().ok_or("a start names its run")?;
        carrier.go("x".into()).await?;
        chores.wake();
        carrier.result().await?;
        chain::<Carrier>(env, &workflow_id(story), first).await
    });
}

/// Naps twice, the second time for long.
#[derive(Workflow, Default)]
#[workflow(name = "Cancel")]
struct Sleeper;

#[handlers]
impl Sleeper {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) -> Result<String, Ended> {
        let _second = ctx.sleep(Duration::from_secs(1));
        ctx.local_activity(Chores::nap, 0.0).await?;
        ctx.sleep(Duration::from_millis(10)).await?;
        let nap = ctx.local_activity(Chores::nap, 2.5);
        Ok(nap.start_to_close(Duration::from_secs(20)).await?)
    }

    #[signal]
    fn nope(&mut self, _text: String) {}
}

#[test]
fn a_run_is_terminated_while_its_workflow_task_is_open() {
    let story = "cancel/terminate_mid_task";
    check(story, async |env: &TestEnvironment| -> Outcome<_> {
        env.activities(Chores::default());
        let sleeper = env.workflow::<Sleeper>(workflow_id(story));
        let sleeper = sleeper.start("timer_race".into()).task_queue("tq-cancel");
        let sleeper = sleeper.await?;
        env.skip(Duration::from_millis(10)).await;
        while sleeper.history().await?.events.len() < 10 {}
        sleeper.nope("x".into()).await?;
        sleeper.terminate("mid task").await?;
        run(&sleeper).await
    });
}

/// Naps in a workflow task of its own, and on the spot, and waits for a signal.
#[derive(Workflow, Default)]
#[workflow(name = "X")]
struct Reorder {
    heard: Option<String>,
}

#[handlers]
impl Reorder {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) -> Result<String, Ended> {
        let limit = Duration::from_secs(20);
        let away = ctx.activity(Chores::nap, 1.5).start_to_close(limit).start();
        let short = ctx.sleep(Duration::from_millis(10));
        let _long = ctx.sleep(Duration::from_secs(1));
        short.await?;
        let here = ctx.local_activity(Chores::nap, 4.0);
        here.start_to_close(limit).await?;
        let napped = away.await?;
        ctx.wait_until(|reorder| reorder.heard.is_some()).await?;
        let heard = ctx.state(|reorder| reorder.heard.clone());
        Ok(napped + &heard.unwrap_or_default())
    }

    #[signal]
    fn go(&mut self, text: String) {
        self.heard = Some(text);
    }
}

#[test]
fn what_ends_while_a_task_is_open_is_written_behind_signals() {
    let story = "extra/buffer_reorder";
    check(story, async |env: &TestEnvironment| -> Outcome<_> {
        let (away, here) = (Chores::default(), Chores::default());
        let nap = {
            let (away, here) = (away.echoed.clone(), here.echoed.clone());
            move |seconds: f64| {
                let woken = if seconds < 2.0 { &away } else { &here };
                woken.clone().map(|_woken| Ok("napped".to_owned()))
            }
        };
        env.activity(Chores::nap, nap);
        let x = env.workflow::<Reorder>(workflow_id(story));
        let x = x.start("reorder".into()).task_queue("tq-extra").await?;
        // Both timers are late, as on the server.
        env.suspend(Duration::from_secs(1)).await;
        while x.history().await?.events.len() < 11 {}
        away.wake();
        while !x.describe().await?.activities.is_empty() {}
        x.go("sig".into()).await?;
        here.wake();
        x.result().await?;
        run(&x).await
    });
}

#[test]
fn a_workflow_task_heartbeats_while_one_runs() {
    let story = "extra/local_heartbeat";
    check(story, async |env: &TestEnvironment| -> Outcome<_> {
        let chores = Chores::default();
        env.activities(chores.clone());
        let x = env.workflow::<X>(workflow_id(story));
        let x = x.start(json!("lahb")).task_timeout(Duration::from_secs(5));
        let x = x.task_queue("tq-extra").await?;
        env.skip(Duration::from_secs(9)).await;
        chores.wake();
        x.result().await?;
        run(&x).await
    });
}

#[test]
fn a_run_that_returns_is_told_the_signal_that_waits_first() {
    let story = "extra/unhandled_complete_2s";
    check(story, async |env: &TestEnvironment| -> Outcome<_> {
        let chores = Chores::default();
        env.activities(chores.clone());
        let x = env.workflow::<X>(workflow_id(story));
        let x = x
            .start(json!(["complete", 1]))
            .task_queue("tq-extra")
            .await?;
        x.go("x".into()).await?;
        chores.wake();
        x.result().await?;
        Ok(Told::from([("run1".to_owned(), x.history().await?)]))
    });
}

#[track_caller]
fn tell(name: &str, what: &str, patience: Duration) {
    let story = format!("local/{name}");
    check(&story, async |env: &TestEnvironment| -> Outcome<_> {
        env.activities(Chores::default());
        let local = env.workflow::<Local>(workflow_id(&story));
        let local = local.start(what.to_owned()).task_queue("tq-local").await?;
        // Time passes beside a running activity only where a test says so.
        let (_whatever, ()) = join!(local.result(), env.skip(patience));
        run(&local).await
    });
}

#[test]
fn one_that_returns_its_result() {
    tell("ok", "ok", Duration::ZERO);
}

#[test]
fn one_that_fails_as_often_as_it_may_is_the_failure_of_the_run() {
    tell("fail", "fail", Duration::ZERO);
}

#[test]
fn one_that_is_tried_again_in_process() {
    tell("retry", "retry", Duration::ZERO);
}

#[test]
fn a_wait_above_the_threshold_is_a_timer() {
    tell("threshold", "threshold", Duration::ZERO);
}

#[test]
fn a_timer_after_it() {
    tell("then_timer", "thentimer", Duration::ZERO);
}

#[test]
fn one_beside_an_ordinary_activity() {
    tell("mixed", "mixed", Duration::ZERO);
}

#[test]
fn two_at_once_are_written_as_they_end() {
    tell("parallel", "parallel", Duration::ZERO);
}

#[test]
fn one_that_takes_too_long() {
    tell("timeout", "timeout", Duration::from_secs(1));
}

#[test]
fn recorded_histories_are_told_again() {
    for story in [
        "fail",
        "mixed",
        "ok",
        "parallel",
        "retry",
        "then_timer",
        "threshold",
        "timeout",
    ] {
        let Some(history) = history_of(&format!("local/{story}"), "run") else {
            return;
        };
        assert!(
            history
                .attributes()
                .any(|it| matches!(it, EventAttributes::MarkerRecorded(_))),
            "{story}"
        );
        let code = sempre::workflow::ProgramFactory::of::<Local>(sempre::model::Codecs::NONE);
        let told = sempre::testing::replay::check_recorded(
            &history,
            &code,
            sempre::testing::replay::Comparison::Kinds,
        );
        assert!(told.is_ok(), "{story}: {}", told.unwrap_err());
    }
}
