//! Where attempts of local activities leave how they have ended, for the execution that waits.
//!
//! An inbox belongs to one open workflow task. Attempts that outlive the task leave their ends in an
//! inbox that nobody looks into any more, so none of them can be taken for one of another task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use derive_more::Debug;
use futures::future::AbortHandle;

use crate::{
    activity::{ActivityCancellation, ActivityInfo},
    machine::{execution::decide::AttemptOutcome, replay::ActivitySequence},
    model::{Payloads, RunId},
};

/// Names one attempt of one local activity of an open workflow task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct LocalKey {
    /// The activity.
    pub activity: ActivitySequence,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

/// How an attempt has ended.
#[derive(Debug)]
pub(crate) struct LocalEnd {
    /// Which one.
    pub key: LocalKey,
    /// How.
    pub outcome: AttemptOutcome,
}

/// The ends of attempts that the execution has not seen.
#[derive(Debug)]
pub(crate) struct LocalInbox {
    /// The run they are of.
    pub run_id: RunId,
    // Bound: of each attempt that runs there is one end.
    ended: Mutex<Vec<LocalEnd>>,
}

impl LocalInbox {
    /// An empty inbox of this run.
    pub(super) fn new(run_id: RunId) -> Arc<Self> {
        Arc::new(Self {
            run_id,
            ended: Mutex::default(),
        })
    }

    /// Leaves an end; says whether the execution has to be told that there is any.
    pub(crate) fn leave(&self, end: LocalEnd) -> bool {
        let mut ended = self.lock();
        ended.push(end);
        ended.len() == 1
    }

    /// Takes the ends, in the order in which they were left.
    pub(super) fn take(&self) -> Vec<LocalEnd> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LocalEnd>> {
        // Invariant: it is only pushed to and taken whole, so it is valid after a panic elsewhere.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt of a local activity that is to run.
#[derive(Debug)]
pub(crate) struct LocalAttempt {
    /// Which one.
    pub key: LocalKey,
    /// What its code may know about it; its task queue says where the code is looked for.
    pub info: ActivityInfo,
    /// Its arguments.
    pub input: Payloads,
    /// What tells it to stop.
    pub cancellation: Arc<ActivityCancellation>,
    /// Where its end is left.
    pub inbox: Arc<LocalInbox>,
}

/// What has become of an attempt that was to begin.
#[derive(Debug)]
pub(crate) enum LocalStart {
    /// It has ended at once.
    Ended(AttemptOutcome),
    /// It runs, and leaves its end in the inbox. This stops it, if it can be stopped.
    Running(#[debug(skip)] Option<AbortHandle>),
    /// Nothing here runs activities of its type.
    Unregistered,
}
