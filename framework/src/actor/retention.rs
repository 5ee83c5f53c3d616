//! What a shard is told about letting closed runs go.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    actor::port::ArchivePort,
    model::{Namespaces, WorkflowId},
};

/// What a shard is told about letting closed runs go.
#[derive(Clone, Debug)]
pub(crate) struct RetentionServices {
    /// How long runs are kept, by their namespaces.
    pub(crate) policy: Namespaces,
    /// How many runs the shard deletes in a second at most.
    pub(crate) max_per_second: u32,
    /// Whether an execution is the shard's own.
    #[debug(skip)]
    pub(crate) is_ours: Arc<dyn Fn(&WorkflowId) -> bool + Send + Sync>,
    /// Who is handed runs before they are deleted, if anybody is.
    #[debug(skip)]
    pub(crate) archive: Option<Arc<dyn ArchivePort>>,
}
