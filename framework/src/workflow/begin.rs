//! What a combinator does with what it is given, before it waits for it.
//!
//! A call of an activity asks for nothing until it is polled, and a combinator polls only when all
//! that it is given has been made: the timer behind a call would be started before the activity. So
//! calls are asked for at once, and everything else is only turned into a future. Which of the two
//! it is follows from the type: a method is looked for on [`Begun`] first, which has one for calls,
//! and behind it then.

use std::{cell::Cell, future::IntoFuture, ops::Deref};

use derive_more::Debug;

use crate::{
    definition::Activity,
    workflow::{ActivityCall, ActivityHandle, LocalActivityCall, LocalActivityHandle},
};

/// Something that a combinator is about to wait for.
#[derive(Debug)]
pub struct Begun<F>(Given<F>);

/// What is behind [`Begun`], whatever it is.
#[derive(Debug)]
#[debug("Given")]
pub struct Given<F>(Cell<Option<F>>);

impl<F> Begun<F> {
    /// What was given to the combinator.
    pub fn new(given: F) -> Self {
        Self(Given(Cell::new(Some(given))))
    }
}

impl<A: Activity> Begun<ActivityCall<A>> {
    /// Asks for the activity.
    pub fn begin(&self) -> ActivityHandle<A> {
        self.0.take().start()
    }
}

impl<A: Activity> Begun<LocalActivityCall<A>> {
    /// Asks for the local activity.
    pub fn begin(&self) -> LocalActivityHandle<A> {
        self.0.take().start()
    }
}

impl<F> Deref for Begun<F> {
    type Target = Given<F>;

    fn deref(&self) -> &Given<F> {
        &self.0
    }
}

impl<F> Given<F> {
    #[expect(clippy::expect_used, reason = "the macros call it once")]
    fn take(&self) -> F {
        self.0.take().expect("it is taken once")
    }
}

impl<F: IntoFuture> Given<F> {
    /// Makes a future of it.
    pub fn begin(&self) -> F::IntoFuture {
        self.take().into_future()
    }
}
