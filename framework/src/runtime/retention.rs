//! What an engine says about letting closed runs go, shard by shard.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    actor::{RetentionServices, port::ArchivePort},
    model::Retention,
    runtime::{EngineBuilder, archivist::Archivist, route::shard_of},
    storage::Store,
};

/// What an engine says about letting closed runs go.
#[derive(Debug)]
pub(super) struct RetentionPlan {
    policy: Retention,
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
        store: &Arc<dyn Store>,
        has_thread: bool,
    ) -> std::io::Result<Self> {
        let archive = builder.archive.clone();
        let archivist =
            archive.map(|archive| Archivist::start(archive, Arc::clone(store), has_thread));
        let shards = u32::try_from(builder.threads.max(1)).unwrap_or(u32::MAX);
        Ok(Self {
            policy: builder.retention.clone(),
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
