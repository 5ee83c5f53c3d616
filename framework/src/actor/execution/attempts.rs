//! Starting attempts: every activity that can start and for which there is a slot.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use crate::{
    actor::{
        port::{Candidate, FreedSlot, Permit, Reservation, WaitingKey},
        service::Shared,
    },
    engine::execution::{Draft, decide},
    model::{EventId, RequestId},
};

/// The slots taken in a step, by the event that scheduled the activity.
pub(super) type Permits = BTreeMap<EventId, Permit>;

/// A slot that a step has at hand before it asks for one.
#[derive(Debug)]
pub(super) enum SlotAtHand {
    /// None.
    Nothing,
    /// One that was offered for this activity.
    Offered(EventId, Permit),
    /// That of the attempt whose end the step is about, for any activity of the same queue.
    Freed(FreedSlot),
}

impl SlotAtHand {
    /// Takes the slot if this candidate can have it.
    fn take_for(&mut self, shared: &Shared, candidate: &Candidate) -> Option<Permit> {
        let fits = match self {
            Self::Nothing => false,
            Self::Offered(id, _) => *id == candidate.key.scheduled_event_id,
            Self::Freed(freed) => freed.task_queue == candidate.task_queue,
        };
        match mem::replace(self, Self::Nothing) {
            Self::Offered(_, permit) if fits => Some(permit),
            Self::Freed(freed) if fits => shared.activities.pass_on(freed.permit, candidate),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// Starts the activities that can start and for which there is a slot; returns those that wait.
pub(super) fn start(
    shared: &Shared,
    draft: &mut Draft<'_>,
    waiting: &BTreeSet<EventId>,
    mut at_hand: SlotAtHand,
    permits: &mut Permits,
) -> Vec<EventId> {
    let mut wait = Vec::new();
    for candidate in candidates(draft, waiting) {
        let scheduled_event_id = candidate.key.scheduled_event_id;
        let permit = match at_hand.take_for(shared, &candidate) {
            Some(permit) => permit,
            None => match shared.activities.reserve(candidate) {
                Reservation::Granted(permit) => permit,
                Reservation::Waiting => {
                    wait.push(scheduled_event_id);
                    continue;
                }
                Reservation::Unregistered => continue,
            },
        };
        let start = decide::StartActivityTask {
            scheduled_event_id,
            identity: shared.services.identity.clone(),
            request_id: RequestId::default(),
        };
        match decide::start_activity_task(draft, start) {
            Ok(()) => drop(permits.insert(scheduled_event_id, permit)),
            Err(rejection) => {
                tracing::error!(%rejection, "the engine refused to start its own activity");
            }
        }
    }
    wait
}

fn candidates(draft: &Draft<'_>, waiting: &BTreeSet<EventId>) -> Vec<Candidate> {
    let run_id = draft.state().execution().run_id;
    draft
        .state()
        .startable_activities(draft.now())
        .filter(|activity| !waiting.contains(&activity.scheduled_event_id))
        .map(|activity| Candidate {
            key: WaitingKey {
                run_id,
                scheduled_event_id: activity.scheduled_event_id,
            },
            task_queue: activity.scheduled.task_queue.clone(),
            activity_type: activity.scheduled.activity_type.clone(),
        })
        .collect()
}
