//! The command `sempre`: looks at workflows, acts on them, and reads stores at rest.
//!
//! ```text
//! Arguments ─▶ command ─┬─▶ Client (a console's API) ─┐
//!                       └─▶ Cold (a store at rest)   ─┴─▶ JSON ─▶ text, if people read it
//! ```
//!
//! A live engine is reached by the JSON API of its console, at an address or at the socket beside its
//! store, and what is read off a store is told in the
//! same JSON, so each command has one form for programs and one text for people, made of it.
//!
//! Absent on purpose: replaying. It needs the code of the workflows, so it is a program of the project
//! (`sempre_temporal::Replayer`).

mod arguments;
mod batch_arguments;
#[cfg(unix)]
mod beside;
mod client;
mod cold;
mod command;
mod error;
mod exit;
mod look;
mod progress;
mod queue_arguments;
mod table;
mod terminal;
mod text;
mod timeline;

pub use self::{
    arguments::{Arguments, Command},
    command::run,
    error::CommandError,
    exit::Exit,
    terminal::Terminal,
};

#[cfg(test)]
mod tests;
