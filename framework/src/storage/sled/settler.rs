//! The settler: the thread that settles what commits leave in the journal.
//!
//! Commits tell it when a bound is passed, and wait for it only far beyond that. It sleeps
//! otherwise: what stays within the bounds is settled when the store is closed.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
};

use derive_more::Debug;

use crate::{
    panic::panic_text,
    storage::sled::{content::Content, progress::Progress},
};

/// The thread that settles, until it is dropped.
#[derive(Debug)]
pub(super) struct Settler {
    /// None when the thread is to end.
    #[debug(skip)]
    requests: Option<SyncSender<()>>,
    #[debug(skip)]
    thread: Option<JoinHandle<()>>,
}

impl Settler {
    /// Starts the thread that settles this content, and poisons the store if it cannot.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread.
    pub(super) fn start(content: Arc<Content>, progress: Arc<Progress>) -> io::Result<Self> {
        // Bound: one request says it all.
        let (sender, requests) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("sempre-settler".into());
        let thread = thread.spawn(move || settle_on_request(&content, &progress, &requests))?;
        Ok(Self {
            requests: Some(sender),
            thread: Some(thread),
        })
    }

    /// Has it settle until the bounds are kept.
    pub(super) fn request(&self) {
        if let Some(requests) = &self.requests {
            // A full channel holds the same request, a closed one belongs to a poisoned store.
            let _ = requests.try_send(());
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // It has told the store already if it panicked.
            let _ = thread.join();
        }
    }
}

fn settle_on_request(content: &Content, progress: &Progress, requests: &Receiver<()>) {
    while requests.recv().is_ok() {
        let settled = catch_unwind(AssertUnwindSafe(|| content.settle_due()));
        let failure = match settled {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("sled panicked: {}", panic_text(&*panic)),
        };
        // Durability: everything is in the journal; but where a write fails the next one may, too.
        progress.poison();
        tracing::error!(
            failure,
            "store's journal cannot be settled; nothing more is accepted"
        );
        return;
    }
}
