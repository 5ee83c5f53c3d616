//! External: from the command for a message to another workflow to the event with its answer.
//!
//! | state     | input    | next    | effect  |
//! |-----------|----------|---------|---------|
//! | Requested | Recorded | Pending |         |
//! | Pending   | Answered | Done    | resolve |

use super::{IllegalTransition, Step};

/// How far a message has got, as far as the program side can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum State {
    /// The program asked for it; history does not say so yet.
    Requested,
    /// History says that it is on its way.
    Pending,
    /// It was answered.
    Done,
}

/// What can happen to a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Input {
    /// The event of its command was recorded.
    Recorded,
    /// Its answer was recorded.
    Answered,
}

/// What a step asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Effect {
    /// Tell the program.
    Resolve,
}

/// The message's next state.
pub(in crate::machine::replay) fn step(
    state: State,
    input: Input,
) -> Result<Step<State, Effect>, IllegalTransition> {
    Ok(match (state, input) {
        (State::Requested, Input::Recorded) => Step::to(State::Pending),
        (State::Pending, Input::Answered) => Step::to(State::Done).and(Effect::Resolve),
        (state, input) => return Err(IllegalTransition::new("external", state, input)),
    })
}
