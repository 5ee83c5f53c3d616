//! The settler: the thread that does what commits must not wait for.
//!
//! It settles what commits leave in the journal, keeps the journal's next file ready, and syncs
//! what [`Durability::Deferred`](super::Durability::Deferred) puts off. Commits tell it what is to
//! be done, and wait for it only far beyond the bound of what is unsettled. It sleeps otherwise:
//! what stays within the bounds is settled when the store is closed.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    panic::panic_text,
    storage::{
        StorageError,
        sled::{content::Content, progress::Progress},
    },
};

/// How long the sync of a commit may be put off.
const SYNC_INTERVAL: Duration = Duration::from_millis(500);

/// The thread that settles, until it is dropped.
#[derive(Debug)]
pub(super) struct Settler {
    /// None when the thread is to end.
    #[debug(skip)]
    wake: Option<SyncSender<()>>,
    wanted: Arc<Wanted>,
    #[debug(skip)]
    thread: Option<JoinHandle<()>>,
}

/// What the thread is to do.
#[derive(Debug, Default)]
struct Wanted {
    /// Settle until the bounds are kept, and make the journal's next file ready.
    tending: AtomicBool,
    /// Sync the journal, before long.
    sync: AtomicBool,
}

impl Settler {
    /// Starts the thread that settles this content, and poisons the store if it cannot.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread.
    pub(super) fn start(content: Arc<Content>, progress: Arc<Progress>) -> io::Result<Self> {
        // Bound: one says it all.
        let (wake, woken) = mpsc::sync_channel(1);
        let wanted = Arc::<Wanted>::default();
        let of_thread = Arc::clone(&wanted);
        let thread = thread::Builder::new().name("sempre-settler".into());
        let thread = thread.spawn(move || {
            let work = AssertUnwindSafe(|| work(&content, &of_thread, &woken));
            let failure = match catch_unwind(work) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(panic) => format!("sled panicked: {}", panic_text(&*panic)),
            };
            // Durability: everything is in the journal; but where a write fails the next one may,
            // too.
            progress.poison();
            tracing::error!(
                failure,
                "store's journal cannot be settled; nothing more is accepted"
            );
        })?;
        let settler = Self {
            wake: Some(wake),
            wanted,
            thread: Some(thread),
        };
        settler.tend();
        Ok(settler)
    }

    /// Has it settle until the bounds are kept, and make the journal's next file ready.
    pub(super) fn tend(&self) {
        self.want(&self.wanted.tending);
    }

    /// Has it sync the journal within half a second.
    pub(super) fn sync_soon(&self) {
        self.want(&self.wanted.sync);
    }

    fn want(&self, what: &AtomicBool) {
        if !what.swap(true, Ordering::AcqRel)
            && let Some(wake) = &self.wake
        {
            // A full channel wakes it as well, a closed one belongs to a poisoned store.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // It has told the store already if it panicked.
            let _ = thread.join();
        }
    }
}

/// Does what is wanted, until the store is dropped.
fn work(content: &Content, wanted: &Wanted, woken: &Receiver<()>) -> Result<(), StorageError> {
    loop {
        let woken = if wanted.sync.load(Ordering::Acquire) {
            woken.recv_timeout(SYNC_INTERVAL)
        } else {
            woken.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        if woken == Err(RecvTimeoutError::Disconnected) {
            return Ok(());
        }
        let tending = wanted.tending.swap(false, Ordering::AcqRel);
        if tending {
            prepare(content);
            content.settle_due()?;
        }
        // What came for another reason must not put it off again.
        if (tending || woken.is_err()) && wanted.sync.swap(false, Ordering::AcqRel) {
            content.sync()?;
        }
    }
}

fn prepare(content: &Content) {
    if let Err(error) = content.prepare() {
        // The next commit says what this means for the store once it needs the room itself.
        tracing::warn!(%error, "no file can be made ready for the store's journal, steps take longer");
    }
}
