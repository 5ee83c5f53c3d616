//! What was done here, by whom: told to the log, and the latest of it kept for the page.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sempre::{Timestamp, model::Identity};

use crate::problem::{Effect, Problem};

/// Bound: actions that are kept; past it the oldest is left out.
const KEPT_MAX: usize = 1_000;

/// Bound: characters that are kept of each text.
const TEXT_CHARS_MAX: usize = 1_000;

/// Something that somebody did here, or tried to.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Deed {
    pub(crate) at: Timestamp,
    pub(crate) who: Identity,
    /// What was asked for.
    pub(crate) action: &'static str,
    /// The workflow or the schedule.
    pub(crate) subject: String,
    /// What came of it.
    pub(crate) end: DeedEnd,
}

/// What came of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum DeedEnd {
    Done,
    /// It was refused for this reason, and nothing was changed.
    Refused(String),
    /// It was not refused, and went wrong in this way: what it has changed stays, or it is not known
    /// whether it has changed anything.
    Failed(String),
}

impl DeedEnd {
    /// How an action ended that met this problem, or none.
    pub(crate) fn of(problem: Option<&Problem>) -> Self {
        match problem {
            None => Self::Done,
            Some(problem) if problem.effect == Effect::None => Self::Refused(problem.to_string()),
            Some(problem) => Self::Failed(problem.to_string()),
        }
    }

    /// The end in a word.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it was not done.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Done => None,
            Self::Refused(cause) | Self::Failed(cause) => Some(cause),
        }
    }
}

impl Deed {
    /// The same with long texts cut: what others have written may have any length.
    fn cut(self) -> Self {
        Self {
            who: Identity::new(cut(self.who.as_str())),
            subject: cut(&self.subject),
            end: match self.end {
                DeedEnd::Done => DeedEnd::Done,
                DeedEnd::Refused(cause) => DeedEnd::Refused(cut(&cause)),
                DeedEnd::Failed(cause) => DeedEnd::Failed(cut(&cause)),
            },
            ..self
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The latest actions.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    deeds: Mutex<VecDeque<Deed>>,
}

impl Audit {
    /// Takes note of an action, and tells the log.
    pub(crate) fn record(&self, deed: Deed) {
        let deed = deed.cut();
        let Deed {
            who,
            action,
            subject,
            end,
            ..
        } = &deed;
        let (end, cause) = (end.name(), end.cause());
        tracing::info!(%who, action, subject, end, cause, "somebody has acted in the console");
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
