//! The messages of one run to other workflows: which event each of the program's numbers stands for.

use std::collections::BTreeMap;

use crate::{
    machine::replay::{
        ExternalResolution, ExternalSequence,
        life_cycle::{
            IllegalTransition,
            external::{Input, State, step},
        },
    },
    model::{EventAttributes, EventId, event::external_workflow::SignalFailedCause},
};

/// The messages that were not answered.
#[derive(Default, Debug)]
pub(super) struct Externals {
    open: BTreeMap<ExternalSequence, State>,
    initiated: BTreeMap<EventId, ExternalSequence>,
    last: Option<ExternalSequence>,
}

impl Externals {
    /// The program asks for a message.
    pub(super) fn handle_request(&mut self, sequence: ExternalSequence) {
        self.last = self.last.max(Some(sequence));
        self.open.insert(sequence, State::Requested);
    }

    /// Whether the program has used this number, or a later one, before.
    pub(super) fn knows(&self, sequence: ExternalSequence) -> bool {
        Some(sequence) <= self.last
    }

    /// History says that a message is on its way.
    pub(super) fn handle_initiated(
        &mut self,
        sequence: ExternalSequence,
        event_id: EventId,
    ) -> Result<(), IllegalTransition> {
        self.handle(sequence, Input::Recorded)?;
        self.initiated.insert(event_id, sequence);
        Ok(())
    }

    /// History says how a message was answered; `None` if it is unknown.
    pub(super) fn handle_answer(
        &mut self,
        initiated_event_id: EventId,
    ) -> Result<Option<ExternalSequence>, IllegalTransition> {
        let Some(sequence) = self.initiated.remove(&initiated_event_id) else {
            return Ok(None);
        };
        self.handle(sequence, Input::Answered)?;
        Ok(Some(sequence))
    }

    fn handle(
        &mut self,
        sequence: ExternalSequence,
        input: Input,
    ) -> Result<(), IllegalTransition> {
        let state = self.open.get(&sequence).copied().unwrap_or(State::Done);
        let step = step(state, input)?;
        if step.next == State::Done {
            self.open.remove(&sequence);
        } else {
            self.open.insert(sequence, step.next);
        }
        Ok(())
    }
}

/// The event that asked for a message, and its answer, if this is an answer.
pub(super) fn answer(attributes: &EventAttributes) -> Option<(EventId, ExternalResolution)> {
    use EventAttributes as E;
    Some(match attributes {
        E::ExternalWorkflowExecutionSignaled(it) => {
            (it.initiated_event_id, ExternalResolution::Delivered)
        }
        E::ExternalWorkflowExecutionCancelRequested(it) => {
            (it.initiated_event_id, ExternalResolution::Delivered)
        }
        E::SignalExternalWorkflowExecutionFailed(it) => {
            let resolution = match it.cause {
                SignalFailedCause::SignalCountLimitExceeded => ExternalResolution::TooManySignals,
                _ => ExternalResolution::NotFound,
            };
            (it.initiated_event_id, resolution)
        }
        E::RequestCancelExternalWorkflowExecutionFailed(it) => {
            (it.initiated_event_id, ExternalResolution::NotFound)
        }
        _ => return None,
    })
}
