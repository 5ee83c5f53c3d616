//! Workflows that signal others and ask them to stop.
//!
//! Left out is `external/signal_two`: how often the receiver gets a workflow task between two signals
//! is a matter of time.

use sempre::{
    Canceled, Workflow, WorkflowContext, WorkflowHandle, handlers,
    testing::TestEnvironment,
    workflow::{ExternalMessage, ExternalWorkflow},
};
use serde::{Deserialize, Serialize};

use super::{Told, check};

const ABOUT: &[&str] = &["xternalWorkflowExecution", "Signaled", "CancelRequested"];

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
enum Way {
    Signal,
    Cancel,
    Unawaited,
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
            Way::Unawaited => {
                let message = target.go("x".into());
                ctx.update(|ext| ext.kept = Some(message));
                Ok(())
            }
        };
        Ok(told.map_or_else(|error| format!("caught {error:?}"), |()| "ok".into()))
    }
}

/// Lets the sender of a story do its part; returns what it has returned.
async fn tell(
    env: &TestEnvironment,
    story: &str,
    way: Way,
) -> Result<String, Box<dyn std::error::Error>> {
    let sender = env.workflow::<Ext>(format!("{}-w", story.replace('/', "-")));
    let target = format!("{}-t", story.replace('/', "-"));
    let sender = sender.start((way, target)).await?;
    let said = sender.result().await?;
    check(story, "sender", &sender.history().await?, ABOUT);
    env.assert_replays(&sender).await;
    Ok(said)
}

async fn target(
    env: &TestEnvironment,
    story: &str,
) -> Result<WorkflowHandle<Target>, Box<dyn std::error::Error>> {
    let target = env.workflow::<Target>(format!("{}-t", story.replace('/', "-")));
    Ok(target.start(()).await?)
}

#[sempre::test]
async fn a_signal_to_a_running_workflow(env: TestEnvironment) -> Told {
    let story = "external/signal_ok";
    let target = target(&env, story).await?;
    assert_eq!(tell(&env, story, Way::Signal).await?, "ok");
    assert_eq!(target.result().await?, "hi");
    check(story, "target", &target.history().await?, ABOUT);
    Ok(())
}

#[sempre::test]
async fn a_signal_to_nobody(env: TestEnvironment) -> Told {
    let said = tell(&env, "external/signal_missing", Way::Signal).await?;
    assert_eq!(said, "caught NotFound");
    Ok(())
}

#[sempre::test]
async fn a_signal_to_a_workflow_that_has_closed(env: TestEnvironment) -> Told {
    let story = "external/signal_closed";
    target(&env, story).await?.terminate("over").await?;
    assert_eq!(tell(&env, story, Way::Signal).await?, "caught NotFound");
    Ok(())
}

#[sempre::test]
async fn a_signal_with_the_last_breath(env: TestEnvironment) -> Told {
    let story = "external/signal_unawaited";
    let target = target(&env, story).await?;
    assert_eq!(tell(&env, story, Way::Unawaited).await?, "ok");
    check(story, "target", &target.history().await?, ABOUT);
    Ok(())
}

#[sempre::test]
async fn a_cancel_request_to_a_running_workflow(env: TestEnvironment) -> Told {
    let story = "external/cancel_ok";
    let target = target(&env, story).await?;
    assert_eq!(tell(&env, story, Way::Cancel).await?, "ok");
    assert!(target.result().await.is_err());
    check(story, "target", &target.history().await?, ABOUT);
    Ok(())
}

#[sempre::test]
async fn a_cancel_request_to_a_workflow_that_has_closed(env: TestEnvironment) -> Told {
    let story = "external/cancel_closed";
    target(&env, story).await?.terminate("over").await?;
    assert_eq!(tell(&env, story, Way::Cancel).await?, "ok");
    Ok(())
}
