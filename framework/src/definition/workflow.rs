//! What a workflow is called and what goes in and out of it.

use serde::{Serialize, de::DeserializeOwned};

use crate::{definition::Failure, model::WorkflowVersion};

/// A workflow's state, and the name of its program.
///
/// Written by `#[derive(Workflow)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workflow",
    note = "a workflow's state is marked with `#[derive(Workflow)]`"
)]
pub trait Workflow: Sized + 'static {
    /// The workflow type, as it stands in histories.
    const TYPE: &'static str;
    /// The version of the code, if it states one; code that does not is the first.
    const VERSION: Option<WorkflowVersion> = None;
}

/// What goes in and out of a workflow.
///
/// Written by `#[handlers]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workflow with handlers",
    note = "a workflow's impl block is marked with `#[handlers]`"
)]
pub trait WorkflowSignature: Workflow {
    /// The argument of its `run` handler; `()` if it takes none.
    type Input: Serialize + DeserializeOwned + 'static;
    /// What `run` returns.
    type Output: Serialize + DeserializeOwned + 'static;
    /// What `run` fails with.
    type Error: Failure;
}
