//! Stories of workflows that signal others and ask them to stop.
//!
//! | story that is not told | because |
//! |---|---|
//! | `signal_two` | how often the receiver gets a workflow task between two signals is a matter of time |

use sempre::{
    Canceled, Workflow, WorkflowContext, WorkflowHandle, handlers,
    testing::TestEnvironment,
    workflow::{ExternalMessage, ExternalWorkflow, ExternalWorkflowError},
};
use serde::{Deserialize, Serialize};

use crate::story::{Outcome, Told, check, workflow_id};

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
