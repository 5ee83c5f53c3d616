//! Where large values of clients are encoded and decoded: on threads that may wait for a disk.

use std::sync::{Arc, Mutex, PoisonError};

use derive_more::Debug;
use futures::channel::oneshot;

use crate::{
    dispatch::BlockingPool,
    model::{CodecError, Failure, Payload, UserData, UserDataVisitor},
};

/// Threads for values whose codecs may wait, until the engine stops.
#[derive(Clone, Debug)]
pub(crate) struct Apart {
    pool: Arc<Mutex<Option<BlockingPool>>>,
    /// Smaller payloads are encoded where they are.
    min_bytes: usize,
}

impl Apart {
    /// Threads of this pool, for payloads of at least so many bytes and for those that are kept apart.
    pub(crate) fn new(pool: BlockingPool, min_bytes: usize) -> Self {
        let pool = Arc::new(Mutex::new(Some(pool)));
        Self { pool, min_bytes }
    }

    /// Whether a value is better encoded, or decoded, here.
    pub(super) fn is_for(&self, value: &mut impl UserData) -> bool {
        let min_bytes = self.min_bytes;
        value.visit(&mut Small { min_bytes }).is_err()
    }

    /// What work comes to; `None` if the engine has stopped.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let pool = self.lock().clone()?;
        let (done, ended) = oneshot::channel();
        pool.spawn(move || {
            // Who waits may have given up.
            let _gone = done.send(work());
        });
        ended.await.ok()
    }

    /// Lets the threads go.
    pub(crate) fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<BlockingPool>> {
        // Invariant: it is only taken, so it is valid after a panic elsewhere.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sees whether all of a value is small, and refuses it otherwise.
struct Small {
    min_bytes: usize,
}

impl Small {
    fn check(&self, bytes: usize) -> Result<(), CodecError> {
        if bytes < self.min_bytes {
            return Ok(());
        }
        Err(CodecError::failed("it is large"))
    }
}

impl UserDataVisitor for Small {
    fn payload(&mut self, payload: &mut Payload) -> Result<(), CodecError> {
        match payload.stored() {
            Some(_) => self.check(usize::MAX),
            None => self.check(payload.size()),
        }
    }

    fn failure(&mut self, failure: &mut Failure) -> Result<(), CodecError> {
        match &mut failure.encoded_attributes {
            Some(texts) => self.payload(texts),
            None => self.check(failure.message.len() + failure.stack_trace.len()),
        }
    }
}
