//! What was done here, by whom: told to the log, and the latest of it kept for the page.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sempre::{Timestamp, model::Identity};

/// Bound: actions that are kept; past it the oldest is left out.
const KEPT_MAX: usize = 1_000;

/// Something that somebody did here, or tried to.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Deed {
    pub(crate) at: Timestamp,
    pub(crate) who: Identity,
    /// What was asked for.
    pub(crate) action: &'static str,
    /// The workflow or the schedule.
    pub(crate) subject: String,
    /// Why it was refused, if it was.
    pub(crate) refused: Option<String>,
}

/// The latest actions.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    deeds: Mutex<VecDeque<Deed>>,
}

impl Audit {
    /// Takes note of an action, and tells the log.
    pub(crate) fn record(&self, deed: Deed) {
        let Deed {
            who,
            action,
            subject,
            refused,
            ..
        } = &deed;
        match refused {
            None => tracing::info!(%who, action, subject, "done in the console"),
            Some(cause) => tracing::info!(%who, action, subject, cause, "refused in the console"),
        }
        let mut deeds = self.lock();
        deeds.truncate(KEPT_MAX - 1);
        deeds.push_front(deed);
    }

    /// What was done, the latest first.
    pub(crate) fn latest(&self) -> Vec<Deed> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Deed>> {
        // Invariant: entries are only put in and taken out, so it is valid after a panic elsewhere.
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
