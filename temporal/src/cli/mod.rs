//! The command line: `show`, `export` and `import`.
//!
//! A store is opened as its owner, so it has to be at rest: no engine may run on it meanwhile.
//! What is written has colors; where it goes to decides whether they are kept.
//!
//! Absent on purpose: writing to a store. A history that comes from elsewhere is checked and
//! looked at, not continued.

mod arguments;
mod error;
mod export;
mod import;
mod show;
mod stored;
mod timeline;

use std::{io::Write, process::ExitCode};

pub(crate) use self::timeline::printable;
pub use self::{
    arguments::{Arguments, Command, Which},
    error::CommandError,
};

/// How a command ended that could be carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// With nothing to complain about.
    Fine,
    /// Some of the files were refused; each is reported.
    Refused,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Fine => Self::SUCCESS,
            Outcome::Refused => Self::FAILURE,
        }
    }
}

/// Carries a command out, and writes what there is to say.
///
/// # Errors
/// [`CommandError`] if the store or a file cannot be used, or there is no such run.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    match &arguments.command {
        Command::Show {
            source,
            which,
            json,
        } => show::show(source, which, *json, out),
        Command::Export { store, which, file } => {
            export::export(store, which, file.as_deref(), out)
        }
        Command::Import { files } => import::import(files, out),
    }
}
