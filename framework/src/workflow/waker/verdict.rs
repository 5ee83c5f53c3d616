//! What is to be made of a task that has come to rest.
//!
//! | clones elsewhere | own waits | wrapped waits  | looked again | verdict   |
//! |------------------|-----------|----------------|--------------|-----------|
//! | none             | none      |                |              | Stuck     |
//! | none             | some      |                |              | Well      |
//! | some             |           | now            |              | Well      |
//! | some             | some      | before         |              | Well      |
//! | some             | none      | before         | no           | Suspect   |
//! | some             | none      | before         | yes          | Foreign   |
//! | some             |           | never          | no           | Suspect   |
//! | some             |           | never          | yes          | Foreign   |
//!
//! A combinator that makes wakers of its own keeps a clone of the task's, as a foreign future does.
//! Three things clear it of suspicion:
//! * it waits for something of sempre's now, which shows as a wrapped wait. Whether there is a
//!   foreign future as well cannot be told then;
//! * it has done so before, and the task waits for something of sempre's: a stream such as
//!   `buffer_unordered` keeps its clone while its queue is empty and only its source is waited for;
//! * it is not awaited any more, and only still there. Therefore a suspect is polled once more with
//!   a waker that nobody holds yet, which all that is awaited clones anew, and nothing else.

/// How a task stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::workflow) struct Stand {
    /// How many waits of sempre's wake it, directly or through `ctx.foreign`.
    pub(in crate::workflow) own_waits: usize,
    /// How many clones of its waker somebody else holds.
    pub(in crate::workflow) clones: usize,
    /// What is known of combinators in its program.
    pub(in crate::workflow) wrapped: Wrapped,
    /// Whether it was polled with this waker just once, for a second look.
    pub(in crate::workflow) looked_again: bool,
}

/// Whether waits of a program's wake something of the user's, which wakes a task in turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::workflow) enum Wrapped {
    /// None has yet.
    Never,
    /// Some have, and none does now.
    Before,
    /// Some do.
    Now,
}

/// What is to be made of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::workflow) enum Verdict {
    /// It waits for what sempre can bring, as far as can be told.
    Well,
    /// It has to be polled with a new waker before anything can be said.
    Suspect,
    /// Nothing can wake it.
    Stuck,
    /// It awaits a future that sempre did not make.
    Foreign,
}

impl Stand {
    /// Judges the task.
    // Replay: a second look is a poll, so old histories depend on when there is one.
    pub(in crate::workflow) fn verdict(self) -> Verdict {
        match (self.clones, self.own_waits, self.wrapped) {
            (0, 0, _) => Verdict::Stuck,
            (0, _, _) | (_, _, Wrapped::Now) | (_, 1.., Wrapped::Before) => Verdict::Well,
            _ if !self.looked_again => Verdict::Suspect,
            _ => Verdict::Foreign,
        }
    }
}
