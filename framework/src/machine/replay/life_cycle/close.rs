//! Close: from the command that closes the run to the event that says so.
//!
//! | state     | input     | next      | effect |
//! |-----------|-----------|-----------|--------|
//! | Open      | Requested | Requested |        |
//! | Requested | Recorded  | Closed    |        |

use super::{IllegalTransition, Step};

/// Whether the run goes on, as far as the program side can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::machine::replay) enum State {
    /// It goes on.
    #[default]
    Open,
    /// The program asked for its close; history does not say so yet.
    Requested,
    /// History says it is closed.
    Closed,
}

/// What can happen to a run's close.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Input {
    /// The program closes the run.
    Requested,
    /// The event was recorded.
    Recorded,
}

/// Closing asks for nothing further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Effect {}

/// The run's next state.
pub(in crate::machine::replay) fn step(
    state: State,
    input: Input,
) -> Result<Step<State, Effect>, IllegalTransition> {
    Ok(match (state, input) {
        (State::Open, Input::Requested) => Step::to(State::Requested),
        (State::Requested, Input::Recorded) => Step::to(State::Closed),
        (state, input) => return Err(IllegalTransition::new("close", state, input)),
    })
}
