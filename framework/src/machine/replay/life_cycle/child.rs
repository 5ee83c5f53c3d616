//! Child: from the `StartChildWorkflowExecution` command to the event that ends its chain of runs.
//!
//! | state     | input           | next      | effect                                |
//! |-----------|-----------------|-----------|---------------------------------------|
//! | Requested | Recorded        | Initiated |                                       |
//! | Requested | CancelRequested | Done      | retract the command                   |
//! | Initiated | Started         | Started   | resolve the start                     |
//! | Initiated | StartFailed     | Done      | resolve the start                     |
//! | Initiated | CancelRequested | Initiated | command `RequestCancelExternal…`      |
//! | Started   | CancelRequested | Started   | command `RequestCancelExternal…`      |
//! | Started   | Ended           | Done      | resolve                               |
//! | Done      | CancelRequested | Done      |                                       |

use super::{IllegalTransition, Step};

/// How far a child has got, as far as the program side can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum State {
    /// The program asked for it; history does not say so yet.
    Requested,
    /// History says that it is asked for.
    Initiated,
    /// History says that it was started.
    Started,
    /// It was not started, or its chain of runs has ended.
    Done,
}

/// What can happen to a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Input {
    /// `StartChildWorkflowExecutionInitiated` was recorded.
    Recorded,
    /// The program wants it to stop.
    CancelRequested,
    /// `ChildWorkflowExecutionStarted` was recorded.
    Started,
    /// `StartChildWorkflowExecutionFailed` was recorded.
    StartFailed,
    /// An event that ends it was recorded.
    Ended,
}

/// What a step asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Effect {
    /// Take the command back: nobody has seen it.
    Retract,
    /// Ask the child to stop.
    RequestCancel,
    /// Tell the program what became of the start.
    ResolveStart,
    /// Tell the program how it has ended.
    Resolve,
}

/// The child's next state.
pub(in crate::machine::replay) fn step(
    state: State,
    input: Input,
) -> Result<Step<State, Effect>, IllegalTransition> {
    Ok(match (state, input) {
        (State::Requested, Input::Recorded) => Step::to(State::Initiated),
        (State::Requested, Input::CancelRequested) => Step::to(State::Done).and(Effect::Retract),
        (State::Initiated, Input::Started) => Step::to(State::Started).and(Effect::ResolveStart),
        (State::Initiated, Input::StartFailed) => Step::to(State::Done).and(Effect::ResolveStart),
        (asked @ (State::Initiated | State::Started), Input::CancelRequested) => {
            Step::to(asked).and(Effect::RequestCancel)
        }
        (State::Started, Input::Ended) => Step::to(State::Done).and(Effect::Resolve),
        // A program may ask for what has ended in the same activation.
        (State::Done, Input::CancelRequested) => Step::to(State::Done),
        (state, input) => return Err(IllegalTransition::new("child", state, input)),
    })
}
