//! What a builder is told about large payloads.

use std::sync::Arc;

use derive_more::Debug;

use crate::{runtime::EngineBuilder, storage::PayloadStorage};

/// Bound: a smaller payload is no larger than what would stand in its place.
const THRESHOLD_BYTES_MIN: usize = 1024;

/// Which payloads are put away, and where.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct PayloadOptions {
    /// Where they are put; nothing is put away without it.
    #[debug(skip)]
    pub(super) storage: Option<Arc<dyn PayloadStorage>>,
    /// Larger ones are put away.
    pub(super) threshold_bytes: usize,
    /// Larger ones are refused.
    pub(super) max_bytes: usize,
}

impl Default for PayloadOptions {
    fn default() -> Self {
        Self {
            storage: None,
            threshold_bytes: 128 * 1024,
            max_bytes: 1024 * 1024 * 1024,
        }
    }
}

impl EngineBuilder {
    /// Sets where the content of large payloads is kept, so that a value may be larger than 2 MiB, which
    /// is what a record may hold of it. Default: nowhere, and such a value is refused.
    ///
    /// A payload that is larger than [`payload_threshold_bytes`](Self::payload_threshold_bytes) when all
    /// codecs have encoded it is put there, and a reference to it is recorded. It is deleted with the last
    /// run that names it. A storage belongs to one store: what no run of that store names is deleted.
    ///
    /// # Durability
    /// The content is on disk before anything is acknowledged that names it. A crash may leave content
    /// that nobody names; it is deleted in the background when an engine starts.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sempre::{Engine, storage::FileStorage};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// let engine = Engine::open(folder.join("orders.sempre"))
    ///     .payload_storage(FileStorage::open(folder.join("orders.payloads"))?)
    ///     .workflow::<Order>()
    ///     .start()
    ///     .await?;
    /// let order = engine.workflow::<Order>("order-42").start(());
    /// let order = order.memo("scan", "x".repeat(3 * 1024 * 1024)).await?;
    /// assert!(order.history().await?.attributes().count() > 0);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn payload_storage(mut self, storage: impl PayloadStorage) -> Self {
        self.payloads.storage = Some(Arc::new(storage));
        self
    }

    /// Sets from which size on payloads are put into the [payload storage](Self::payload_storage), in
    /// bytes; at least 1 KiB, and of no use beyond 2 MiB. Default: 128 KiB.
    pub fn payload_threshold_bytes(mut self, bytes: usize) -> Self {
        self.payloads.threshold_bytes = bytes.max(THRESHOLD_BYTES_MIN);
        self
    }

    /// Sets how large a payload may be that is put into the [payload storage](Self::payload_storage), in
    /// bytes; larger ones are refused, as those above 2 MiB are without one. Default: 1 GiB.
    ///
    /// Whoever reads or writes a value has all of it in memory, more than once.
    pub fn max_payload_bytes(mut self, bytes: usize) -> Self {
        self.payloads.max_bytes = bytes;
        self
    }
}
