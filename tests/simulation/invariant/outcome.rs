//! What is said not to be done was not done, and never will be.

use sempre::model::EventAttributes;

use crate::simulation::{
    client::{Asked, update_id},
    facts::Facts,
    invariant::{Invariant, Moment},
    plan::What,
};

/// Keeps nothing.
pub(super) struct Outcome;

impl Invariant for Outcome {
    fn name(&self) -> &'static str {
        "what is said not to be done was not done"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        let Moment::Over(clients) = moment else {
            return Ok(());
        };
        let mut denied = clients.asked.values().filter(|asked| asked.is_not_done());
        match denied.find(|asked| was_done(asked, facts)) {
            Some(asked) => Err(format!(
                "{} was said not to be done, and is recorded",
                asked.request_id()
            )),
            None => Ok(()),
        }
    }
}

fn was_done(asked: &Asked, facts: &Facts) -> bool {
    let (workflow_id, id) = (asked.workflow_id(), asked.request_id());
    if let What::Start(_) = asked.ask.what {
        return facts.started_by(&workflow_id, &id).is_some();
    }
    if let What::Reset(_) = asked.ask.what {
        let mut runs = facts.runs_of(&workflow_id);
        return runs.any(|run| run.state.reset_request_id() == Some(&id));
    }
    let mut events = facts.events_of(&workflow_id);
    events.any(|event| match &event.attributes {
        EventAttributes::WorkflowExecutionSignaled(it) => it.request_id == id,
        EventAttributes::WorkflowExecutionCancelRequested(it) => it.request_id == id,
        EventAttributes::WorkflowExecutionUpdateAccepted(it) => {
            it.protocol_instance_id == update_id(asked.ask.id)
        }
        EventAttributes::WorkflowExecutionPaused(it) => it.request_id == id,
        EventAttributes::WorkflowExecutionUnpaused(it) => it.request_id == id,
        EventAttributes::WorkflowExecutionTerminated(it) => it.reason == id.as_str(),
        _ => false,
    })
}
