//! Why a command could not be carried out.

use std::path::PathBuf;

use derive_more::{Display, Error, From};
use sempre::{model::RunId, storage::StorageError};

use crate::{ExportError, HistoryFileError};

/// A command that could not be carried out.
#[derive(Debug, Display, Error, From)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no store in the folder; check the path.
    #[display("there is no store here: path={}", path.display())]
    #[from(skip)]
    NoStore {
        /// The folder.
        path: PathBuf,
    },
    /// The store cannot be read; its message says what to do.
    Store(StorageError),
    /// The store knows no such workflow; check the id.
    #[display("there is no such workflow: workflow_id={workflow_id}")]
    #[from(skip)]
    NoWorkflow {
        /// The id that was asked for.
        workflow_id: String,
    },
    /// The store, or the workflow that was named too, has no such run; check the id.
    #[display("there is no such run: run_id={run_id}")]
    #[from(skip)]
    NoRun {
        /// The id that was asked for.
        run_id: RunId,
    },
    /// A file cannot be read or written.
    #[display("{}: {source}", path.display())]
    #[from(skip)]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file holds no history.
    #[display("{}: {source}", path.display())]
    #[from(skip)]
    Import {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: HistoryFileError,
    },
    /// Temporal has no words for the history.
    Export(ExportError),
    /// What there is to say cannot be written.
    #[display("cannot write: {_0}")]
    Output(std::io::Error),
    /// Which run is meant was not said.
    #[display("say which run is meant: a workflow id, or --run")]
    #[from(skip)]
    NothingMeant,
}
