//! Why a history is not its golden one.

use std::{io, path::PathBuf};

use derive_more::{Display, Error};

use super::GoldenDifference;
use crate::{ExportError, HistoryFileError};

/// A history that is not the golden one, or a golden one that cannot be used.
#[derive(Debug, Display, Error)]
#[non_exhaustive]
pub enum GoldenError {
    /// There is no golden history yet.
    #[display(
        "there is no golden history: path={}\nrun the test with BLESS=1 to write it",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The golden history cannot be read.
    #[display(
        "{}: {source}\nmend the golden history, or run the test with BLESS=1 to write it anew",
        path.display()
    )]
    Unreadable {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: HistoryFileError,
    },
    /// The file holds several histories, and none of them is the golden one.
    #[display(
        "a golden history has a file of its own: path={} histories={histories}",
        path.display()
    )]
    Several {
        /// Where they are.
        path: PathBuf,
        /// How many they are.
        histories: usize,
    },
    /// No replayer would find a file of this name.
    #[display("name a golden history *.json: path={}", path.display())]
    NotJson {
        /// The path that was given.
        path: PathBuf,
    },
    /// The history is another one than it was. Take the change back, or bless it.
    #[display(
        "the history is not its golden one: path={}\n{difference}\
         if that is meant, run the test with BLESS=1, and read the diff before you commit it",
        path.display()
    )]
    Differs {
        /// The golden history.
        path: PathBuf,
        /// How the two differ.
        #[error(not(source))]
        difference: Box<GoldenDifference>,
    },
    /// The history holds an event that Temporal has no words for.
    #[display("the history cannot be written: {_0}")]
    NotExported(ExportError),
    /// The golden history cannot be written.
    #[display("{}: the golden history cannot be written: {source}", path.display())]
    NotWritten {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}
