//! Why nothing was replayed.

use std::path::PathBuf;

use derive_more::{Display, Error};
use sempre::{model::WorkflowType, storage::StorageError};

/// A replay that did not begin: what was asked for makes no sense as it is.
#[derive(Debug, Display, Error)]
#[non_exhaustive]
pub enum ReplayFilesError {
    /// No path was given.
    #[display("say what to replay: folders of histories, or history files")]
    NothingMeant,
    /// The replayer has no workflow to replay anything with.
    #[display("no workflow is registered: add each with `Replayer::workflow`")]
    NoWorkflow,
    /// Two workflows have the same type and version, and only one of them can be meant.
    #[display(
        "two workflows are registered with the same type and version: workflow_type={workflow_type}"
    )]
    RegisteredTwice {
        /// The type.
        workflow_type: WorkflowType,
    },
    /// There is no such folder or file; check the path.
    #[display("{}: {source}", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// There is no history in a folder. A check of nothing is no check, so this is an error.
    #[display(
        "{}: there is no history in this folder, so nothing would be checked; \
         a history is named *.json, *.pb or *.binpb skipped={skipped}",
        path.display()
    )]
    NoHistory {
        /// The folder.
        path: PathBuf,
        /// How many files of other names it has.
        skipped: usize,
    },
    /// A store cannot be read. While an engine runs on it, replay a copy, or a clone of the store that
    /// the engine was given.
    #[display("{}: {source}", if path.as_os_str().is_empty() { "store".into() } else { path.to_string_lossy() })]
    Store {
        /// The folder; empty if the store was at hand.
        path: PathBuf,
        /// Why not.
        source: StorageError,
    },
    /// The threads to replay on do not start; ask for fewer.
    #[display("no threads to replay on: {message}")]
    NoThreads {
        /// What the system says.
        message: String,
    },
}
