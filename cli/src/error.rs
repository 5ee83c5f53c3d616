//! Why a command was not carried out, and what to do about it.

use std::io;

use derive_more::{Display, Error};

use crate::Exit;

/// A command that was not carried out.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{message}")]
pub struct CommandError {
    /// What is wrong, and what to do.
    pub message: String,
    /// How the command ends.
    pub exit: Exit,
}

impl CommandError {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
}

impl From<io::Error> for CommandError {
    /// That something cannot be written to where the command writes.
    fn from(error: io::Error) -> Self {
        let exit = match error.kind() {
            // Whoever reads has seen enough, as `head` has.
            io::ErrorKind::BrokenPipe => Exit::Done,
            _ => Exit::Refused,
        };
        Self::new(exit, format!("cannot write: {error}"))
    }
}
