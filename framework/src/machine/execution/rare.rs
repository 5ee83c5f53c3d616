//! What few runs have, and is therefore kept aside: a run that has none of it pays a pointer.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    machine::execution::{
        ExecutionState, PendingChild, pause::RunPause, reset::Fork, update::Updates,
    },
    model::{
        EventId, RequestId, SignalName,
        transition::{RecordsLost, Reset, SignalDropped},
    },
};

/// The part of a state that few runs have.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Rare {
    /// The child workflows that have not ended, by the events that asked for them.
    pub(super) children: BTreeMap<EventId, PendingChild>,
    pub(super) signal_request_ids: BTreeSet<RequestId>,
    /// The updates that the program has accepted.
    pub(super) updates: Updates,
    /// The signals that the program did not take, by name.
    pub(super) dropped_signals: BTreeMap<SignalName, SignalDropped>,
    /// The records that were given up.
    pub(super) lost_records: Vec<RecordsLost>,
    /// Where the run comes from, if its events are a copy of another one's.
    pub(super) fork: Option<Box<Fork>>,
    /// Which run goes on from this one, if it was reset.
    pub(super) reset: Option<Reset>,
    /// Who has paused the run, if somebody has.
    pub(super) pause: Option<Box<RunPause>>,
}

static NOTHING: Rare = Rare {
    children: BTreeMap::new(),
    signal_request_ids: BTreeSet::new(),
    updates: Updates::NONE,
    dropped_signals: BTreeMap::new(),
    lost_records: Vec::new(),
    fork: None,
    reset: None,
    pause: None,
};

impl ExecutionState {
    pub(super) fn rare(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(&NOTHING)
    }

    /// For what adds to it.
    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// For what takes something out, if there is anything.
    pub(super) fn rare_if_any(&mut self) -> Option<&mut Rare> {
        self.rare.as_deref_mut()
    }
}
