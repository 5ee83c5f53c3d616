//! From a workflow's typed handlers to the functions that the driver calls.

use futures::future::{FutureExt, LocalBoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    machine::replay::QueryFailure,
    model::{Payload, PayloadError, Payloads},
    workflow::{WorkflowContext, WorkflowHandlers},
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
