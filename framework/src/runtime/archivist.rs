//! The thread that hands closed runs to the archive, so that no workflow waits for it.
//!
//! It reads a run's history and lets the store go before it calls the archive, which is somebody
//! else's code: an archive that does not return keeps neither the engine from stopping nor the
//! store from being closed.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use derive_more::Debug;
use futures::channel::oneshot;

use crate::{
    actor::{
        port::{ArchivePort, NotArchived},
        read_events,
    },
    client::{AnyArchive, ArchivedRun},
    model::History,
    panic::panic_text,
    storage::{RunEntry, Store},
};

type Order = (RunEntry, oneshot::Sender<Result<(), NotArchived>>);

/// The way to the thread that archives. It ends when this is closed or dropped.
#[derive(Debug)]
pub(super) struct Archivist {
    shelf: Arc<Shelf>,
    #[debug(skip)]
    orders: Mutex<Option<Sender<Order>>>,
}

/// An archive, and the store that its runs come from.
#[derive(Debug)]
struct Shelf {
    archive: AnyArchive,
    #[debug(skip)]
    store: Mutex<Option<Arc<dyn Store>>>,
}

impl Archivist {
    /// Starts the thread; without one of its own the archive is called where it is asked for.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread.
    pub(super) fn start(
        archive: AnyArchive,
        store: Arc<dyn Store>,
        has_thread: bool,
    ) -> std::io::Result<Self> {
        let shelf = Arc::new(Shelf {
            archive,
            store: Mutex::new(Some(store)),
        });
        if !has_thread {
            let orders = Mutex::new(None);
            return Ok(Self { shelf, orders });
        }
        // Bound: each shard has a batch under way.
        let (orders, asked) = channel();
        let of_thread = Arc::clone(&shelf);
        thread::Builder::new()
            .name("sempre-archive".into())
            .spawn(move || serve(&of_thread, &asked))?;
        let orders = Mutex::new(Some(orders));
        Ok(Self { shelf, orders })
    }

    /// Takes no more runs, and lets the store go.
    pub(super) fn close(&self) {
        // Waits for a history that is being read, and for nothing else.
        self.shelf.lock().take();
        self.orders().take();
    }

    fn orders(&self) -> MutexGuard<'_, Option<Sender<Order>>> {
        // Invariant: it is only taken, so it is valid after a panic elsewhere.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Archivist {
    fn drop(&mut self) {
        // The thread may take a moment to see that it is not needed any more.
        self.close();
    }
}

impl ArchivePort for Archivist {
    fn archive(&self, entry: RunEntry, done: oneshot::Sender<Result<(), NotArchived>>) {
        match &*self.orders() {
            // Who asks is told nothing if the thread is gone, and asks again later.
            Some(orders) => drop(orders.send((entry, done))),
            // Who asks may be gone.
            None => drop(done.send(self.shelf.keep(entry))),
        }
    }
}

fn serve(shelf: &Shelf, asked: &Receiver<Order>) {
    while let Ok((entry, done)) = asked.recv() {
        // Who asks may be gone.
        let _gone = done.send(shelf.keep(entry));
    }
}

impl Shelf {
    fn keep(&self, entry: RunEntry) -> Result<(), NotArchived> {
        let run = self.read(entry)?;
        let kept = catch_unwind(AssertUnwindSafe(|| self.archive.archive(&run)));
        let kept = kept.unwrap_or_else(|panic| {
            let panic = panic_text(&*panic);
            Err(format!("the archive panicked: {panic}"))
        });
        kept.map_err(NotArchived::Refused)
    }

    fn read(&self, entry: RunEntry) -> Result<ArchivedRun, NotArchived> {
        let store = self.lock();
        let Some(store) = store.as_deref() else {
            let cause = "the engine is shutting down".to_owned();
            return Err(NotArchived::Refused(cause));
        };
        let events = read_events(store, entry.execution.run_id);
        let history = History {
            execution: entry.execution.clone(),
            events: events.map_err(|error| NotArchived::Unreadable(error.to_string()))?,
        };
        Ok(ArchivedRun {
            run: entry.into(),
            history,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<dyn Store>>> {
        // Invariant: it is only taken, so it is valid after a panic elsewhere.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
