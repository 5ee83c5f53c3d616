//! Starting attempts: every activity that can start and for which there is a slot.

use crate::{
    actor::{
        port::{Candidate, FreedSlot, Permit, Reservation, WaitingKey},
        service::Shared,
    },
    machine::execution::{Draft, LinePlace, decide},
    model::{EventId, RequestId},
};

/// The slots taken in a step, in the order of the attempts that it starts.
pub(super) type Permits = Vec<Permit>;

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

/// The attempts of a step: started where there is a slot, and put in line where there is none.
pub(super) struct Attempts<'s> {
    pub(super) shared: &'s Shared,
    /// The last attempt that the dispatcher has been asked about. Whoever got no slot then stands
    /// in its line, and is not asked about again.
    pub(super) asked: &'s mut LinePlace,
    pub(super) permits: Permits,
    /// Set if there is an activity that nobody here can run.
    pub(super) lacks_code: &'s mut bool,
}

impl Attempts<'_> {
    /// Starts the attempts that can start and for which there is a slot.
    pub(super) fn start_all(&mut self, draft: &mut Draft<'_>, at_hand: SlotAtHand) {
        let mut freed = match at_hand {
            SlotAtHand::Nothing => None,
            SlotAtHand::Offered(scheduled_event_id, permit) => {
                self.start_offered(draft, scheduled_event_id, permit);
                None
            }
            SlotAtHand::Freed(freed) => Some(freed),
        };
        // Bound: each turn moves `asked` on, to the last attempt that can be started now.
        while let Some(candidate) = self.next_candidate(draft) {
            let scheduled_event_id = candidate.key.scheduled_event_id;
            let permit = match self.pass_on(&mut freed, &candidate) {
                Some(permit) => permit,
                None => match self.shared.activities.reserve(candidate) {
                    Reservation::Granted(permit) => permit,
                    Reservation::Waiting => continue,
                    Reservation::Unregistered => {
                        *self.lacks_code = true;
                        continue;
                    }
                },
            };
            self.start(draft, scheduled_event_id, permit);
        }
        if let Some(freed) = freed {
            self.hand_down(draft, freed.permit);
        }
    }

    /// Starts the attempt that is next in the dispatcher's line, if it is one of this run, and
    /// spares it an offer; of other runs it gets one when the slot is dropped.
    fn hand_down(&mut self, draft: &mut Draft<'_>, mut freed: Permit) {
        let run_id = draft.state().run_id();
        // Bound: each turn takes an activity out of the line.
        while let Some(next) = self.shared.activities.next_in_line(&mut freed, run_id) {
            if draft.state().is_startable(next, draft.now()) {
                return self.start(draft, next, freed);
            }
            freed.forgo();
        }
    }

    /// Starts the attempt whose turn has come in the dispatcher's line, if it still waits.
    fn start_offered(&mut self, draft: &mut Draft<'_>, id: EventId, mut permit: Permit) {
        let may_start = !self.shared.activities.is_draining();
        if may_start && draft.state().is_startable(id, draft.now()) {
            self.start(draft, id, permit);
        } else {
            permit.forgo();
        }
    }

    /// The slot that was freed, if this candidate can have it.
    fn pass_on(&self, freed: &mut Option<FreedSlot>, candidate: &Candidate) -> Option<Permit> {
        let freed = freed.take_if(|freed| freed.task_queue == candidate.task_queue)?;
        self.shared.activities.pass_on(freed.permit, candidate)
    }

    fn start(&mut self, draft: &mut Draft<'_>, scheduled_event_id: EventId, permit: Permit) {
        let start = decide::StartActivityTask {
            scheduled_event_id,
            identity: self.shared.services.identity.clone(),
            request_id: RequestId::default(),
        };
        match decide::start_activity_task(draft, start) {
            Ok(()) => self.permits.push(permit),
            Err(rejection) => {
                tracing::error!(%rejection, "the engine refused to start its own activity");
            }
        }
    }

    fn next_candidate(&mut self, draft: &Draft<'_>) -> Option<Candidate> {
        let state = draft.state();
        let mut startable = state.startable_activities(*self.asked, draft.now());
        let (turn, activity) = startable.next()?;
        *self.asked = turn;
        Some(Candidate {
            key: WaitingKey {
                run_id: state.run_id(),
                scheduled_event_id: activity.scheduled_event_id,
            },
            task_queue: activity.scheduled.task_queue.clone(),
            activity_type: activity.scheduled.activity_type.clone(),
            priority: state.priority_of(activity),
        })
    }
}
