//! Looking ahead: what the completion of a workflow task wrote that its program had to be told.
//!
//! An update is in memory until the program accepts it, so the history says of it behind the
//! workflow task that brought it. Before the program is told that task again, the events of its
//! completion are looked through. In the same way it is told which patches of the code it follows
//! from then on, and how its local activities end, which leave nothing but the markers of their
//! ends. Nothing else is kept: the look is a second walk over events that are at hand, up to the
//! first one that no command caused.

use std::collections::BTreeMap;

use crate::{
    machine::replay::{
        ActivationJob, divergence::CorruptHistory, jobs::Jobs, local_marker::LocalMarker,
        patch::PatchMarker, request::Requests,
    },
    model::{EventAttributes, HistoryEvent, UpdateId, event::update},
};

/// The updates that a reset asks for again, until they are accepted.
pub(super) type Admitted = BTreeMap<UpdateId, update::Request>;

/// Adds what the events behind a `WorkflowTaskCompleted` say of the activation before it.
// Replay: updates in the order in which they were accepted, which is that of their handlers.
pub(super) fn look_ahead<'e>(
    events: impl Iterator<Item = &'e HistoryEvent>,
    admitted: &mut Admitted,
    requests: &mut Requests,
    jobs: &mut Jobs,
) -> Result<(), CorruptHistory> {
    for event in events.take_while(|event| event.attributes.is_command_event()) {
        if let EventAttributes::WorkflowExecutionUpdateAccepted(accepted) = &event.attributes {
            if accepted.accepted_request.is_none()
                && jobs.accept_admitted(&accepted.protocol_instance_id)
            {
                admitted.remove(&accepted.protocol_instance_id);
                continue;
            }
            let request = accepted_request(event, accepted, admitted)?;
            jobs.push(ActivationJob::Update {
                request,
                validate: false,
            });
        } else if let Some(marker) = PatchMarker::in_event(&event.attributes) {
            requests.patches.look_ahead(&marker.id);
            jobs.push(ActivationJob::NotifyPatch {
                patch_id: marker.id,
            });
        } else if let Some(marker) = LocalMarker::in_event(&event.attributes) {
            requests.local_activities().look_ahead(marker, event);
        }
    }
    Ok(())
}

fn accepted_request(
    event: &HistoryEvent,
    accepted: &update::Accepted,
    admitted: &mut Admitted,
) -> Result<Box<update::Request>, CorruptHistory> {
    let update_id = &accepted.protocol_instance_id;
    let admitted = admitted.remove(update_id);
    let request = accepted.accepted_request.clone().or(admitted);
    let Some(mut request) = request else {
        let message = format!("nothing says what was accepted, update_id={update_id}");
        return Err(CorruptHistory::new(event.id, message));
    };
    request.update_id.clone_from(update_id);
    Ok(Box::new(request))
}
