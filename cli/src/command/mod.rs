//! What the command does, by what is asked for.
//!
//! A command comes to a value in the words of the console's API, and to a text that is made of it.

mod act;
mod backup;
mod batch;
mod call;
mod check;
mod console;
mod engine;
mod export;
mod list;
mod queue;
mod run;
mod schedule;
mod show;
mod store;
mod why;

use self::call::{Call, Source};

pub use self::run::run;
