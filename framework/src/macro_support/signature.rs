//! What a type in a signature is: a `Result` or a value, a context or an input.
//!
//! Macros see how a type is written and not what it is, so an alias would mislead them. They write
//! what is below instead, and the compiler decides by the type. The pattern is the same twice: an
//! associated constant that an inherent impl gives to one type, and a trait to all others, selects
//! between two impls of a trait that would overlap without it.

use std::{convert::Infallible, marker::PhantomData};

use crate::{activity::ActivityContext, workflow::WorkflowContext};

/// Says whether a returned type is a `Result`.
#[derive(Debug)]
pub struct OutcomeKind<T>(PhantomData<T>);

impl<O, E> OutcomeKind<Result<O, E>> {
    /// It is.
    pub const IS_RESULT: bool = true;
}

/// What is not a `Result` is a value.
pub trait IsValue {
    /// It is no `Result`.
    const IS_RESULT: bool = false;
}

impl<T> IsValue for OutcomeKind<T> {}

/// What a function returns: a value, or a value or an error.
pub trait Outcome<const IS_RESULT: bool>: Sized {
    /// The value.
    type Output;
    /// The error.
    type Error;

    /// Both of them.
    fn into_result(self) -> Result<Self::Output, Self::Error>;
}

impl<O, E> Outcome<true> for Result<O, E> {
    type Output = O;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

impl<T> Outcome<false> for T {
    type Output = T;
    type Error = Infallible;

    fn into_result(self) -> Result<T, Infallible> {
        Ok(self)
    }
}

/// Says whether the only parameter of an activity is its context.
#[derive(Debug)]
pub struct ParameterKind<T>(PhantomData<T>);

impl ParameterKind<ActivityContext> {
    /// It is.
    pub const IS_CONTEXT: bool = true;
}

/// What is not the context is the input.
pub trait IsInput {
    /// It is no context.
    const IS_CONTEXT: bool = false;
}

impl<T> IsInput for ParameterKind<T> {}

/// The only parameter of an activity.
pub trait SingleParameter<const IS_CONTEXT: bool>: Sized {
    /// The activity's input.
    type Input;

    /// The parameter, of what there is.
    fn pick(ctx: ActivityContext, input: Self::Input) -> Self;
}

impl SingleParameter<true> for ActivityContext {
    type Input = ();

    fn pick(ctx: ActivityContext, (): ()) -> Self {
        ctx
    }
}

impl<T> SingleParameter<false> for T {
    type Input = T;

    fn pick(_: ActivityContext, input: T) -> T {
        input
    }
}

/// A parameter that has to be the context.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no context",
    label = "expected the context here",
    note = "an activity takes `ActivityContext`, if it wants it, and then one input; a workflow's \
            handler takes `WorkflowContext<Self>` and then one input",
    note = "several values are put into one struct, which can grow a field later"
)]
pub trait ContextParameter<C> {
    /// The context itself.
    fn from_context(ctx: C) -> Self;
}

impl ContextParameter<ActivityContext> for ActivityContext {
    fn from_context(ctx: ActivityContext) -> Self {
        ctx
    }
}

impl<W> ContextParameter<WorkflowContext<W>> for WorkflowContext<W> {
    fn from_context(ctx: WorkflowContext<W>) -> Self {
        ctx
    }
}

/// Stands for code that could not be generated, in a crate that does not compile.
#[expect(clippy::unreachable, reason = "there is a compile error beside it")]
pub fn never_compiled<T>() -> T {
    unreachable!("there is a compile error beside it")
}
