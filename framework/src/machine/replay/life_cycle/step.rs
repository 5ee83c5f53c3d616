//! What a step of a machine leads to, and the error of a step that no machine allows.

use std::fmt::Debug;

use derive_more::{Display, Error};

/// The next state, and what has to be done on the way to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) struct Step<S, E> {
    /// The next state.
    pub(in crate::machine::replay) next: S,
    /// What has to be done, if anything.
    pub(in crate::machine::replay) effect: Option<E>,
}

impl<S, E> Step<S, E> {
    /// A step without effect.
    pub(super) fn to(next: S) -> Self {
        Self { next, effect: None }
    }

    /// The same step with an effect.
    pub(super) fn and(self, effect: E) -> Self {
        Self {
            effect: Some(effect),
            ..self
        }
    }
}

/// An input that cannot occur in the state a machine is in.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{input} cannot follow in state {state} of machine={machine}")]
pub(in crate::machine::replay) struct IllegalTransition {
    machine: &'static str,
    state: String,
    input: String,
}

impl IllegalTransition {
    pub(in crate::machine::replay) fn new(
        machine: &'static str,
        state: impl Debug,
        input: impl Debug,
    ) -> Self {
        Self {
            machine,
            state: format!("{state:?}"),
            input: format!("{input:?}"),
        }
    }
}
