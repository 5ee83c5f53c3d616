//! Reset, as far as it is state: where a run comes from whose events are a copy of another one's, and
//! which run goes on from this one.
//!
//! What was said to others because of a copied event is said under the name of the run that has
//! recorded it first: others know it again by that, and a child that was asked for has the run id that
//! it was given then. So a run whose message was on its way when it was reset, and the run that goes on
//! from it, say the same thing.
//!
//! | | of the run that was reset | of the run that goes on |
//! |---|---|---|
//! | its children that were asked for before the point | are let be | are waited for, and let be when it closes |
//! | those that were asked for later | are told that it has closed | are asked for anew |
//! | parent and schedule | are told nothing | are told of its end |

use crate::{
    machine::execution::{ActivityState, ExecutionState, Since},
    model::{
        EventId, RequestId, RunId, Timestamp,
        transition::{Forked, Origin, Reset},
    },
};

/// Where a run comes from whose events are a copy of another one's.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Fork {
    forked: Forked,
    /// When it was; what its time counts from.
    pub(super) at: Since,
}

impl ExecutionState {
    /// The run that goes on from this one, if this one was reset.
    pub fn reset_to(&self) -> Option<RunId> {
        self.rare().reset.map(|reset| reset.new_run_id)
    }

    /// The same, if that run waits for the child that this event has asked for.
    pub fn reset_with_child(&self, initiated_event_id: EventId) -> Option<RunId> {
        let reset = self.rare().reset?;
        (initiated_event_id <= reset.last_event_id).then_some(reset.new_run_id)
    }

    /// The request that has reset another run to this one, if this one began so.
    pub fn reset_request_id(&self) -> Option<&RequestId> {
        let fork = self.rare().fork.as_ref()?;
        Some(&fork.forked.request_id)
    }

    /// Which runs have recorded the events up to this one, in the order of the events.
    pub fn origins_up_to(&self, last_event_id: EventId) -> Vec<Origin> {
        let fork = self.rare().fork.as_ref();
        let copied = fork.map_or(&[][..], |fork| &fork.forked.origins);
        let mut origins = Vec::new();
        let own = Origin {
            run_id: self.run_id(),
            last_event_id,
        };
        for origin in copied.iter().chain([&own]) {
            origins.push(Origin {
                last_event_id: origin.last_event_id.min(last_event_id),
                ..*origin
            });
            if origin.last_event_id >= last_event_id {
                break;
            }
        }
        origins
    }

    /// The run that has recorded an event of this run first: this one, unless it is a copy.
    pub(super) fn origin_of(&self, event_id: EventId) -> RunId {
        let fork = self.rare().fork.as_ref();
        let mut copied = fork.into_iter().flat_map(|fork| &fork.forked.origins);
        let origin = copied.find(|origin| event_id <= origin.last_event_id);
        origin.map_or_else(|| self.run_id(), |origin| origin.run_id)
    }

    /// Whether an event of this run is a copy of another one's.
    pub(super) fn is_copied(&self, event_id: EventId) -> bool {
        self.origin_of(event_id) != self.run_id()
    }

    pub(super) fn fork(&mut self, at: Timestamp, forked: &Forked) {
        self.rare_mut().fork = Some(Box::new(Fork {
            forked: forked.clone(),
            at: at.into(),
        }));
    }

    pub(super) fn note_reset(&mut self, reset: Reset) {
        self.rare_mut().reset = Some(reset);
    }

    /// What was under way is done anew: nobody runs the activities of a copy.
    pub(super) fn begin_activities_anew(&mut self, at: Timestamp) {
        let ids: Vec<EventId> = self.activities.keys().copied().collect();
        for id in ids {
            let turn = self.next_turn(at);
            self.change_activity(id, |activity| {
                activity.attempt = 1;
                activity.attempts_before = 0;
                activity.scheduled_at = at.into();
                activity.state = ActivityState::Scheduled {
                    since: at.into(),
                    backoff: std::time::Duration::ZERO,
                    turn,
                };
            });
        }
    }
}
