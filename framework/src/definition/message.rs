//! What the messages of a workflow are called and what goes in and out of them.

use serde::{Serialize, de::DeserializeOwned};

use crate::definition::{Failure, Workflow};

/// A signal: a message that is recorded and changes the workflow, without an answer.
///
/// Written by `#[signal]`.
pub trait Signal: 'static {
    /// The workflow that takes it.
    type Workflow: Workflow;
    /// Its argument; `()` if it takes none.
    type Input: Serialize + DeserializeOwned + 'static;

    /// The signal's name, as it stands in histories.
    const NAME: &'static str;
}

/// A query: a question about a workflow's state that changes nothing and leaves no event.
///
/// Written by `#[query]`.
pub trait Query: 'static {
    /// The workflow that answers it.
    type Workflow: Workflow;
    /// Its argument; `()` if it takes none.
    type Input: Serialize + DeserializeOwned + 'static;
    /// Its answer.
    type Output: Serialize + DeserializeOwned + 'static;

    /// The query's name.
    const NAME: &'static str;
}

/// An update: a message that is checked, changes the workflow, and is answered.
///
/// Written by `#[update]`.
pub trait Update: 'static {
    /// The workflow that carries it out.
    type Workflow: Workflow;
    /// Its argument; `()` if it takes none.
    type Input: Serialize + DeserializeOwned + 'static;
    /// Its answer.
    type Output: Serialize + DeserializeOwned + 'static;
    /// What it fails with.
    type Error: Failure;

    /// The update's name, as it stands in histories.
    const NAME: &'static str;
}
