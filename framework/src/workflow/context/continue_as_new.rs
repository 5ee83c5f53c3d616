//! How workflow code asks for a run in the place of its own.

use std::rc::Rc;

use crate::{
    definition::WorkflowSignature,
    model::WorkflowType,
    workflow::{ContinueAsNew, WorkflowContext},
};

impl<W: WorkflowSignature> WorkflowContext<W> {
    /// Closes the run and begins another in its place, with this input and a history of its own.
    ///
    /// For workflows that go on for long: a run's history is bounded, and
    /// [`suggest_continue_as_new`](Self::suggest_continue_as_new) says when it is time. Options come
    /// between the call and its `await`, which does not return; see [`ContinueAsNew`].
    ///
    /// # Determinism
    /// It is recorded as the end of the run.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Workflow, WorkflowContext, handlers};
    /// use std::convert::Infallible;
    ///
    /// #[derive(Workflow, Default)]
    /// struct Countdown;
    ///
    /// #[handlers]
    /// impl Countdown {
    ///     #[run]
    ///     async fn run(ctx: WorkflowContext<Self>, left: u32) -> Result<String, Infallible> {
    ///         if left == 0 {
    ///             return Ok("done".into());
    ///         }
    ///         match ctx.continue_as_new(left - 1).await {}
    ///     }
    /// }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the next run takes its input, as a call does"
    )]
    pub fn continue_as_new(&self, input: W::Input) -> ContinueAsNew {
        ContinueAsNew::new::<W>(Rc::clone(self.host()), None, &input)
    }

    /// The same as a run of another workflow.
    ///
    /// Who waits for the result of this one gets that of the other, read as the type that this one
    /// promised.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the next run takes its input, as a call does"
    )]
    pub fn continue_as<Other: WorkflowSignature>(&self, input: Other::Input) -> ContinueAsNew {
        let workflow_type = Some(WorkflowType::new(Other::TYPE));
        ContinueAsNew::new::<Other>(Rc::clone(self.host()), workflow_type, &input)
    }
}
