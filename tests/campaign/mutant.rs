//! Mutants: faults that a campaign has to notice, put in where the process meets its store, its files
//! and whoever asks.
//!
//! They stand for faults of the engine itself as well: a payload storage that loses what it was given
//! looks like an engine that does not wait for it. None of them needs a change of the engine.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use clap::ValueEnum;
use derive_more::Display;
use sempre::{
    model::{ContentKey, RunId, WorkflowId},
    storage::{
        FileStorage, PayloadStorage, ReadStore as _, RunEntry, SledStore, StorageError, Store,
        StoreLayer,
    },
};

use crate::campaign::{
    fault::Fault,
    workload::{OPERATORS, board_id},
};

/// A deliberate fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display, ValueEnum)]
pub enum Mutant {
    /// Now and then the content of a payload is not written.
    #[display("lose-payload")]
    LosePayload,
    /// Content is deleted that a run names.
    #[display("drop-payload")]
    DropPayload,
    /// Some of the content that nobody names is not deleted.
    #[display("keep-payload")]
    KeepPayload,
    /// What an operator sets is acknowledged and not written down.
    #[display("forget-setting")]
    ForgetSetting,
    /// A process does not find what operators have set before.
    #[display("forget-book")]
    ForgetBook,
    /// A bulk job does not find one of its runs.
    #[display("miss-run")]
    MissRun,
    /// A backup is acknowledged that is an earlier one.
    #[display("old-backup")]
    OldBackup,
    /// A signal is acknowledged before it is on its way.
    #[display("answer-early")]
    AnswerEarly,
    /// An engine whose disk has failed does not say so.
    #[display("hide-failure")]
    HideFailure,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::LosePayload,
        Self::DropPayload,
        Self::KeepPayload,
        Self::ForgetSetting,
        Self::ForgetBook,
        Self::MissRun,
        Self::OldBackup,
        Self::AnswerEarly,
        Self::HideFailure,
    ];

    /// What the disk does where it is to be noticed.
    pub fn fault(self) -> Fault {
        match self {
            Self::HideFailure => Fault::Eio,
            _ => Fault::None,
        }
    }

    /// A store that a mutant has got at, if it gets at stores.
    pub(super) fn store(
        self,
        open: impl FnOnce() -> Result<SledStore, StorageError>,
    ) -> Result<Option<Arc<dyn Store>>, StorageError> {
        if !matches!(self, Self::ForgetBook | Self::MissRun) {
            return Ok(None);
        }
        let (inner, mutant) = (open()?, self);
        Ok(Some(Arc::new(MutantStore { inner, mutant })))
    }
}

#[derive(Debug)]
struct MutantStore {
    inner: SledStore,
    mutant: Mutant,
}

impl StoreLayer for MutantStore {
    type Inner = SledStore;

    fn inner(&self) -> &SledStore {
        &self.inner
    }

    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        if self.mutant == Mutant::ForgetBook && workflow_id.as_str() == OPERATORS {
            return Ok(None);
        }
        self.inner.current_run(workflow_id)
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        let mut runs = self.inner.runs(before, limit)?;
        if self.mutant == Mutant::MissRun {
            let missed = board_id(0);
            runs.retain(|run| run.execution.workflow_id.as_str() != missed);
        }
        Ok(runs)
    }
}

/// A payload storage in files, which a mutant may have got at.
pub(super) struct MutantFiles {
    files: Arc<FileStorage>,
    mutant: Option<Mutant>,
    calls: AtomicU64,
    last: Mutex<Option<ContentKey>>,
}

impl MutantFiles {
    pub(super) fn new(files: Arc<FileStorage>, mutant: Option<Mutant>) -> Self {
        Self {
            files,
            mutant,
            calls: AtomicU64::new(0),
            last: Mutex::default(),
        }
    }

    /// Whether a mutant is about to strike, which it does every so many calls.
    fn strikes(&self, mutant: Mutant, every: u64) -> bool {
        let is_it = self.mutant == Some(mutant);
        is_it && (self.calls.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(every)
    }
}

impl PayloadStorage for MutantFiles {
    fn put(&self, key: &ContentKey, content: &[u8]) -> Result<(), StorageError> {
        if self.strikes(Mutant::LosePayload, 5) {
            return Ok(());
        }
        self.files.put(key, content)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = last.replace(*key)
            && before != *key
            && self.strikes(Mutant::DropPayload, 5)
        {
            self.files.delete(&before)?;
        }
        Ok(())
    }

    fn get(&self, key: &ContentKey) -> Result<Option<Bytes>, StorageError> {
        self.files.get(key)
    }

    fn delete(&self, key: &ContentKey) -> Result<(), StorageError> {
        // The same each time, however often somebody looks.
        let [first, .., last] = key.as_bytes();
        if self.mutant == Some(Mutant::KeepPayload) && *first < u8::MAX && last.is_multiple_of(3) {
            return Ok(());
        }
        self.files.delete(key)
    }

    fn list(
        &self,
        after: Option<&ContentKey>,
        limit: usize,
    ) -> Result<Vec<ContentKey>, StorageError> {
        self.files.list(after, limit)
    }
}
