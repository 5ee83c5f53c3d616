//! The ledger of a bulk job: what it has found, how far it has got, and what is to be done next. Pure.
//!
//! The ledger is told the time and what came of the last step, and says one [`Step`] after the other: to
//! find further runs, to act on some, to wait, to go on in another run of the job.
//!
//! * L1: runs are numbered in the order in which they are found, and acted on in the order of their
//!   numbers. All are found before the first is acted on, so what is done to one changes nothing about
//!   which the others are.
//! * L2: `next` is the first that has not been tried; those before it are done, but for `left`, which are
//!   tried again before `next` is.
//! * L3: a [`Part`] says which run of the job has found and tried which of them, so whoever wants to know
//!   reads that run's history.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    bulk::{
        record::{Acted, Found},
        spec::BulkSpec,
        verdict::RunProblem,
    },
    model::{Identity, RunId, Timestamp},
};

/// Bound: runs that one step finds.
pub(super) const PAGE: usize = 1_000;
/// Bound: runs that one run of a job finds, so that its history stays short.
const PART_MAX: u64 = 10_000;
/// Bound: runs that a job is about.
const MATCHED_MAX: u64 = 1_000_000;
/// Bound: runs that one step acts on.
const BATCH_MAX: u32 = 500;
/// Bound: problems that are kept at hand.
const FAILURES_MAX: usize = 10;
/// How often a run is tried again that has no answer.
const TRIES_MAX: u32 = 5;
/// The shortest wait before that.
const BACKOFF: Duration = Duration::from_secs(1);
/// The longest.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// The whole state of a bulk job, which its runs hand on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Ledger {
    pub(super) spec: BulkSpec,
    /// When the job began.
    pub(super) began_at: Option<Timestamp>,
    finding: Finding,
    pub(super) parts: Vec<Part>,
    /// How many runs were found.
    pub(super) matched: u64,
    pub(super) next: u64,
    pub(super) left: Vec<u64>,
    /// How often in a row those that are left had no answer.
    tries: u32,
    /// How often in a row the engine was busy.
    refusals: u32,
    /// When the last step that acted began.
    acted_at: Timestamp,
    /// Nothing is acted on before this time.
    not_before: Timestamp,
    pub(super) counts: Counts,
    /// The first runs that failed.
    pub(super) failures: Vec<RunProblem>,
    pub(super) pause: Option<Pause>,
    /// What the job waits for, if that is not its rate.
    pub(super) held_up: Option<String>,
}

/// How far the runs are found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Finding {
    NotBegun,
    /// Those before this one are to be found.
    Before(RunId),
    Done,
}

/// What one run of the job has found and tried.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(super) run_id: RunId,
    /// The first that it has found, if it has found any.
    pub(super) found_from: u64,
    /// The first that it has tried, if it has tried any.
    pub(super) tried_from: u64,
    /// Those before that, which it has tried again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left: Vec<u64>,
}

/// What came of the runs that were tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(super) done: u64,
    pub(super) skipped: u64,
    pub(super) failed: u64,
}

/// A job is held back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Pause {
    pub(super) at: Timestamp,
    pub(super) identity: Identity,
    pub(super) reason: String,
}

/// What a job is to do next.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Step {
    /// Find further runs.
    Find(FindRequest),
    /// Act on some.
    Act(ActRequest),
    /// Wait until this time, or until something happens.
    Wait(Option<Timestamp>),
    /// Go on in another run of the job.
    GoOn,
    /// Nothing is left to do.
    End,
    /// The job cannot do what it was asked to.
    Fail(String),
}

/// The wish for further runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct FindRequest {
    pub(super) filter: String,
    pub(super) before: RunId,
}

/// Runs to act on, all of them found by one run of the job.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct ActRequest {
    /// The run of the job that has found them.
    pub(super) part: RunId,
    /// The first that it has found.
    pub(super) found_from: u64,
    /// When the job began.
    pub(super) began_at: Timestamp,
    pub(super) which: Which,
    /// Whether what has no answer now has failed.
    pub(super) is_last_try: bool,
}

/// Some of a job's runs, by their numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Which {
    /// From the first up to, and without, the second.
    Range(u64, u64),
    /// These, which were tried before.
    Again(Vec<u64>),
}

/// What somebody wants a job to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Steering {
    Pause { reason: String, identity: Identity },
    Resume,
}

impl Ledger {
    pub(super) fn new(spec: BulkSpec) -> Self {
        Self {
            spec,
            began_at: None,
            finding: Finding::NotBegun,
            parts: Vec::new(),
            matched: 0,
            next: 0,
            left: Vec::new(),
            tries: 0,
            refusals: 0,
            acted_at: Timestamp::EPOCH,
            not_before: Timestamp::EPOCH,
            counts: Counts::default(),
            failures: Vec::new(),
            pause: None,
            held_up: None,
        }
    }

    /// Begins, or goes on in this run of the job.
    pub(super) fn open(&mut self, now: Timestamp, run_id: RunId) {
        self.began_at.get_or_insert(now);
        if self.finding == Finding::NotBegun {
            // A run whose start was answered before the job's may have the greater id, if it began in
            // the same millisecond.
            self.finding = Finding::Before(run_id.next_millisecond());
        }
        self.parts.push(Part {
            run_id,
            found_from: self.matched,
            tried_from: self.next,
            left: self.left.clone(),
        });
    }

    /// Whether runs are still being found.
    pub(super) fn is_finding(&self) -> bool {
        self.finding != Finding::Done
    }

    /// Holds the job back, or lets it go on. The first of two pauses stays.
    pub(super) fn steer(&mut self, steering: Steering, now: Timestamp) {
        match steering {
            Steering::Pause { reason, identity } => {
                self.pause.get_or_insert(Pause {
                    at: now,
                    identity,
                    reason,
                });
            }
            Steering::Resume => self.pause = None,
        }
    }

    /// What is to be done next; called again once that is done.
    pub(super) fn next_step(&mut self, now: Timestamp) -> Step {
        if self.pause.is_some() {
            return Step::Wait(None);
        }
        if let Finding::Before(before) = self.finding {
            if self.matched > MATCHED_MAX {
                let problem =
                    format!("more runs pass the filter than a job acts on max={MATCHED_MAX}");
                return Step::Fail(problem);
            }
            let found = self
                .parts
                .last()
                .map_or(0, |part| self.matched - part.found_from);
            if found >= PART_MAX {
                return Step::GoOn;
            }
            let filter = self.spec.filter.clone();
            return Step::Find(FindRequest { filter, before });
        }
        let Some(request) = self.act() else {
            return Step::End;
        };
        if now < self.not_before {
            return Step::Wait(Some(self.not_before));
        }
        self.acted_at = now;
        Step::Act(request)
    }

    /// The runs that are to be acted on next; `None` if nothing is left to do.
    fn act(&self) -> Option<ActRequest> {
        let first = self.left.first().copied().unwrap_or(self.next);
        if first >= self.matched {
            return None;
        }
        let (part, found_until) = self.part_of(first)?;
        let which = if self.left.is_empty() {
            let batch = u64::from(self.spec.rate.min(BATCH_MAX));
            Which::Range(first, (first + batch).min(found_until))
        } else {
            Which::Again(self.left.clone())
        };
        Some(ActRequest {
            part: part.run_id,
            found_from: part.found_from,
            began_at: self.began_at?,
            which,
            is_last_try: self.tries >= TRIES_MAX,
        })
    }

    /// The part that has found a run, and the first run that it has not found.
    pub(super) fn part_of(&self, number: u64) -> Option<(&Part, u64)> {
        let behind = self.parts.partition_point(|part| part.found_from <= number);
        let part = self.parts.get(behind.checked_sub(1)?)?;
        let until = self
            .parts
            .get(behind)
            .map_or(self.matched, |next| next.found_from);
        Some((part, until))
    }

    /// Takes the runs that were found.
    pub(super) fn take_found(&mut self, found: &Found) {
        self.matched += found.runs.len() as u64;
        self.finding = match found.next {
            Some(before) => Finding::Before(before),
            None => Finding::Done,
        };
    }

    /// Takes what came of the runs that were tried.
    pub(super) fn take_acted(&mut self, request: &ActRequest, acted: Acted, now: Timestamp) {
        if let Which::Range(first, _) = request.which {
            self.next = first + acted.tried;
        }
        self.counts.done += acted.done;
        for problem in acted.problems {
            if problem.is_skipped {
                self.counts.skipped += 1;
                continue;
            }
            self.counts.failed += 1;
            if self.failures.len() < FAILURES_MAX {
                self.failures.push(problem);
            }
        }
        self.left = acted.left;
        let pace = Duration::from_secs(acted.tried) / self.spec.rate.max(1);
        self.not_before = self.acted_at.after(pace);
        self.held_up = None;
        let Some(held_up) = acted.held_up else {
            (self.tries, self.refusals) = (0, 0);
            return;
        };
        let times = if held_up.is_busy {
            self.refusals += 1;
            self.refusals
        } else {
            self.tries += 1;
            self.tries
        };
        let backoff = BACKOFF * (1 << times.saturating_sub(1).min(5));
        let wait = Duration::from_millis(held_up.wait_millis).max(backoff.min(BACKOFF_MAX));
        self.not_before = self.not_before.max(now.after(wait));
        self.held_up = Some(held_up.cause);
    }
}
