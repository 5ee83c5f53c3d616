//! A reset on its way to the run that is reset.

use derive_more::Debug;

use crate::{
    actor::{Refusal, Reply, replacement::ReplacementTurn},
    machine::execution::decide::ResetRun,
    model::{HistoryEvent, RunId},
};

/// A reset on its way to the latest run of its execution.
#[derive(Debug)]
pub(super) struct RunReset {
    /// The run that is meant.
    pub(super) base_run_id: RunId,
    /// The id of the run that is to go on.
    pub(super) new_run_id: RunId,
    pub(super) request: ResetRun,
    /// The history of the run as stored, once it is read.
    #[debug(skip)]
    pub(super) history: Option<Result<Vec<HistoryEvent>, Refusal>>,
    /// Who waits for the answer.
    #[debug(skip)]
    pub(super) reply: Reply<RunId>,
    /// What holds back everything else that concerns the execution.
    pub(super) turn: ReplacementTurn,
}
