//! A workflow's code as the driver calls it: one function per handler, found by name.

use derive_more::Debug;
use futures::future::LocalBoxFuture;

use crate::{
    definition::WorkflowSignature,
    machine::replay::QueryFailure,
    model::{Failure, Payload, PayloadError, Payloads, event::update::Outcome},
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
    /// The updates it carries out; none unless it is written.
    const UPDATES: &'static [UpdateHandler<Self>] = &[];

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

/// The code behind one update.
#[derive(Clone, Copy, Debug)]
pub struct UpdateHandler<W: WorkflowHandlers> {
    /// The update's name.
    pub name: &'static str,
    /// Says whether the update may be carried out; never called in a replay. Fails also where the
    /// input does not decode.
    #[debug(skip)]
    pub validate: fn(&W, &Payloads) -> Result<(), Failure>,
    /// Carries one update out at once, or returns what is left to do.
    #[debug(skip)]
    pub handle: HandleUpdate<W>,
}

/// Decodes an update's input and handles it. A handler that is `async` returns its future.
pub type HandleUpdate<W> = fn(&WorkflowContext<W>, &Payloads) -> Result<UpdateRun, PayloadError>;

/// An update that is being carried out.
#[derive(Debug)]
pub enum UpdateRun {
    /// It is done, with this outcome.
    Done(Outcome),
    /// It goes on until this returns.
    Running(#[debug(skip)] LocalBoxFuture<'static, Outcome>),
}
