//! A payload storage and the store that names what is in it: what is put, read and let go.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
    mpsc::{Receiver, Sender},
};

use bytes::Bytes;
use derive_more::Debug;

use crate::{
    model::{CodecError, ContentKey, Payload, StoredPayload},
    panic::catch,
    runtime::payloads::pins::Pins,
    storage::{PayloadStorage, StorageError, StorageErrorKind, Store},
};

/// Bound: keys that are looked at before what was let go meanwhile gets its turn.
const CHUNK: usize = 256;

/// What the thread that deletes is to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Delete this, if nobody names it and nobody holds it.
    LetGo(ContentKey),
    /// The same with all that is in the storage.
    Sweep,
}

/// A payload storage and its store, until the engine stops.
#[derive(Debug)]
pub(super) struct Shelf {
    #[debug(skip)]
    both: Mutex<Option<Both>>,
    pins: Pins,
    /// The way to the thread that deletes; without one it is done where it is asked for.
    #[debug(skip)]
    orders: Mutex<Option<Sender<Order>>>,
    is_stopping: AtomicBool,
    kept: Mutex<Kept>,
}

/// What is kept although nobody names it, because somebody wants all content kept.
#[derive(Debug, Default)]
struct Kept {
    /// How many want that.
    holders: usize,
    /// Bound: what is let go while a backup is taken.
    keys: Vec<ContentKey>,
}

#[derive(Clone)]
struct Both {
    storage: Arc<dyn PayloadStorage>,
    store: Arc<dyn Store>,
}

impl Shelf {
    pub(super) fn new(
        storage: Arc<dyn PayloadStorage>,
        store: Arc<dyn Store>,
        orders: Option<Sender<Order>>,
    ) -> Self {
        Self {
            both: Mutex::new(Some(Both { storage, store })),
            pins: Pins::default(),
            orders: Mutex::new(orders),
            is_stopping: AtomicBool::new(false),
            kept: Mutex::default(),
        }
    }

    /// What is read and written, unless the engine has stopped.
    pub(super) fn storage(&self) -> Result<Arc<dyn PayloadStorage>, CodecError> {
        let both = self
            .both()
            .ok_or_else(|| CodecError::failed("the engine has shut down"));
        Ok(both?.storage)
    }

    fn both(&self) -> Option<Both> {
        // Invariant: it is only taken, so it is valid after a panic elsewhere.
        let both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        both.clone()
    }

    /// The payload that stands for content, which is not deleted as long as a clone of it is there.
    pub(super) fn hold(self: &Arc<Self>, stored: StoredPayload) -> Payload {
        self.pins.hold(stored.key);
        let held = Held {
            digits: stored.key.to_string(),
            key: stored.key,
            shelf: Arc::downgrade(self),
        };
        Payload {
            data: Bytes::from_owner(held),
            ..stored.to_payload()
        }
    }

    /// Has something done about content: by the thread for it, if there is one.
    pub(super) fn order(&self, order: Order) {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(orders) = &*orders {
            // Bound: one for each reference that was held, and for each that a deleted run had. A thread
            // that has ended leaves the rest to the next engine.
            let _ended = orders.send(order);
            return;
        }
        drop(orders);
        match order {
            Order::LetGo(key) => self.let_go(&key),
            Order::Sweep => self.sweep(|| {}),
        }
    }

    /// Carries out what is asked for, until nobody can ask any more.
    pub(super) fn serve(&self, asked: &Receiver<Order>) {
        while let Ok(order) = asked.recv() {
            match order {
                Order::LetGo(key) => self.let_go(&key),
                Order::Sweep => self.sweep(|| {
                    while let Ok(Order::LetGo(key)) = asked.try_recv() {
                        self.let_go(&key);
                    }
                }),
            }
        }
    }

    /// Deletes nothing until what is given back is dropped: what is let go meanwhile is let go then.
    pub(super) fn keep_all(self: &Arc<Self>) -> KeepAll {
        self.kept().holders += 1;
        KeepAll(Arc::clone(self))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Invariant: no code that can panic runs under this lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes content, if no run names it and nobody holds a reference to it.
    fn let_go(&self, key: &ContentKey) {
        let Some(both) = self.both() else { return };
        let mut kept = self.kept();
        if kept.holders > 0 {
            return kept.keys.push(*key);
        }
        drop(kept);
        self.pins.unless_held(key, || {
            let deleted = match both.store.names_payload(key) {
                Ok(true) => Ok(()),
                Ok(false) => guarded(|| both.storage.delete(key)),
                Err(error) => Err(error),
            };
            if let Err(error) = deleted {
                tracing::warn!(%error, %key, "content of a payload that nobody names is left, until an engine starts");
            }
        });
    }

    /// Looks through the storage for what nobody names; `meanwhile` has its turn between.
    fn sweep(&self, meanwhile: impl Fn()) {
        let Some(both) = self.both() else { return };
        let mut after = None;
        // Bound: each turn goes on behind the last one, and the engine may stop.
        loop {
            let found = match guarded(|| both.storage.list(after.as_ref(), CHUNK)) {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "the payload storage cannot be looked through");
                    return;
                }
            };
            for key in &found {
                if self.is_stopping.load(Ordering::Acquire) {
                    return;
                }
                self.let_go(key);
            }
            if found.len() < CHUNK {
                return;
            }
            after = found.last().copied();
            meanwhile();
        }
    }

    /// Takes no more orders. The thread goes on with those that it has, and leaves the search.
    pub(super) fn end_orders(&self) {
        self.is_stopping.store(true, Ordering::Release);
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.take();
    }

    /// Lets the storage and the store go.
    pub(super) fn clear(&self) {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        both.take();
    }
}

/// The way to have all content kept, without a payload storage nothing.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct Keeping(pub(super) Option<Arc<Shelf>>);

impl Keeping {
    /// Has all content kept until what is given back is dropped.
    pub(in crate::runtime) fn keep_all(&self) -> Option<KeepAll> {
        self.0.as_ref().map(Shelf::keep_all)
    }
}

/// Keeps all content until it is dropped.
#[derive(Debug)]
pub(in crate::runtime) struct KeepAll(Arc<Shelf>);

impl KeepAll {
    /// What is kept, unless the engine has stopped.
    pub(in crate::runtime) fn storage(&self) -> Option<Arc<dyn PayloadStorage>> {
        self.0.both().map(|both| both.storage)
    }
}

impl Drop for KeepAll {
    fn drop(&mut self) {
        let mut kept = self.0.kept();
        kept.holders -= 1;
        if kept.holders > 0 {
            return;
        }
        let keys = std::mem::take(&mut kept.keys);
        drop(kept);
        for key in keys {
            self.0.order(Order::LetGo(key));
        }
    }
}

/// A storage is somebody else's code; one that panics has failed.
fn guarded<T>(work: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    catch(work).unwrap_or_else(|panic| {
        let message = format!("the payload storage panicked: {panic}");
        Err(StorageError::new(StorageErrorKind::Unavailable, message))
    })
}

/// The digits of a key, as the data of a payload.
struct Held {
    digits: String,
    key: ContentKey,
    shelf: Weak<Shelf>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        self.digits.as_bytes()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(shelf) = self.shelf.upgrade()
            && shelf.pins.let_go(self.key)
        {
            shelf.order(Order::LetGo(self.key));
        }
    }
}
