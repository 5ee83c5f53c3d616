//! Backups of an engine's store, each on a thread of its own, so that nobody waits for it.
//!
//! One at a time. It holds the store as long as it reads, so an engine that stops tells it to end, and
//! waits for that; what was begun is removed by the next backup.

use std::{
    future::IntoFuture,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use derive_more::{Debug, Display, Error, From};
use futures::{channel::oneshot, future::BoxFuture};

use crate::{
    runtime::{
        Engine,
        payloads::{KeepAll, Keeping},
    },
    storage::{Backup, CopiedPayloads, FileStorage, StorageError, Store, WorkMeter},
};

/// A backup of an engine's store.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct EngineBackup {
    /// What was backed up of the store.
    pub store: Backup,
    /// How much content of stored payloads was copied, if that was asked for.
    pub payloads: Option<CopiedPayloads>,
}

/// A backup was not taken. The store goes on, and the backups before it are as they were.
#[derive(Debug, Display, Error, From)]
#[non_exhaustive]
pub enum BackupError {
    /// The store, the folder or its disk refuses it. Its [`kind`](StorageError::kind) says what to do.
    #[display("{_0}")]
    Storage(#[error(source)] StorageError),
    /// The engine takes another backup. Wait for that one.
    #[display("another backup is being taken, wait for it")]
    UnderWay,
    /// The engine has no payload storage whose content could be copied. Leave that out.
    #[display("the engine has no payload storage")]
    NoPayloadStorage,
    /// The engine is shutting down. Take the backup of the store at rest.
    #[display("engine is shutting down")]
    ShuttingDown,
    /// The operating system grants no thread. Raise its limit.
    #[display("thread cannot be started: {_0}")]
    Thread(#[error(source)] std::io::Error),
}

impl Engine {
    /// Takes a backup of the store into this folder, which is made if there is none, while everything
    /// goes on; await it.
    ///
    /// Everything that was acknowledged before it is asked for is in it, and of what is acknowledged
    /// meanwhile everything up to one moment. The first backup in a folder has the whole store, each
    /// further one what is new since the last one. It is read by a thread of its own.
    ///
    /// [`SledStore::restore`](crate::storage::SledStore::restore) makes a store of it;
    /// [the guide](crate::guide::backup) says more.
    ///
    /// # Durability
    /// The backup is on disk once it is there. A process that dies before leaves the backups that
    /// there were.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let (path, backups) = (folder.path().join("orders.sempre"), folder.path().join("backups"));
    /// let engine = sempre::Engine::open(&path).start().await?;
    /// let backup = engine.backup(&backups).await?;
    /// assert_eq!(backup.store.number, 1);
    /// engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn backup(&self, to: impl AsRef<Path>) -> TakeBackup {
        TakeBackup {
            engine: self.clone(),
            to: to.as_ref().to_owned(),
            with_payloads: false,
            meter: WorkMeter::new(),
        }
    }
}

/// A backup that is about to be taken; await it.
///
/// Made by [`Engine::backup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is done until it is awaited"]
pub struct TakeBackup {
    engine: Engine,
    to: PathBuf,
    with_payloads: bool,
    meter: WorkMeter,
}

impl TakeBackup {
    /// The same with the content of stored payloads, as far as earlier backups in the folder have not
    /// copied it. Default: without; then back the payload storage up after the store.
    ///
    /// Meanwhile nothing is deleted from the payload storage.
    pub fn payloads(mut self) -> Self {
        self.with_payloads = true;
        self
    }

    /// The same with this meter, which says how far it is, and stops it.
    pub fn meter(mut self, meter: &WorkMeter) -> Self {
        self.meter = meter.clone();
        self
    }
}

impl IntoFuture for TakeBackup {
    type Output = Result<EngineBackup, BackupError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let keeps = if self.with_payloads {
                let keeps = self.engine.inner.backups.keeping.keep_all();
                Some(keeps.ok_or(BackupError::NoPayloadStorage)?)
            } else {
                None
            };
            let order = Order {
                to: self.to,
                keeps,
                meter: self.meter,
            };
            let taken = self.engine.inner.backups.begin(order)?;
            // A thread that is gone without a word has panicked.
            taken.await.unwrap_or(Err(BackupError::ShuttingDown))
        })
    }
}

/// What a backup is to be.
struct Order {
    to: PathBuf,
    keeps: Option<KeepAll>,
    meter: WorkMeter,
}

type Taken = oneshot::Receiver<Result<EngineBackup, BackupError>>;

/// Who takes the backups of an engine.
#[derive(Debug)]
pub(super) struct Backups {
    phase: Mutex<Phase>,
    is_busy: Arc<AtomicBool>,
    keeping: Keeping,
}

#[derive(Debug)]
struct Phase {
    /// None once the engine stops.
    #[debug(skip)]
    store: Option<Arc<dyn Store>>,
    under_way: Option<(WorkMeter, JoinHandle<()>)>,
}

impl Backups {
    /// Those of this store, whose stored payloads are kept in this way.
    pub(super) fn new(store: Arc<dyn Store>, keeping: Keeping) -> Self {
        Self {
            phase: Mutex::new(Phase {
                store: Some(store),
                under_way: None,
            }),
            is_busy: Arc::default(),
            keeping,
        }
    }

    fn begin(&self, order: Order) -> Result<Taken, BackupError> {
        let mut phase = self.lock();
        let store = phase.store.clone().ok_or(BackupError::ShuttingDown)?;
        let turn = Turn::take(&self.is_busy).ok_or(BackupError::UnderWay)?;
        let (done, taken) = oneshot::channel();
        let meter = order.meter.clone();
        let thread = thread::Builder::new().name("sempre-backup".into());
        let thread = thread.spawn(move || {
            let backup = take(&*store, order);
            // Who is told may begin the next one, and has the store to itself if the engine has stopped.
            drop((store, turn));
            // Whoever asked may be gone.
            let _gone = done.send(backup);
        })?;
        phase.under_way = Some((meter, thread));
        Ok(taken)
    }

    /// Ends the backup that is being taken, lets the store go, and takes no further ones; gives back
    /// the thread for whoever has to wait for that.
    pub(super) fn close(&self) -> Option<JoinHandle<()>> {
        let mut phase = self.lock();
        phase.store = None;
        let (meter, thread) = phase.under_way.take()?;
        meter.stop();
        Some(thread)
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        // Invariant: what is here is only replaced, so it is valid after a panic elsewhere.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of one backup, until it is dropped.
struct Turn(Arc<AtomicBool>);

impl Turn {
    fn take(is_busy: &Arc<AtomicBool>) -> Option<Self> {
        let was_busy = is_busy.swap(true, Ordering::AcqRel);
        (!was_busy).then(|| Self(Arc::clone(is_busy)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn take(store: &dyn Store, order: Order) -> Result<EngineBackup, BackupError> {
    let Order { to, keeps, meter } = order;
    let backup = store.backup(&to, &meter)?;
    // Behind the store, so that all is there that the backup names; and nothing goes meanwhile.
    let payloads = match keeps.as_ref().map(KeepAll::storage) {
        None => None,
        Some(None) => return Err(BackupError::ShuttingDown),
        Some(Some(storage)) => {
            let copy = FileStorage::open(to.join(Backup::PAYLOADS_FOLDER))?;
            Some(copy.copy_from(&*storage, &meter)?)
        }
    };
    tracing::info!(
        number = backup.number,
        position = backup.position,
        bytes = backup.bytes,
        path = %to.display(),
        "the store has been backed up"
    );
    Ok(EngineBackup {
        store: backup,
        payloads,
    })
}
