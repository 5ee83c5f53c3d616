//! Why a command was not carried out, and what to do about it.

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

    /// That something cannot be written to where the command writes.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it takes the place of an error where that is mapped"
    )]
    pub(crate) fn output(error: std::io::Error) -> Self {
        Self::new(Exit::Refused, format!("cannot write: {error}"))
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        Self::output(error)
    }
}
