//! The updates that a run has accepted: enough to know an id again, and nothing of what was said.
//!
//! What came of an update stands in the history, and is read there when somebody asks again.

use std::collections::BTreeMap;

use crate::{
    machine::execution::ExecutionState,
    model::{EventId, Identity, UpdateId, event::update, limits},
};

/// How far an update has got that was accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UpdateProgress {
    /// Its handler runs; or ran, if the run has closed.
    Accepted {
        /// The event that says so.
        event_id: EventId,
        /// Who asked for it.
        identity: Identity,
    },
    /// It is answered.
    Completed {
        /// The event that says so.
        event_id: EventId,
    },
}

/// The updates that a run has accepted, by id.
// Bound: as many as a run accepts.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Updates {
    by_id: BTreeMap<UpdateId, UpdateProgress>,
    in_flight: usize,
    /// Those that a reset asks for again, until a workflow task has brought them.
    admitted: Vec<AdmittedUpdate>,
    /// Those that the last completed workflow task has brought.
    brought: Vec<AdmittedUpdate>,
}

/// An update that a reset asks for again.
#[derive(Clone, PartialEq, Debug)]
pub struct AdmittedUpdate {
    /// The event that says so.
    pub event_id: EventId,
    /// What is asked.
    pub request: update::Request,
}

impl Updates {
    pub(super) const NONE: Self = Self {
        by_id: BTreeMap::new(),
        in_flight: 0,
        admitted: Vec::new(),
        brought: Vec::new(),
    };

    /// Takes note of an update that a reset asks for again.
    pub(super) fn admit(&mut self, event_id: EventId, admitted: &update::Admitted) {
        self.admitted
            .extend(admitted.request.iter().map(|request| AdmittedUpdate {
                event_id,
                request: request.clone(),
            }));
    }

    /// Takes note of an update that the program accepted.
    pub(super) fn accept(&mut self, event_id: EventId, accepted: &update::Accepted) {
        let update_id = &accepted.protocol_instance_id;
        let mut brought = self.brought.iter().map(|admitted| &admitted.request);
        let brought = brought.find(|request| request.update_id == *update_id);
        let request = accepted.accepted_request.as_ref().or(brought);
        let progress = UpdateProgress::Accepted {
            event_id,
            identity: request.map(|it| it.identity.clone()).unwrap_or_default(),
        };
        let before = self.by_id.insert(update_id.clone(), progress);
        self.in_flight += usize::from(before.is_none());
    }

    /// Takes note of an update that the program completed.
    pub(super) fn complete(&mut self, event_id: EventId, completed: &update::Completed) {
        let progress = UpdateProgress::Completed { event_id };
        let before = self.by_id.insert(completed.update_id.clone(), progress);
        if let Some(UpdateProgress::Accepted { .. }) = before {
            self.in_flight -= 1;
        }
    }
}

impl ExecutionState {
    /// How far an update has got; `None` if the run has accepted none of this id.
    pub fn update(&self, update_id: &UpdateId) -> Option<&UpdateProgress> {
        self.rare().updates.by_id.get(update_id)
    }

    /// The updates that a reset asks for again, and that the next workflow task brings.
    pub fn admitted_updates(&self) -> &[AdmittedUpdate] {
        &self.rare().updates.admitted
    }

    /// That of this id, if there is one.
    pub(super) fn admitted_update(&self, update_id: &UpdateId) -> Option<&AdmittedUpdate> {
        let mut admitted = self.admitted_updates().iter();
        admitted.find(|admitted| admitted.request.update_id == *update_id)
    }

    /// A workflow task was completed. What it has brought and was not accepted was rejected.
    pub(super) fn forget_admitted(&mut self) {
        if let Some(rare) = self.rare_if_any() {
            rare.updates.brought = std::mem::take(&mut rare.updates.admitted);
        }
    }

    /// How many updates the run has accepted.
    pub fn update_count(&self) -> usize {
        self.rare().updates.by_id.len()
    }

    /// How many updates the run has accepted and not completed.
    pub fn updates_in_flight(&self) -> usize {
        self.rare().updates.in_flight
    }

    /// Whether the run is about to have had all the updates it accepts.
    pub(super) fn has_many_updates(&self) -> bool {
        self.update_count() >= limits::SUGGEST_CONTINUE_AS_NEW_UPDATES
    }
}
