//! A store at rest, as the command reads it.

use std::{path::Path, sync::Arc};

use sempre::{
    Timestamp,
    client::{ListRunsError, ListedRun, RequestError, StoredRuns},
    model::{History, Namespace, RunId},
    storage::{SledOptions, SledStore, StorageError, StorageErrorKind},
};

use crate::{CommandError, Exit};

/// A store at rest.
#[derive(Debug)]
pub(crate) struct Cold {
    pub(crate) runs: StoredRuns,
}

impl Cold {
    /// Opens a store that is there. A folder that holds none is left alone, and a store that somebody
    /// holds is refused.
    pub(crate) fn open(path: &Path, namespace: Namespace) -> Result<Self, CommandError> {
        expect_store(path)?;
        let store = SledStore::open(path, SledOptions::default()).map_err(of_store)?;
        Ok(Self {
            runs: StoredRuns::new(Arc::new(store)).within(namespace),
        })
    }

    /// The history of the run that is meant.
    pub(crate) fn history(&self, id: &str, run: Option<&str>) -> Result<History, CommandError> {
        let run = run.map(run_id).transpose()?;
        Ok(self.runs.history(id, run)?)
    }

    /// What a list says of the run that is meant.
    pub(crate) fn listed(&self, history: &History) -> Result<Option<ListedRun>, CommandError> {
        let filter = format!("RunId = '{}'", history.execution.run_id);
        let page = futures::executor::block_on(self.runs.list(filter).page_size(1).into_future())?;
        Ok(page.runs.into_iter().next())
    }

    /// The time, for what is still open.
    #[expect(
        clippy::disallowed_methods,
        reason = "there is no engine whose clock could be read"
    )]
    pub(crate) fn now() -> Timestamp {
        std::time::SystemTime::now().into()
    }
}

/// Refuses a folder that holds no store.
pub(crate) fn expect_store(path: &Path) -> Result<(), CommandError> {
    if path.join("db").is_file() {
        return Ok(());
    }
    let message = format!("there is no store here: path={}", path.display());
    Err(CommandError::new(Exit::NotFound, message))
}

/// The run id that a text is.
fn run_id(text: &str) -> Result<RunId, CommandError> {
    let digits: String = text.chars().filter(|it| *it != '-').collect();
    let bits = u128::from_str_radix(&digits, 16).ok();
    let bits = bits.filter(|_| digits.len() == 32);
    let bits = bits.ok_or_else(|| CommandError::usage(format!("this is not a run id: {text}")))?;
    Ok(RunId::from_u128(bits))
}

/// Why a store cannot be read.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it takes the place of an error where that is mapped"
)]
pub(crate) fn of_store(error: StorageError) -> CommandError {
    match error.kind() {
        StorageErrorKind::Locked => CommandError::new(
            Exit::Unavailable,
            format!(
                "{error}; stop the service, or ask its console: with --url, or by its store if the service \
                 shows it there (Console::serve_beside)"
            ),
        ),
        StorageErrorKind::Unavailable => CommandError::new(Exit::Unavailable, error.to_string()),
        StorageErrorKind::Corrupt => CommandError::new(Exit::Failed, error.to_string()),
        _ => CommandError::new(Exit::Refused, error.to_string()),
    }
}

impl From<RequestError> for CommandError {
    fn from(error: RequestError) -> Self {
        let exit = match &error {
            RequestError::NotFound { .. } => Exit::NotFound,
            RequestError::Damaged { .. } => Exit::Failed,
            _ => Exit::Refused,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ListRunsError> for CommandError {
    fn from(error: ListRunsError) -> Self {
        match error {
            ListRunsError::Request(error) => error.into(),
            other => Self::new(Exit::Refused, other.to_string()),
        }
    }
}
