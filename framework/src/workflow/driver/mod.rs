//! The driver: runs one workflow program from one activation to the next.
//!
//! An activation is taken in four steps: what was waited for is filled in, messages are delivered,
//! everything that was woken is polled until nothing is, and what was asked for is numbered.

mod branches;
mod driver;
mod dropped;
mod failure;
mod intercepted;
mod task;
mod update;

pub use self::driver::Driver;
