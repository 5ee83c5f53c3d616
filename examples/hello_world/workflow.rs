//! The workflow: it calls one activity and returns what that returned.

use sempre::{ActivityError, Workflow, WorkflowContext, handlers};

use crate::activity::greet;

/// Greets somebody.
#[derive(Workflow, Default)]
pub(crate) struct Hello;

#[handlers]
impl Hello {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        name: String,
    ) -> Result<String, ActivityError<std::convert::Infallible>> {
        ctx.activity(greet, name).await
    }
}
