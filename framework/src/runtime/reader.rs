//! The thread that lists and counts run on, so that nobody else waits for their reading.
//!
//! It begins with the first look and ends when the engine stops. Looks take turns.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    actor::{Outage, Refusal},
    client::{LookAtRuns, RunDirectory, stored_entries},
    model::RunId,
    storage::{Store, StoreFiles},
};

/// Bound: looks that wait for their turn; a further one is refused as busy.
const LOOKS_MAX: usize = 64;
/// When there should be room for a look again.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// The way to the thread that reads.
#[derive(Debug)]
pub(super) struct RunReader {
    phase: Mutex<Phase>,
    /// The store, which it keeps open no longer than it reads.
    #[debug(skip)]
    store: Weak<dyn Store>,
}

#[derive(Debug)]
enum Phase {
    /// Nobody has asked yet.
    Idle(#[debug(skip)] Arc<dyn Store>),
    Reading {
        #[debug(skip)]
        looks: SyncSender<Look>,
        stops: Arc<AtomicBool>,
        thread: JoinHandle<()>,
    },
    Closed,
}

type Look = (Option<RunId>, LookAtRuns);

impl RunReader {
    /// A reader of this store.
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store: Arc::downgrade(&store),
            phase: Mutex::new(Phase::Idle(store)),
        }
    }

    /// Ends the look that is going on, lets the store go, and takes no further looks; gives back
    /// the thread for whoever has to wait for that.
    pub(super) fn close(&self) -> Option<JoinHandle<()>> {
        let phase = std::mem::replace(&mut *self.lock(), Phase::Closed);
        let Phase::Reading { stops, thread, .. } = phase else {
            return None;
        };
        stops.store(true, Ordering::Release);
        Some(thread)
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        // Invariant: phases are only replaced, so what is here is valid after a panic elsewhere.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunDirectory for RunReader {
    fn files(&self) -> Option<StoreFiles> {
        self.store.upgrade()?.files()
    }

    fn look(&self, before: Option<RunId>, look: LookAtRuns) -> Result<(), Refusal> {
        let mut phase = self.lock();
        if let Phase::Idle(store) = &*phase {
            let reading = start(Arc::clone(store)).map_err(|error| {
                let reason = format!("no thread to read with: {error}");
                Refusal::Unavailable(Outage::NotRunning { reason })
            })?;
            *phase = reading;
        }
        let Phase::Reading { looks, .. } = &*phase else {
            return Err(Refusal::Unavailable(Outage::ShuttingDown));
        };
        looks.try_send((before, look)).map_err(|error| match error {
            TrySendError::Full(_) => Refusal::Busy {
                retry_after: RETRY_AFTER,
            },
            TrySendError::Disconnected(_) => Refusal::Unavailable(Outage::ShuttingDown),
        })
    }
}

fn start(store: Arc<dyn Store>) -> std::io::Result<Phase> {
    let (looks, asked) = sync_channel(LOOKS_MAX);
    let stops = Arc::<AtomicBool>::default();
    let of_thread = Arc::clone(&stops);
    let thread = thread::Builder::new().name("sempre-reader".into());
    let thread = thread.spawn(move || serve(&*store, &asked, &of_thread))?;
    Ok(Phase::Reading {
        looks,
        stops,
        thread,
    })
}

fn serve(store: &dyn Store, asked: &Receiver<Look>, stops: &AtomicBool) {
    while let Ok((before, look)) = asked.recv() {
        if stops.load(Ordering::Acquire) {
            return;
        }
        let entries = stored_entries(store, before);
        look(&mut entries.map(|entry| {
            if stops.load(Ordering::Acquire) {
                return Err(Refusal::Unavailable(Outage::ShuttingDown));
            }
            entry
        }));
    }
}
