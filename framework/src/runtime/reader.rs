//! The thread that lists and counts run on, so that nobody else waits for their reading.
//!
//! It begins with the first look and ends when the engine stops. Looks take turns. In between it makes
//! the roster of all runs, which saves later looks most of their reading.

use std::{
    iter,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    actor::{Outage, Refusal, known_entry},
    client::{LookAtRuns, RunDirectory, Search, Sight, stored_entries},
    model::RunId,
    runtime::known_runs::{Known, KnownRuns},
    storage::{RunEntry, Store, StoreFiles},
    visibility::Span,
};

/// Bound: looks that wait for their turn; a further one is refused as busy.
const LOOKS_MAX: usize = 64;
/// When there should be room for a look again.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// The way to the thread that reads.
#[derive(Debug)]
pub(super) struct RunReader {
    phase: Mutex<Phase>,
    known: Arc<KnownRuns>,
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

type Look = (Search, LookAtRuns);

impl RunReader {
    /// A reader of this store, whose commits are noted there.
    pub(super) fn new(store: Arc<dyn Store>, known: Arc<KnownRuns>) -> Self {
        Self {
            store: Arc::downgrade(&store),
            known,
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

    fn look(&self, search: Search, look: LookAtRuns) -> Result<(), Refusal> {
        let mut phase = self.lock();
        if let Phase::Idle(store) = &*phase {
            let reading = start(Arc::clone(store), Arc::clone(&self.known)).map_err(|error| {
                let reason = format!("no thread to read with: {error}");
                Refusal::Unavailable(Outage::NotRunning { reason })
            })?;
            *phase = reading;
        }
        let Phase::Reading { looks, .. } = &*phase else {
            return Err(Refusal::Unavailable(Outage::ShuttingDown));
        };
        looks.try_send((search, look)).map_err(|error| match error {
            TrySendError::Full(_) => Refusal::Busy {
                retry_after: RETRY_AFTER,
            },
            TrySendError::Disconnected(_) => Refusal::Unavailable(Outage::ShuttingDown),
        })
    }
}

fn start(store: Arc<dyn Store>, known: Arc<KnownRuns>) -> std::io::Result<Phase> {
    let (looks, asked) = sync_channel(LOOKS_MAX);
    let stops = Arc::<AtomicBool>::default();
    let of_thread = Arc::clone(&stops);
    let thread = thread::Builder::new().name("sempre-reader".into());
    let thread = thread.spawn(move || serve(&*store, &known, &asked, &of_thread))?;
    Ok(Phase::Reading {
        looks,
        stops,
        thread,
    })
}

fn serve(store: &dyn Store, known: &KnownRuns, asked: &Receiver<Look>, stops: &AtomicBool) {
    known.begin();
    // Bound: the roster is made a chunk at a time, and then each turn waits for a look, as the first one
    // does.
    let mut is_making = false;
    loop {
        let asked = if is_making {
            asked.try_recv()
        } else {
            asked.recv().map_err(|_| TryRecvError::Disconnected)
        };
        if stops.load(Ordering::Acquire) {
            return;
        }
        match asked {
            Ok((search, look)) => {
                see(store, known, &search, look, stops);
                is_making = true;
            }
            Err(TryRecvError::Empty) => {
                // What cannot be read is told to whoever looks for it.
                is_making = known.read_more(store).is_ok_and(|read| read.is_some());
            }
            Err(TryRecvError::Disconnected) => return,
        }
    }
}

fn see(store: &dyn Store, runs: &KnownRuns, search: &Search, look: LookAtRuns, stops: &AtomicBool) {
    let known = runs.known();
    let whole = known.as_ref().filter(|known| known.is_all());
    let whole = whole.filter(|_| search.counts && search.before.is_none());
    let counts = whole.and_then(|it| it.roster.count(&search.sieve, search.hidden.as_ref()));
    let mut entries = found(store, runs, known.as_ref(), search).map(|entry| {
        if stops.load(Ordering::Acquire) {
            return Err(Refusal::Unavailable(Outage::ShuttingDown));
        }
        entry
    });
    look(Sight {
        counts,
        entries: &mut entries,
    });
}

type Found<'r> = Box<dyn Iterator<Item = Result<RunEntry, Refusal>> + 'r>;

/// The runs that may pass: those that the roster names, and before its floor all.
fn found<'r>(
    store: &'r dyn Store,
    runs: &'r KnownRuns,
    known: Option<&'r Known>,
    search: &'r Search,
) -> Found<'r> {
    let Search {
        before,
        sieve,
        hidden,
        ..
    } = search;
    let Some(known) = known.filter(|known| sieve.may_refuse() || !known.is_all()) else {
        return Box::new(stored_entries(store, *before));
    };
    let (roster, floor) = (&known.roster, known.floor);
    let spans = roster.spans(sieve, hidden.as_ref(), floor, *before);
    let named = spans.flat_map(move |span| read(store, span));
    if known.is_all() {
        return Box::new(named);
    }
    let is_wanted = move |entry: &RunEntry| before.is_none_or(|it| entry.execution.run_id < it);
    let taken_in = iter::from_fn(move || runs.read_more(store).transpose());
    let taken_in = taken_in.flat_map(move |read| match read {
        Ok(entries) => entries.into_iter().filter(is_wanted).map(Ok).collect(),
        Err(error) => vec![Err(Refusal::unreadable(&error))],
    });
    // Only then it shows what is left to the store, if anything is.
    let rest = iter::once_with(move || {
        let known = runs.known().filter(|known| !known.is_all())?;
        let below = before.map_or(known.floor, |before| before.min(known.floor));
        Some(stored_entries(store, Some(below)))
    });
    Box::new(named.chain(taken_in).chain(rest.flatten().flatten()))
}

/// From how many of the runs next to one another on all of them are read, which takes less for each.
const PART: usize = 4;

/// The runs of a span as they are now, and perhaps others among them.
fn read(store: &dyn Store, span: Span) -> Found<'_> {
    let ends = span.runs.first().zip(span.runs.last());
    if let Some((latest, earliest)) = ends
        && span.runs.len() * PART >= span.among
    {
        let earliest = *earliest;
        let behind = u128::from_be_bytes(*latest.as_bytes()).checked_add(1);
        let entries = stored_entries(store, behind.map(RunId::from_u128));
        return Box::new(entries.take_while(move |entry| {
            let run_id = entry.as_ref().map(|entry| entry.execution.run_id);
            run_id.map_or(true, |run_id| run_id >= earliest)
        }));
    }
    let runs = span.runs.into_iter();
    Box::new(runs.filter_map(move |run_id| match store.run(run_id) {
        Ok(Some(entry)) => Some(Ok(known_entry(store, entry))),
        // It has been deleted since.
        Ok(None) => None,
        Err(error) => Some(Err(Refusal::unreadable(&error))),
    }))
}
