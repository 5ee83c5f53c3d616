//! The timers of one run: which event each of the program's numbers stands for.

use std::collections::BTreeMap;

use crate::{
    machine::replay::{
        TimerSequence,
        life_cycle::{
            IllegalTransition,
            timer::{Effect, Input, State, step},
        },
    },
    model::{EventId, TimerId, event::timer::Fired},
};

/// The timers that have neither fired nor been canceled.
#[derive(Default, Debug)]
pub(super) struct Timers {
    open: BTreeMap<TimerSequence, State>,
    started: BTreeMap<EventId, TimerSequence>,
    last: Option<TimerSequence>,
}

impl Timers {
    /// The program asks for a timer.
    pub(super) fn handle_request(&mut self, sequence: TimerSequence) {
        self.last = self.last.max(Some(sequence));
        self.open.insert(sequence, State::Requested);
    }

    /// Whether the program has used this number, or a later one, before.
    pub(super) fn knows(&self, sequence: TimerSequence) -> bool {
        Some(sequence) <= self.last
    }

    /// History says that a timer is started.
    pub(super) fn handle_started(
        &mut self,
        sequence: TimerSequence,
        event_id: EventId,
    ) -> Result<(), IllegalTransition> {
        self.handle(sequence, Input::Recorded)?;
        self.started.insert(event_id, sequence);
        Ok(())
    }

    /// Gives a timer its input; `None` if nothing has to be done about it.
    pub(super) fn handle(
        &mut self,
        sequence: TimerSequence,
        input: Input,
    ) -> Result<Option<Effect>, IllegalTransition> {
        let state = self.open.get(&sequence).copied();
        let step = step(state.unwrap_or(State::Done), input)?;
        if step.next == State::Done {
            self.open.remove(&sequence);
        } else {
            self.open.insert(sequence, step.next);
        }
        Ok(step.effect)
    }

    /// History says that a timer fired; `None` if it is unknown.
    ///
    /// Under `compare_identity` the timer has to be known by the id that history has, too.
    pub(super) fn handle_fired(
        &mut self,
        fired: &Fired,
        compare_identity: bool,
    ) -> Result<Option<TimerSequence>, IllegalTransition> {
        let Some(&sequence) = self.started.get(&fired.started_event_id) else {
            return Ok(None);
        };
        let known = self.open.contains_key(&sequence)
            && (!compare_identity || fired.timer_id == timer_id(sequence));
        if !known {
            return Ok(None);
        }
        self.handle(sequence, Input::Fired)?;
        self.started.remove(&fired.started_event_id);
        Ok(Some(sequence))
    }
}

/// The id under which a timer stands in the history.
pub(super) fn timer_id(sequence: TimerSequence) -> TimerId {
    TimerId::from(sequence.to_string())
}
