//! The port to workflow code: jobs in, commands out, and no other door.

use std::collections::BTreeMap;

use derive_more::{Display, Error};

use crate::{
    machine::{
        replay::{Activation, ProgramCommand},
        task::WorkflowTaskFailure,
    },
    model::{
        Failure, Payload, Payloads, QueryName, SignalName, event::update, transition::SignalDropped,
    },
};

/// A workflow program in memory: user code, or a stand-in that travels to it.
///
/// Contract for implementers:
/// * P1: the same activations cause the same commands, in this process and in any other;
/// * P2: a command that was withdrawn in the activation that caused it does not appear at all;
/// * P3: after an error the program is dropped, and rebuilt from history when it is needed next.
pub trait Program {
    /// Lets the program go on until it waits for something it has not been told yet.
    ///
    /// # Errors
    /// [`WorkflowTaskFailure`] if the code panicked or cannot go on; the workflow task fails.
    fn activate(
        &mut self,
        activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure>;

    /// The signals that it was told of since it was made, and that it did not take.
    fn dropped_signals(&self) -> &BTreeMap<SignalName, SignalDropped>;

    /// Says whether the program would accept an update now, changing nothing.
    ///
    /// # Errors
    /// [`Failure`]: why it would not.
    fn check_update(&mut self, request: &update::Request) -> Result<(), Failure>;

    /// Answers a question about the program's state, changing nothing.
    ///
    /// # Errors
    /// [`QueryFailure`] if there is no such query, its input does not decode, or it panicked.
    fn query(&mut self, name: &QueryName, input: &Payloads) -> Result<Payload, QueryFailure>;
}

/// Why a query has no answer.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum QueryFailure {
    /// The workflow has no query of this name.
    #[display("no such query, known queries are: {known}")]
    UnknownQuery {
        /// The names it has, separated by commas.
        known: String,
    },
    /// The query's argument is not of its type.
    #[display("query input is malformed: {message}")]
    MalformedInput {
        /// What was wrong with it.
        message: String,
    },
    /// The query's answer cannot be written, or its handler panicked.
    #[display("query handler failed: {message}")]
    HandlerFailed {
        /// What went wrong.
        message: String,
    },
}
