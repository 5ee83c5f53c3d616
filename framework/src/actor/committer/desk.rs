//! What all who write share: the store, and whether a write has failed.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock, PoisonError},
    time::Duration,
};

use derive_more::Debug;
use tracing::{
    Span, debug_span,
    field::{self, Empty},
};

use crate::{
    actor::{DurableMark, FailureNote},
    clock::SharedClock,
    metrics,
    panic::panic_text,
    storage::{Commit, Store},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

/// Bound: a shard's thread writes by itself while the last flush took no longer than this. One that
/// takes longer cannot be interrupted; those after it are left to the committer's thread.
const QUICK: Duration = Duration::from_millis(1);

/// Takes note of a group that was written, or not.
fn measure(commits: &[Commit], took: Duration) {
    metrics::observe(metrics::COMMIT_DURATION, || took.as_secs_f64());
    metrics::observe(metrics::COMMIT_GROUP, || {
        metrics::count(commits.len() as u64)
    });
    metrics::observe(metrics::COMMIT_RECORD_BYTES, || {
        let parts = commits.iter().flat_map(Commit::parts);
        metrics::count(parts.map(|part| part.record.len() as u64).sum())
    });
}

/// The span around the writing of a group: how many commits it has, and whose one it is, if it is of one
/// run.
fn span(commits: &[Commit]) -> Span {
    let span = debug_span!(parent: None, "commit", commits = commits.len(), run_id = Empty);
    if !span.is_disabled() {
        let mut runs = commits
            .iter()
            .flat_map(Commit::parts)
            .map(|part| part.run_id);
        if let Some(run_id) = runs.next().filter(|first| runs.all(|it| it == *first)) {
            span.record("run_id", field::display(run_id));
        }
    }
    span
}

/// What all who write share.
#[derive(Debug)]
pub(super) struct Desk {
    #[debug(skip)]
    store: Arc<dyn Store>,
    #[debug(skip)]
    clock: SharedClock,
    /// Whether a shard may wait for a flush of this store at all.
    is_brief: bool,
    /// Whether the last flush was short enough for a shard to wait for the next one.
    is_quick: AtomicBool,
    /// Why nothing is written any more.
    failure: OnceLock<String>,
    /// Who is told of it; an engine may be unable to work for other causes, too.
    note: FailureNote,
    /// The marks of all shards, so that each of them learns of a failure.
    marks: Mutex<Vec<Arc<DurableMark>>>,
}

impl Desk {
    pub(super) fn new(store: Arc<dyn Store>, clock: SharedClock) -> Self {
        let is_brief = store.commits_briefly();
        Self {
            is_brief,
            is_quick: AtomicBool::new(true),
            store,
            clock,
            failure: OnceLock::new(),
            note: FailureNote::default(),
            marks: Mutex::default(),
        }
    }

    /// Whether a shard may wait for a flush, as far as the last one tells.
    pub(super) fn is_quick(&self) -> bool {
        self.is_quick.load(Ordering::Relaxed)
    }

    /// Whether a shard may ever wait for a flush of this store.
    pub(super) fn may_write_on_shards(&self) -> bool {
        self.is_brief
    }

    /// Writes a group; `false` if it, or one before it, has failed.
    pub(super) fn write(&self, commits: &[Commit]) -> bool {
        // Durability: after a failed write nothing is written any more, so that what is on disk
        // stays a prefix of what was decided.
        if self.failure.get().is_some() {
            return false;
        }
        if commits.is_empty() {
            return true;
        }
        let begun = self.clock.read().monotonic;
        // A group is of many traces, so it is part of none of them.
        let _span = span(commits).entered();
        let written = catch_unwind(AssertUnwindSafe(|| self.store.commit(commits)));
        let took = self.clock.read().monotonic.since(begun);
        self.is_quick.store(took <= QUICK, Ordering::Relaxed);
        measure(commits, took);
        let failure = match written {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("the store panicked: {}", panic_text(&*panic)),
        };
        tracing::error!(failure, "a commit failed; the engine stops");
        self.fail(&failure);
        false
    }

    /// Takes note that nothing is written any more, and tells everybody.
    pub(super) fn fail(&self, reason: &str) {
        // Only the first failure is kept: the later ones are its consequences.
        let reason = self.failure.get_or_init(|| reason.to_owned());
        self.note.tell(reason);
        // A shard that has nothing on its way learns of it too, and takes no more requests.
        self.lock().iter().for_each(|mark| mark.fail(reason));
    }

    /// Who is told of a failure.
    pub(super) fn note(&self) -> FailureNote {
        self.note.clone()
    }

    /// A mark for one more shard.
    pub(super) fn new_mark(&self) -> Arc<DurableMark> {
        let mark = Arc::<DurableMark>::default();
        self.lock().push(Arc::clone(&mark));
        mark
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<DurableMark>>> {
        // Invariant: the list is only pushed to, so it is valid after a panic elsewhere.
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
