//! One state machine per kind of command: from what the program asked for to what history says.
//!
//! A machine is a plain enum of states and one total function `step`. It decides nothing about
//! order or identity (that is `matching`); it only knows what may follow what.

pub(super) mod activity;
pub(super) mod child;
pub(super) mod close;
pub(super) mod external;
mod step;
pub(super) mod timer;

pub(super) use self::step::{IllegalTransition, Step};
