//! The codec that puts large payloads away, and the thread that deletes them again.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc::channel},
    thread::{self, JoinHandle},
};

use derive_more::Debug;

use crate::{
    client::{Apart, Coding},
    codec::Caught,
    dispatch::BlockingPool,
    model::{Codec, CodecError, Payload, PayloadContext, PayloadUse, StoredPayload, packed},
    runtime::{
        EngineBuilder, StartEngineError,
        payloads::{
            kept_store::KeptStore,
            shelf::{Keeping, Order, Shelf},
        },
    },
    storage::{GuardedStore, Store, fetch},
};

/// Bound: threads on which large values of clients are put away and read.
const THREADS_MAX: usize = 8;

/// Who looks after the payload storage of an engine; without one there is nothing to do.
#[derive(Debug)]
pub(in crate::runtime) struct PayloadKeeper(Option<Keeper>);

#[derive(Debug)]
struct Keeper {
    shelf: Arc<Shelf>,
    /// Where clients' values are put away and read, if not where they are.
    apart: Option<Apart>,
    #[debug(skip)]
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl PayloadKeeper {
    /// Opens the store that this builder names, and looks after its payload storage, if it has one: then
    /// the store lets content go with the runs that named it, and the codecs put content away. Without a
    /// thread of its own, content is deleted where it is let go. Blocks.
    ///
    /// # Errors
    /// Those of the store; the operating system's, if it grants no thread.
    pub(in crate::runtime) fn open(
        builder: &EngineBuilder,
        has_thread: bool,
    ) -> Result<(Self, Arc<dyn Store>, Coding), StartEngineError> {
        let store: Arc<dyn Store> = Arc::new(GuardedStore::new(builder.open_store()?));
        let (options, codecs) = (&builder.payloads, builder.codecs.clone());
        let Some(storage) = options.storage.clone() else {
            return Ok((Self(None), store, Coding::new(codecs, None)));
        };
        let (orders, asked) = channel();
        let orders = has_thread.then_some(orders);
        let shelf = Arc::new(Shelf::new(storage, Arc::clone(&store), orders));
        let of_thread = Arc::clone(&shelf);
        let thread = has_thread.then(|| {
            let thread = thread::Builder::new().name("sempre-payloads".into());
            thread.spawn(move || of_thread.serve(&asked))
        });
        let pool = has_thread.then(|| BlockingPool::new(THREADS_MAX));
        // A codec may make a payload somewhat larger.
        let min_bytes = options.threshold_bytes / 2;
        let keeper = Keeper {
            apart: pool.transpose()?.map(|pool| Apart::new(pool, min_bytes)),
            shelf: Arc::clone(&shelf),
            thread: Mutex::new(thread.transpose()?),
        };
        let codecs = codecs.and(Caught(Away {
            shelf: Arc::clone(&shelf),
            threshold_bytes: options.threshold_bytes,
            max_bytes: options.max_bytes,
        }));
        let store = Arc::new(KeptStore::new(store, shelf));
        let coding = Coding::new(codecs, keeper.apart.clone());
        Ok((Self(Some(keeper)), store, coding))
    }

    /// Where clients' large values are put away and read.
    pub(in crate::runtime) fn apart(&self) -> Option<Apart> {
        self.0.as_ref()?.apart.clone()
    }

    /// The way to have all content kept for a while.
    pub(in crate::runtime) fn keeping(&self) -> Keeping {
        Keeping(self.0.as_ref().map(|keeper| Arc::clone(&keeper.shelf)))
    }

    /// Begins to look for what earlier processes have left.
    pub(in crate::runtime) fn sweep(&self) {
        if let Some(keeper) = &self.0 {
            keeper.shelf.order(Order::Sweep);
        }
    }

    /// Deletes what has been let go, and lets the storage go. Blocks until that is done.
    pub(in crate::runtime) fn stop(&self) {
        let Some(keeper) = &self.0 else { return };
        keeper.end_orders();
        let thread = keeper
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread that deletes payloads panicked");
        }
        keeper.shelf.clear();
    }

    /// Lets the storage go, and waits for nothing. What is left is deleted when an engine starts.
    pub(in crate::runtime) fn let_go(&self) {
        if let Some(keeper) = &self.0 {
            keeper.end_orders();
            keeper.shelf.clear();
        }
    }
}

impl Keeper {
    fn end_orders(&self) {
        if let Some(apart) = &self.apart {
            apart.close();
        }
        self.shelf.end_orders();
    }
}

impl Drop for PayloadKeeper {
    fn drop(&mut self) {
        // The thread may take a moment to see that it is not needed any more.
        self.let_go();
    }
}

/// Puts away what is large.
#[derive(Debug)]
struct Away {
    shelf: Arc<Shelf>,
    threshold_bytes: usize,
    max_bytes: usize,
}

impl Away {
    fn put_away(&self, payload: &Payload) -> Result<Payload, CodecError> {
        let (limit, actual) = (self.max_bytes, payload.size());
        if actual > limit {
            let reason = format!("it is too large limit={limit} actual={actual}");
            return Err(CodecError::failed(reason));
        }
        let content = packed::pack(payload)?;
        let stored = StoredPayload::of(&content);
        // Invariant: it is held before it is there, so nobody deletes it in between.
        let reference = self.shelf.hold(stored);
        let put = self.shelf.storage()?.put(&stored.key, &content);
        put.map_err(|error| CodecError::failed(error.to_string()))?;
        Ok(reference)
    }
}

impl Codec for Away {
    fn encode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError> {
        if let Some(stored) = payload.stored() {
            // Somebody hands on what they have read in a history.
            return Ok(self.shelf.hold(stored));
        }
        if payload.size() <= self.threshold_bytes {
            return Ok(payload);
        }
        match context.usage {
            PayloadUse::Recorded => self.put_away(&payload),
            PayloadUse::Repeated => Ok(StoredPayload::of(&packed::pack(&payload)?).to_payload()),
            PayloadUse::Passed => Ok(payload),
        }
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        match payload.stored() {
            Some(stored) => fetch(&*self.shelf.storage()?, &stored),
            None => Ok(payload),
        }
    }
}
