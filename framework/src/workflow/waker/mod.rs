//! Wakers: who wakes workflow code, and who else holds the means to.
//!
//! A task is a main routine or a signal handler. Slots do not keep its waker: they keep its target,
//! which the driver tells them while it polls. Whoever holds a clone of a task's waker is therefore
//! not a slot but something of the user's: a combinator that makes wakers of its own, such as
//! `FuturesUnordered`, or a future that sempre did not make. A task that has come to rest is judged
//! by their number.
//!
//! Absent on purpose: which of the user's futures holds a waker. A waker does not say.

mod polling;
mod target;
mod verdict;
mod wakes;

pub(super) use self::{
    polling::Polling,
    target::{OwnWaker, Waiter},
    verdict::{Stand, Verdict},
};

#[cfg(test)]
mod tests;
