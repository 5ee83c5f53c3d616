//! Updates: checked, accepted, and handed to their handlers.
//!
//! | what the program is told | what it says |
//! |---|---|
//! | an update that it does not know, cannot read, or that its validator refuses | that it rejects it |
//! | any other update | that it accepts it, and behind that what its handler asks for |
//! | an update that it has accepted before (a replay) | the same, without asking the validator |
//!
//! An update that was accepted before and cannot be handled any more is not accepted again: the
//! history then has an acceptance that the program does not ask for, and the replayer says so.

use futures::future::LocalBoxFuture;

use crate::{
    machine::replay::ProgramCommand,
    model::{Failure, UpdateName, event::update},
    panic::catch,
    workflow::{UpdateHandler, UpdateRun, WorkflowContext, WorkflowHandlers},
};

/// What is left to do of an update.
pub(super) struct Unfinished {
    pub(super) name: UpdateName,
    pub(super) future: LocalBoxFuture<'static, ()>,
}

/// Hands an update to its handler, if the program has one and accepts the update.
pub(super) fn deliver<W: WorkflowHandlers>(
    context: &WorkflowContext<W>,
    request: Box<update::Request>,
    validate: bool,
) -> Option<Unfinished> {
    let host = context.host();
    let (name, update_id) = (request.name.clone(), request.update_id.clone());
    if validate && let Err(failure) = check(context, &request) {
        host.say(ProgramCommand::RejectUpdate { update_id, failure });
        return None;
    }
    let handler = find::<W>(&name)?;
    let input = request.input.clone();
    host.say(ProgramCommand::AcceptUpdate { request });
    match (handler.handle)(context, &input) {
        Ok(UpdateRun::Done(outcome)) => {
            host.say(ProgramCommand::CompleteUpdate { update_id, outcome });
            None
        }
        Ok(UpdateRun::Running(handling)) => {
            let host = std::rc::Rc::clone(host);
            let future = Box::pin(async move {
                let outcome = handling.await;
                host.say(ProgramCommand::CompleteUpdate { update_id, outcome });
            });
            Some(Unfinished { name, future })
        }
        Err(_) => {
            // Nothing was asked for since: an input that does not decode reaches no handler.
            host.take_back();
            None
        }
    }
}

/// Says whether the program would accept an update, changing nothing.
pub(super) fn check<W: WorkflowHandlers>(
    context: &WorkflowContext<W>,
    request: &update::Request,
) -> Result<(), Failure> {
    let Some(handler) = find::<W>(&request.name) else {
        let known: Vec<&str> = W::UPDATES.iter().map(|update| update.name).collect();
        let message = format!(
            "no such update, known updates are: {} update_name={}",
            known.join(", "),
            request.name
        );
        return Err(Failure::own_final(message, "UnknownUpdate"));
    };
    // Whoever asks before the program has begun is answered when it has.
    if !context.has_state() {
        return Ok(());
    }
    let verdict = catch(|| context.state(|state| (handler.validate)(state, &request.input)));
    verdict.unwrap_or_else(|panic| {
        let message = format!("validator of update {} panicked: {panic}", request.name);
        Err(Failure::own(message, "ValidatorPanicked"))
    })
}

fn find<W: WorkflowHandlers>(name: &UpdateName) -> Option<&'static UpdateHandler<W>> {
    W::UPDATES
        .iter()
        .find(|update| update.name == name.as_str())
}
