//! The activities of one run: which event each of the program's numbers stands for.

use std::collections::BTreeMap;

use crate::{
    machine::replay::{
        ActivityResolution, ActivitySequence,
        life_cycle::{
            IllegalTransition,
            activity::{Effect, Input, State, step},
        },
    },
    model::{
        ActivityFailureInfo, ActivityId, ActivityType, EventId, Failure, FailureInfo, Identity,
        Payloads, RetryState,
    },
};

/// The activities that have not ended for good.
#[derive(Default, Debug)]
pub(super) struct Activities {
    open: BTreeMap<ActivitySequence, Activity>,
    scheduled: BTreeMap<EventId, ActivitySequence>,
    last: Option<ActivitySequence>,
}

#[derive(Debug)]
struct Activity {
    state: State,
    id: ActivityId,
    kind: ActivityType,
    /// Who ran the last attempt, once history says so.
    identity: Identity,
}

/// An event that ends an activity for good.
pub(super) struct Ending<'e> {
    pub(super) scheduled_event_id: EventId,
    pub(super) started_event_id: EventId,
    pub(super) outcome: Outcome<'e>,
}

/// How an activity ended, as its event has it.
pub(super) enum Outcome<'e> {
    Completed(&'e Payloads),
    Failed(&'e Failure, RetryState),
    TimedOut(&'e Failure, RetryState),
    Canceled(&'e Payloads),
}

impl Activities {
    /// The program asks for an activity.
    pub(super) fn handle_request(
        &mut self,
        sequence: ActivitySequence,
        activity_id: ActivityId,
        activity_type: ActivityType,
    ) {
        self.handle_number(sequence);
        let activity = Activity {
            state: State::Requested,
            id: activity_id,
            kind: activity_type,
            identity: Identity::default(),
        };
        self.open.insert(sequence, activity);
    }

    /// The program uses a number.
    pub(super) fn handle_number(&mut self, sequence: ActivitySequence) {
        self.last = self.last.max(Some(sequence));
    }

    /// Whether the program has used this number, or a later one, before.
    pub(super) fn knows(&self, sequence: ActivitySequence) -> bool {
        Some(sequence) <= self.last
    }

    /// The activity that an event has scheduled, if that is not over.
    pub(super) fn scheduled_by(&self, event_id: EventId) -> Option<ActivitySequence> {
        self.scheduled.get(&event_id).copied()
    }

    /// The id of an activity that is not over.
    pub(super) fn id_of(&self, sequence: ActivitySequence) -> Option<&ActivityId> {
        self.open.get(&sequence).map(|activity| &activity.id)
    }

    /// Gives an activity its input; `None` if nothing has to be done about it.
    pub(super) fn handle(
        &mut self,
        sequence: ActivitySequence,
        input: Input,
    ) -> Result<Option<Effect>, IllegalTransition> {
        let state = self
            .open
            .get(&sequence)
            .map_or(State::Done, |activity| activity.state);
        let step = step(state, input)?;
        if let Input::Recorded(event_id) = input {
            self.scheduled.insert(event_id, sequence);
        }
        if step.next == State::Done {
            self.open.remove(&sequence);
        } else if let Some(activity) = self.open.get_mut(&sequence) {
            activity.state = step.next;
        }
        Ok(step.effect)
    }

    /// History says who ran the last attempt; false if the activity is unknown.
    pub(super) fn handle_started(&mut self, scheduled: EventId, identity: &Identity) -> bool {
        let activity = self
            .scheduled
            .get(&scheduled)
            .and_then(|sequence| self.open.get_mut(sequence));
        activity.is_some_and(|activity| {
            activity.identity.clone_from(identity);
            true
        })
    }

    /// History says that an activity has ended for good; `None` if it is unknown.
    pub(super) fn handle_ending(
        &mut self,
        ending: &Ending<'_>,
    ) -> Result<Option<(ActivitySequence, ActivityResolution)>, IllegalTransition> {
        let Some(&sequence) = self.scheduled.get(&ending.scheduled_event_id) else {
            return Ok(None);
        };
        let Some(activity) = self.open.get(&sequence) else {
            return Ok(None);
        };
        let resolution = activity.resolution(ending);
        self.handle(sequence, Input::Ended)?;
        self.scheduled.remove(&ending.scheduled_event_id);
        Ok(Some((sequence, resolution)))
    }
}

impl Activity {
    fn resolution(&self, ending: &Ending<'_>) -> ActivityResolution {
        let (message, cause, retry_state) = match ending.outcome {
            Outcome::Completed(result) => return ActivityResolution::Completed(result.clone()),
            Outcome::Failed(cause, retry_state) => ("activity failed", cause.clone(), retry_state),
            Outcome::TimedOut(cause, retry_state) => {
                ("activity timed out", cause.clone(), retry_state)
            }
            Outcome::Canceled(details) => (
                "activity canceled",
                Failure::canceled("canceled", details.clone()),
                RetryState::CancelRequested,
            ),
        };
        let info = ActivityFailureInfo {
            scheduled_event_id: ending.scheduled_event_id,
            started_event_id: ending.started_event_id,
            identity: self.identity.clone(),
            activity_type: self.kind.clone(),
            activity_id: self.id.clone(),
            retry_state,
        };
        let failure = Failure::new(message, FailureInfo::Activity(info)).with_cause(cause);
        ActivityResolution::Failed(Box::new(failure))
    }
}
