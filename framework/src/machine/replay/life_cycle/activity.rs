//! Activity: from the `ScheduleActivityTask` command to the event that ends it for good.
//!
//! | state           | input           | next            | effect                              |
//! |-----------------|-----------------|-----------------|-------------------------------------|
//! | Requested       | Recorded        | Pending         |                                     |
//! | Requested       | CancelRequested | Done         | retract the command                 |
//! | Pending         | CancelRequested | Canceling       | command `RequestCancelActivityTask` |
//! | Canceling       | CancelRecorded  | CancelRecorded  |                                     |
//! | Pending         | Ended           | Done         | resolve                             |
//! | CancelRecorded  | Ended           | Done         | resolve                             |
//! | Canceling       | CancelRequested | Canceling       |                                     |
//! | CancelRecorded  | CancelRequested | CancelRecorded  |                                     |
//! | Done         | CancelRequested | Done         |                                     |

use super::{IllegalTransition, Step};
use crate::model::EventId;

/// How far an activity has got, as far as the program side can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum State {
    /// The program asked for it; history does not say so yet.
    Requested,
    /// History says it is scheduled.
    Pending(EventId),
    /// The program asked it to stop; history does not say so yet.
    Canceling(EventId),
    /// History says it was asked to stop.
    CancelRecorded(EventId),
    /// It has ended for good, or never began.
    Done,
}

/// What can happen to an activity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Input {
    /// `ActivityTaskScheduled` is this event.
    Recorded(EventId),
    /// The program wants it to stop.
    CancelRequested,
    /// `ActivityTaskCancelRequested` was recorded.
    CancelRecorded,
    /// An event that ends it for good was recorded.
    Ended,
}

/// What a step asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine::replay) enum Effect {
    /// Take the command back: nobody has seen it.
    Retract,
    /// Ask for the cancellation of the activity that this event scheduled.
    RequestCancel(EventId),
    /// Tell the program.
    Resolve,
}

/// The activity's next state.
pub(in crate::machine::replay) fn step(
    state: State,
    input: Input,
) -> Result<Step<State, Effect>, IllegalTransition> {
    Ok(match (state, input) {
        (State::Requested, Input::Recorded(id)) => Step::to(State::Pending(id)),
        (State::Requested, Input::CancelRequested) => Step::to(State::Done).and(Effect::Retract),
        (State::Pending(id), Input::CancelRequested) => {
            Step::to(State::Canceling(id)).and(Effect::RequestCancel(id))
        }
        (State::Canceling(id), Input::CancelRecorded) => Step::to(State::CancelRecorded(id)),
        (State::Pending(_) | State::CancelRecorded(_), Input::Ended) => {
            Step::to(State::Done).and(Effect::Resolve)
        }
        // A program may ask again, or ask for what has ended in the same activation.
        (
            asked @ (State::Canceling(_) | State::CancelRecorded(_) | State::Done),
            Input::CancelRequested,
        ) => Step::to(asked),
        (state, input) => return Err(IllegalTransition::new("activity", state, input)),
    })
}
