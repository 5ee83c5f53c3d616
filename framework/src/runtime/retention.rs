//! Letting closed runs go: what a builder is told, and what an engine tells each shard of it.

use std::{sync::Arc, time::Duration};

use derive_more::Debug;

use crate::{
    actor::{RetentionServices, port::ArchivePort},
    client::{AnyArchive, Archive},
    model::{Namespaces, WorkflowType},
    runtime::{EngineBuilder, archivist::Archivist, route::shard_of},
    storage::Store,
};

impl EngineBuilder {
    /// Sets how long runs are kept after their close, for all workflow types of which nothing else is
    /// said; at least 1 h. Default: for ever.
    ///
    /// Past that time they are deleted in the background, as by
    /// [`delete`](crate::client::ExecutionHandle::delete), also those that have closed before it was
    /// set. What had been said to a run, and which request has started it, is forgotten with it.
    /// [The guide](crate::guide::keeping) says more.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Engine, runtime::StartEngineError, storage::MemoryStore};
    /// use std::{sync::Arc, time::Duration};
    ///
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// const DAY: Duration = Duration::from_secs(86_400);
    /// let store = Arc::new(MemoryStore::new());
    /// let builder = Engine::on_store(store).retention(30 * DAY).retention_of("Audit", 3_650 * DAY);
    /// let engine = builder.start().await?;
    /// # engine.shutdown().await;
    ///
    /// let hasty = Engine::on_store(Arc::new(MemoryStore::new())).retention(Duration::from_secs(1));
    /// assert!(matches!(hasty.start().await, Err(StartEngineError::Retention { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn retention(mut self, time: Duration) -> Self {
        self.retention.keep_all(time);
        self
    }

    /// Sets how long runs of one workflow type are kept after their close; at least 1 h. Default: as
    /// long as [those of all types](Self::retention).
    pub fn retention_of(mut self, workflow_type: impl Into<WorkflowType>, time: Duration) -> Self {
        self.retention.keep_type(workflow_type.into(), time);
        self
    }

    /// Sets how many closed runs [retention](Self::retention) deletes in a second at most; at least 1.
    /// Default: 1,000.
    ///
    /// A run takes some disk work, which the steps of others share. A store that is to get rid of
    /// millions is faster with a higher number, and slower to everybody else.
    pub fn max_deletions_per_second(mut self, runs: u32) -> Self {
        self.max_deletions_per_second = runs.max(1);
        self
    }

    /// Sets who is handed closed runs before [retention](Self::retention) deletes them. Default:
    /// nobody.
    ///
    /// A run that is deleted by request is not handed over.
    pub fn archive(mut self, archive: impl Archive) -> Self {
        self.archive = Some(AnyArchive::new(archive));
        self
    }
}

/// What an engine says about letting closed runs go.
#[derive(Debug)]
pub(super) struct RetentionPlan {
    policy: Namespaces,
    /// How many runs one shard deletes in a second at most.
    max_per_second: u32,
    archivist: Option<Arc<Archivist>>,
    shards: usize,
}

impl RetentionPlan {
    /// What this builder says of the runs of a store. Without a thread of its own the archive is
    /// called where it is asked for.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread.
    pub(super) fn start(
        builder: &EngineBuilder,
        namespaces: &Namespaces,
        store: &Arc<dyn Store>,
        has_thread: bool,
    ) -> std::io::Result<Self> {
        let archive = builder.archive.clone();
        let archivist =
            archive.map(|archive| Archivist::start(archive, Arc::clone(store), has_thread));
        let shards = u32::try_from(builder.threads.max(1)).unwrap_or(u32::MAX);
        Ok(Self {
            policy: namespaces.clone(),
            max_per_second: builder.max_deletions_per_second.div_ceil(shards),
            archivist: archivist.transpose()?.map(Arc::new),
            shards: builder.threads,
        })
    }

    /// What the shard with this number is told.
    pub(super) fn of_shard(&self, index: usize) -> RetentionServices {
        let (archive, shards) = (self.archivist.clone(), self.shards);
        RetentionServices {
            policy: self.policy.clone(),
            max_per_second: self.max_per_second,
            is_ours: Arc::new(move |workflow_id| shard_of(workflow_id, shards) == index),
            archive: archive.map(|it| it as Arc<dyn ArchivePort>),
        }
    }

    /// Hands nothing more to the archive, and waits for nothing that it does.
    pub(super) fn close(&self) {
        if let Some(archivist) = &self.archivist {
            archivist.close();
        }
    }
}
