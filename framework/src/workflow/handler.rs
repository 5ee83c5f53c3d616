//! A workflow's code as the driver calls it: one function per handler, found by name.

use derive_more::Debug;
use futures::future::LocalBoxFuture;

use crate::{
    definition::WorkflowSignature,
    machine::replay::QueryFailure,
    model::{Payload, PayloadError, Payloads},
    workflow::WorkflowContext,
};

/// A workflow's code.
///
/// Written by `#[handlers]`; the methods are called by the driver and by nobody else.
pub trait WorkflowHandlers: WorkflowSignature {
    /// The signals it takes.
    const SIGNALS: &'static [SignalHandler<Self>];
    /// The queries it answers.
    const QUERIES: &'static [QueryHandler<Self>];

    /// The state a run begins with.
    fn init(input: &Self::Input) -> Self;

    /// The main routine. When it returns, the run closes.
    fn run(
        ctx: WorkflowContext<Self>,
        input: Self::Input,
    ) -> LocalBoxFuture<'static, Result<Self::Output, Self::Error>>;
}

/// The code behind one signal.
#[derive(Clone, Copy, Debug)]
pub struct SignalHandler<W: WorkflowHandlers> {
    /// The signal's name.
    pub name: &'static str,
    /// Handles one signal at once, or returns what is left to do.
    #[debug(skip)]
    pub handle: HandleSignal<W>,
}

/// Decodes a signal's input and handles it. A handler that is `async` returns its future.
pub type HandleSignal<W> =
    fn(&WorkflowContext<W>, &Payloads) -> Result<Option<LocalBoxFuture<'static, ()>>, PayloadError>;

/// The code behind one query.
#[derive(Clone, Copy, Debug)]
pub struct QueryHandler<W: WorkflowHandlers> {
    /// The query's name.
    pub name: &'static str,
    /// Answers one query.
    #[debug(skip)]
    pub answer: fn(&W, &Payloads) -> Result<Payload, QueryFailure>,
}
