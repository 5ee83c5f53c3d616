//! What a check of a store has found.

use derive_more::Display;

use crate::model::{RunId, WorkflowId};

/// What a check of a store has found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct StoreCheck {
    /// The runs that were read.
    pub runs: u64,
    /// Those of them that are open.
    pub open_runs: u64,
    /// The records of all runs that are what was written.
    pub records: u64,
    /// The events of their histories.
    pub events: u64,
    /// The stored payloads that runs name, each once for each run.
    pub named_payloads: u64,
    /// The runs that could not be read, and were ended because of that.
    pub given_up_runs: u64,
    /// What is wrong, up to a thousand faults.
    pub faults: Vec<StoreFault>,
    /// How many more faults there are.
    pub more_faults: u64,
}

/// Bound: faults that are listed; a store that is damaged everywhere must not take all memory.
const FAULTS_MAX: usize = 1_000;

impl StoreCheck {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn add(&mut self, fault: StoreFault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }
}

/// Something in a store that is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug, Display)]
#[display("{kind}: {what} run_id={run_id} workflow_id={workflow_id}")]
#[non_exhaustive]
pub struct StoreFault {
    /// What kind of fault it is, which says what to do.
    pub kind: FaultKind,
    /// The run that it is about; the default if it is about none.
    pub run_id: RunId,
    /// The execution that the run belongs to, as far as that is known.
    pub workflow_id: WorkflowId,
    /// What was found.
    pub what: String,
}

/// A kind of fault, by what there is to do about it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display)]
#[non_exhaustive]
pub enum FaultKind {
    /// A record of a run is damaged or missing, so the run cannot be read.
    #[display("record")]
    Record,
    /// All records of a run can be read, and its history is not one that a run can have.
    #[display("history")]
    History,
    /// What the index says of a run is damaged, missing, or not what its records say.
    #[display("index")]
    Index,
    /// What the index says of the latest run of an execution cannot be.
    #[display("latest run")]
    LatestRun,
    /// What is known of the stored payloads that a run names is not what its records name.
    #[display("payload names")]
    PayloadNames,
    /// Something that this release does not know.
    #[display("unknown pair")]
    UnknownPair,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Record,
        Self::History,
        Self::Index,
        Self::LatestRun,
        Self::PayloadNames,
        Self::UnknownPair,
    ];

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Record => {
                "restore a backup that has the run; or terminate the run, which ends it; or repair \
                 the store, which sets the run aside"
            }
            Self::History => {
                "keep a copy of the store and report it; reset the run to a point before, or \
                 terminate it"
            }
            Self::Index | Self::LatestRun | Self::PayloadNames => {
                "repair the store, which makes it anew from the records"
            }
            Self::UnknownPair => "open the store with the release that wrote it",
        }
    }
}
