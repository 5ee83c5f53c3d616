//! From a workflow's typed handlers to the functions that the driver calls.

use futures::future::{FutureExt, LocalBoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    definition,
    machine::replay::QueryFailure,
    model::{Failure, Payload, PayloadError, Payloads, event::update::Outcome},
    workflow::{UpdateRun, WorkflowContext, WorkflowHandlers},
};

/// The state of a workflow without an `#[init]` handler.
pub fn state_without_init_handler<W: Default>() -> W {
    W::default()
}

/// A main routine.
pub fn run<O, E>(
    routine: impl Future<Output = Result<O, E>> + 'static,
) -> LocalBoxFuture<'static, Result<O, E>> {
    routine.boxed_local()
}

/// Handles a signal at once.
pub fn handle_signal<W: WorkflowHandlers, I: DeserializeOwned>(
    ctx: &WorkflowContext<W>,
    input: &Payloads,
    handler: impl FnOnce(&mut W, I),
) -> Result<Option<LocalBoxFuture<'static, ()>>, PayloadError> {
    let input = input.decode()?;
    ctx.update(|state| handler(state, input));
    Ok(None)
}

/// Begins to handle a signal whose handler may wait.
pub fn begin_signal<W: WorkflowHandlers, I: DeserializeOwned, F: Future<Output = ()> + 'static>(
    ctx: &WorkflowContext<W>,
    input: &Payloads,
    handler: impl FnOnce(WorkflowContext<W>, I) -> F,
) -> Result<Option<LocalBoxFuture<'static, ()>>, PayloadError> {
    let input = input.decode()?;
    Ok(Some(handler(ctx.clone(), input).boxed_local()))
}

/// Answers a query.
pub fn answer_query<W, I: DeserializeOwned, O: Serialize + DeserializeOwned + 'static>(
    state: &W,
    input: &Payloads,
    handler: impl FnOnce(&W, I) -> O,
) -> Result<Payload, QueryFailure> {
    let input = input
        .decode()
        .map_err(|error| QueryFailure::MalformedInput {
            message: error.to_string(),
        })?;
    Payload::encode_readable(&handler(state, input)).map_err(|error| QueryFailure::HandlerFailed {
        message: error.to_string(),
    })
}

/// Says whether an update without a validator may be carried out: if its input decodes.
pub fn check_update_input<W, I: DeserializeOwned>(_: &W, input: &Payloads) -> Result<(), Failure> {
    input
        .decode::<I>()
        .map(drop)
        .map_err(|error| malformed_input(&error))
}

/// Says whether an update may be carried out, by its validator.
pub fn validate_update<W, I: DeserializeOwned, E: definition::Failure>(
    state: &W,
    input: &Payloads,
    validator: impl FnOnce(&W, &I) -> Result<(), E>,
) -> Result<(), Failure> {
    let input: I = input.decode().map_err(|error| malformed_input(&error))?;
    validator(state, &input).map_err(|error| error.to_failure())
}

/// Carries an update out at once.
pub fn handle_update<W, I, O, E>(
    ctx: &WorkflowContext<W>,
    input: &Payloads,
    handler: impl FnOnce(&mut W, I) -> Result<O, E>,
) -> Result<UpdateRun, PayloadError>
where
    W: WorkflowHandlers,
    I: DeserializeOwned,
    O: Serialize + DeserializeOwned + 'static,
    E: definition::Failure,
{
    let input = input.decode()?;
    let result = ctx.update(|state| handler(state, input));
    Ok(UpdateRun::Done(outcome(result)))
}

/// Begins to carry an update out whose handler may wait.
pub fn begin_update<W, I, O, E, F>(
    ctx: &WorkflowContext<W>,
    input: &Payloads,
    handler: impl FnOnce(WorkflowContext<W>, I) -> F,
) -> Result<UpdateRun, PayloadError>
where
    W: WorkflowHandlers,
    I: DeserializeOwned,
    O: Serialize + DeserializeOwned + 'static,
    E: definition::Failure,
    F: Future<Output = Result<O, E>> + 'static,
{
    let input = input.decode()?;
    let handling = handler(ctx.clone(), input);
    Ok(UpdateRun::Running(handling.map(outcome).boxed_local()))
}

/// What an update's handler returned, as it is recorded.
fn outcome<O: Serialize + DeserializeOwned + 'static, E: definition::Failure>(
    result: Result<O, E>,
) -> Outcome {
    match result {
        Ok(output) => match Payloads::encode_readable(&output) {
            Ok(result) => Outcome::Success(result),
            Err(error) => {
                let message = format!("result of the update is malformed: {error}");
                Outcome::Failure(Box::new(Failure::own_final(message, "MalformedResult")))
            }
        },
        Err(error) => Outcome::Failure(Box::new(error.to_failure())),
    }
}

fn malformed_input(error: &PayloadError) -> Failure {
    let message = format!("input of the update is malformed: {error}");
    Failure::own_final(message, "MalformedInput")
}
