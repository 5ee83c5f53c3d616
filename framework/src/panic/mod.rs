//! Panics of user code: caught, with the place where they were raised, and printed by nobody.
//!
//! A panic that is caught here becomes a failure, which says what the panic said and where. The
//! panic hook would print it too, at each attempt of a task that is tried again for ever, and with
//! `RUST_BACKTRACE=1` a hundred frames each time. So such code runs in a *scope* of its thread, and
//! a hook in front of the user's notes the place instead of printing.
//!
//! * Panics outside of a scope reach the user's hook untouched.
//! * A hook that is set later and does not call the one it replaces sees all panics. They are
//!   caught all the same, without their places.
//! * Where panics abort, and for a second panic while the first one unwinds, the process is about to
//!   end, so the user's hook is called.

mod caught;
mod hook;

#[cfg(any(test, feature = "runtime"))]
pub(crate) use self::caught::catch_async;
pub(crate) use self::caught::{Panic, catch, panic_text};

#[cfg(test)]
mod tests;
