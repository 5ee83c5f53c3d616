//! Timer: from the `StartTimer` command to `TimerFired` or `TimerCanceled`.
//!
//! | state     | input           | next      | effect                |
//! |-----------|-----------------|-----------|-----------------------|
//! | Requested | Recorded        | Pending   |                       |
//! | Requested | CancelRequested | Done   | retract the command   |
//! | Pending   | CancelRequested | Canceling | command `CancelTimer` |
//! | Pending   | Fired           | Done   | resolve               |
//! | Canceling | CancelRecorded  | Done   |                       |
//! | Canceling | CancelRequested | Canceling |                       |
//! | Done   | CancelRequested | Done   |                       |

use super::{IllegalTransition, Step};

/// How far a timer has got, as far as the program side can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum State {
    /// The program asked for it; history does not say so yet.
    Requested,
    /// History says it is started.
    Pending,
    /// The program gave it up; history does not say so yet.
    Canceling,
    /// It has fired, was canceled, or never began.
    Done,
}

/// What can happen to a timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Input {
    /// `TimerStarted` was recorded.
    Recorded,
    /// The program gives it up.
    CancelRequested,
    /// `TimerCanceled` was recorded.
    CancelRecorded,
    /// `TimerFired` was recorded.
    Fired,
}

/// What a step asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Effect {
    /// Take the command back: nobody has seen it.
    Retract,
    /// Ask for its cancellation.
    Cancel,
    /// Tell the program.
    Resolve,
}

/// The timer's next state.
pub(in crate::machine::replay) fn step(
    state: State,
    input: Input,
) -> Result<Step<State, Effect>, IllegalTransition> {
    Ok(match (state, input) {
        (State::Requested, Input::Recorded) => Step::to(State::Pending),
        (State::Requested, Input::CancelRequested) => Step::to(State::Done).and(Effect::Retract),
        (State::Pending, Input::CancelRequested) => Step::to(State::Canceling).and(Effect::Cancel),
        (State::Pending, Input::Fired) => Step::to(State::Done).and(Effect::Resolve),
        (State::Canceling, Input::CancelRecorded) => Step::to(State::Done),
        // A program may ask again, or give up what has fired in the same activation.
        (asked @ (State::Canceling | State::Done), Input::CancelRequested) => Step::to(asked),
        (state, input) => return Err(IllegalTransition::new("timer", state, input)),
    })
}
