//! Stories of cancellation; those of runs whose first workflow task waits are in `later`, and that of a
//! local activity in `local`.

use std::{pin::Pin, time::Duration};

use sempre::{
    ActivityContext, ActivityError, Canceled, CancellationType, Workflow, WorkflowContext,
    WorkflowHandle, activity, handlers,
    model::{self, ApplicationFailureInfo, FailureInfo},
    testing::TestEnvironment,
};

use crate::{
    program::Ended,
    story::{Outcome, check, run, workflow_id},
};

const HOUR: Duration = Duration::from_secs(3_600);
const QUEUE: &str = "tq-cancel";
const SHORT: Duration = Duration::from_millis(300);

#[activity(start_to_close = "5s", name = "nap")]
async fn doze(_seconds: f64) -> Result<String, Ended> {
    Ok("napped".into())
}

/// Ends as canceled when it is told to stop.
#[activity(start_to_close = "30s", heartbeat = "1s")]
async fn beat(ctx: ActivityContext, _seconds: f64) -> Result<String, Ended> {
    ctx.canceled().await;
    Err(Canceled::default().into())
}

/// Finishes although it is told to stop.
#[activity(start_to_close = "30s", heartbeat = "1s")]
async fn stubborn(ctx: ActivityContext, _seconds: f64) -> Result<String, Ended> {
    ctx.canceled().await;
    Ok("finished anyway".into())
}

/// Fails when it is told to stop.
#[activity(start_to_close = "30s", heartbeat = "1s")]
async fn failcancel(ctx: ActivityContext, _seconds: f64) -> Result<String, Ended> {
    ctx.canceled().await;
    let failure = |message: &str, error_type: &str| {
        let info = ApplicationFailureInfo {
            error_type: error_type.to_owned(),
            ..ApplicationFailureInfo::default()
        };
        model::Failure::new(message, FailureInfo::Application(info))
    };
    let cause = failure("Activity cancelled", "CancelledError");
    Err(Ended(
        failure("failed while cancelling", "FC").with_cause(cause),
    ))
}

#[activity(start_to_close = "30s")]
async fn echo(text: String) -> Result<String, Ended> {
    Ok(text)
}

/// An activity that was asked for.
type Under = Pin<Box<dyn Future<Output = Result<String, ActivityError<Ended>>>>>;

/// What the server's library says of an activity that was canceled.
const CAUGHT: &str = "caught CancelledError: Cancelled";

/// Is canceled, and deals with it as it is told.
#[derive(Workflow, Default)]
#[workflow(name = "Cancel")]
pub(crate) struct Alone;

#[handlers]
impl Alone {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: String) -> Result<String, Ended> {
        let scope = ctx.scope();
        match how.as_str() {
            "ignore" => {
                let _ignored = ctx.sleep(HOUR).await;
                ctx.detached().sleep(SHORT).await?;
                Ok("ignored the cancellation".into())
            }
            "shielded_act" => {
                let napped = ctx.detached().activity(doze, 1.0).await;
                if ctx.is_canceled() {
                    return Err(ctx.canceled().await.into());
                }
                napped.map_err(|error| Ended(error.failure().clone()))
            }
            "timer" => {
                let short = ctx.sleep(SHORT);
                let _long = scope.sleep(HOUR);
                short.await?;
                let rest = ctx.sleep(SHORT);
                scope.cancel("");
                rest.await?;
                Ok("timer cancelled".into())
            }
            "timer_unsent" => {
                let timer = scope.sleep(HOUR);
                scope.cancel("");
                match timer.await {
                    Ok(()) => Ok("it was sent".into()),
                    Err(_) => Ok("never sent".into()),
                }
            }
            "act_unsent" => {
                let activity = scope.activity(doze, 1.0).start();
                scope.cancel("");
                let ended = activity.await;
                let was_sent = !ended.is_err_and(|error| error.is_canceled());
                Ok(if was_sent {
                    "it was sent"
                } else {
                    "CancelledError"
                }
                .into())
            }
            _ => {
                ctx.sleep(HOUR).await?;
                Ok("slept".into())
            }
        }
    }
}

/// Cancels an activity, or is canceled while it waits for one.
#[derive(Workflow, Default)]
#[workflow(name = "Cancel")]
struct WithActivity;

#[handlers]
impl WithActivity {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (how, what): (String, String),
    ) -> Result<String, Ended> {
        let (kind, cancellation) = what.split_once(':').unwrap_or(("beat", &what));
        let cancellation = match cancellation {
            "ABANDON" => CancellationType::Abandon,
            "TRY_CANCEL" => CancellationType::TryCancel,
            _ => CancellationType::WaitCancellationCompleted,
        };
        if how == "wfact" {
            let beating = ctx.activity(beat, 20.0).cancellation(cancellation);
            return beating
                .await
                .map_err(|error| Ended(error.failure().clone()));
        }
        let scope = ctx.scope();
        let activity: Under = match (how.as_str(), kind) {
            ("unstarted", _) => {
                let echo = scope.activity(echo, "x".into()).task_queue("nobody");
                Box::pin(echo.cancellation(cancellation).start())
            }
            (_, "stubborn") => {
                let stubborn = scope.activity(stubborn, 1.5);
                Box::pin(stubborn.cancellation(cancellation).start())
            }
            (_, "failcancel") => {
                let failing = scope.activity(failcancel, 1.5);
                Box::pin(failing.cancellation(cancellation).start())
            }
            _ => {
                let beat = scope.activity(beat, 20.0);
                Box::pin(beat.cancellation(cancellation).start())
            }
        };
        ctx.sleep(SHORT).await?;
        scope.cancel("");
        Ok(match activity.await {
            Ok(returned) => format!("activity returned {returned}"),
            Err(error) if error.is_canceled() => CAUGHT.to_owned(),
            Err(error) => {
                let cause = error.failure().cause.as_deref();
                let message = cause.map_or_else(String::new, |cause| cause.message.clone());
                format!("caught ApplicationError: FC: {message}")
            }
        })
    }
}

/// Begins a story whose workflow is told one thing.
async fn alone(env: &TestEnvironment, story: &str, how: &str) -> Outcome<WorkflowHandle<Alone>> {
    env.activities(doze);
    Ok(env
        .workflow::<Alone>(workflow_id(story))
        .start(how.to_owned())
        .task_queue(QUEUE)
        .await?)
}

/// Begins a story of an activity.
async fn with_activity(
    env: &TestEnvironment,
    story: &str,
    (how, what): (&str, &str),
) -> Outcome<WorkflowHandle<WithActivity>> {
    env.activities(beat);
    env.activities(stubborn);
    env.activities(failcancel);
    let run = env.workflow::<WithActivity>(workflow_id(story));
    let start = run.start((how.to_owned(), what.to_owned()));
    Ok(start.task_queue(QUEUE).await?)
}

/// Tells a story to its end, whatever that is; asks the workflow to stop so many times.
#[track_caller]
fn tell_alone(name: &str, how: &str, cancellations: u32) {
    let story = format!("cancel/{name}");
    check(&story, async |env| {
        let workflow = alone(env, &story, how).await?;
        for _ in 0..cancellations {
            workflow.cancel("").await?;
        }
        let _whatever = workflow.result().await;
        run(&workflow).await
    });
}

/// Tells a story in which a workflow cancels its activity.
#[track_caller]
fn tell_activity(name: &str, how: &str, what: &str) {
    let story = format!("cancel/{name}");
    check(&story, async |env| {
        let workflow = with_activity(env, &story, (how, what)).await?;
        match how {
            "wfact" => workflow.cancel("").await?,
            // Time stands still while an activity runs, unless it is skipped.
            "actname" => env.skip(SHORT).await,
            _ => {}
        }
        let _whatever = workflow.result().await;
        run(&workflow).await
    });
}

#[test]
fn a_sleeping_workflow_is_canceled() {
    tell_alone("sleeping", "sleep", 1);
}

#[test]
fn a_workflow_ignores_that_it_is_canceled() {
    tell_alone("ignored", "ignore", 1);
}

#[test]
fn a_second_cancellation_leaves_no_event() {
    tell_alone("twice", "ignore", 2);
}

#[test]
fn what_is_canceled_before_it_has_left_leaves_no_event() {
    tell_alone("timer_unsent", "timer_unsent", 0);
    tell_alone("activity_unsent", "act_unsent", 0);
}

#[test]
fn a_timer_is_canceled() {
    tell_alone("timer", "timer", 0);
}

#[test]
fn a_detached_activity_goes_on() {
    let story = "cancel/shielded_activity";
    check(story, async |env| {
        let (napped, wait) = futures::channel::oneshot::channel::<()>();
        let wait = std::sync::Mutex::new(Some(wait));
        env.activity(doze, move |_| {
            let wait = wait.lock().ok().and_then(|mut wait| wait.take());
            async move {
                if let Some(wait) = wait {
                    let _told = wait.await;
                }
                Ok("napped".to_owned())
            }
        });
        let workflow = env.workflow::<Alone>(workflow_id(story));
        let workflow = workflow.start("shielded_act".to_owned());
        let workflow = workflow.task_queue(QUEUE).await?;
        workflow.cancel("").await?;
        let _told = napped.send(());
        let _whatever = workflow.result().await;
        run(&workflow).await
    });
}

#[test]
fn a_workflow_is_terminated() {
    let story = "cancel/terminate";
    check(story, async |env| {
        let workflow = alone(env, story, "sleep").await?;
        workflow.terminate("why").await?;
        run(&workflow).await
    });
}

#[test]
fn an_activity_is_asked_to_stop_and_not_waited_for() {
    tell_activity("beat_try_cancel", "actname", "beat:TRY_CANCEL");
}

#[test]
fn an_activity_is_left_alone() {
    tell_activity("beat_abandon", "actname", "beat:ABANDON");
    tell_activity("stubborn_abandon", "actname", "stubborn:ABANDON");
}

#[test]
fn an_activity_is_asked_to_stop_and_waited_for() {
    let waited = "WAIT_CANCELLATION_COMPLETED";
    let tell = |name: &str, kind: &str| {
        tell_activity(name, "actname", &format!("{kind}:{waited}"));
    };
    tell("beat_wait_cancellation_completed", "beat");
    tell("stubborn_wait_cancellation_completed", "stubborn");
    tell("failing_wait", "failcancel");
}

#[test]
fn an_activity_that_has_not_started_is_canceled_at_once() {
    tell_activity("unstarted_try_cancel", "unstarted", "TRY_CANCEL");
    let waited = "WAIT_CANCELLATION_COMPLETED";
    tell_activity("unstarted_wait_cancellation_completed", "unstarted", waited);
}

#[test]
fn a_workflow_that_waits_for_an_activity_is_canceled() {
    tell_activity("workflow_abandon", "wfact", "ABANDON");
    let waited = "WAIT_CANCELLATION_COMPLETED";
    tell_activity("workflow_wait_cancellation_completed", "wfact", waited);
}
