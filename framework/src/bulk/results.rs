//! What came of each run of a bulk job, page by page.

use std::collections::BTreeMap;

use crate::{
    bulk::{BulkError, ledger::Ledger, record::Recorded},
    model::{RunId, WorkflowExecution},
};

/// Bound: runs on a page.
pub(super) const PER_PAGE: u64 = 100;

/// What came of some runs of a bulk job.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BulkResults {
    /// Up to a hundred runs, in the order in which they are acted on: the latest first.
    pub results: Vec<BulkResult>,
    /// The page that follows, if there is one.
    pub next: Option<u64>,
}

/// What came of a run of a bulk job.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BulkResult {
    /// The run.
    pub execution: WorkflowExecution,
    /// What came of it.
    pub outcome: BulkOutcome,
}

/// What came of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BulkOutcome {
    /// It has not been tried, or is to be tried again.
    Waiting,
    /// It was acted on.
    Done,
    /// There was nothing to be done to it.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It has refused.
    Failed {
        /// Why.
        error: String,
    },
}

/// What is needed of the histories of a job's runs for a page of results.
pub(super) struct Wanted {
    first: u64,
    end: u64,
    /// The runs of the job that have found some of them or met problems with some, and the first run
    /// that each has found.
    pub(super) parts: BTreeMap<RunId, u64>,
    next: Option<u64>,
}

impl Wanted {
    /// What is needed for this page.
    pub(super) fn of(ledger: &Ledger, page: u64) -> Self {
        let first = page.saturating_mul(PER_PAGE).min(ledger.matched);
        let end = first.saturating_add(PER_PAGE).min(ledger.matched);
        let ends = |at: fn(&crate::bulk::ledger::Part) -> u64, last| {
            let ends = ledger.parts.iter().skip(1).map(at);
            ends.chain([last])
        };
        let found = ends(|part| part.found_from, ledger.matched);
        let tried = ends(|part| part.tried_from, ledger.next);
        let parts = ledger.parts.iter().zip(found.zip(tried));
        let meets = |from: u64, until: u64| from < end && first < until;
        let parts = parts.filter(|(part, (found, tried))| {
            meets(part.found_from, *found)
                || meets(part.tried_from, *tried)
                || part.left.iter().any(|number| (first..end).contains(number))
        });
        Self {
            first,
            end,
            parts: parts
                .map(|(part, _)| (part.run_id, part.found_from))
                .collect(),
            next: (end < ledger.matched).then_some(page.saturating_add(1)),
        }
    }

    /// The page, of what the histories hold.
    pub(super) fn results(
        self,
        ledger: &Ledger,
        recorded: &BTreeMap<RunId, Recorded>,
    ) -> Result<BulkResults, BulkError> {
        let problems = recorded.values().flat_map(|it| &it.problems);
        let problems: BTreeMap<u64, _> = problems.map(|it| (it.number, it)).collect();
        let results = (self.first..self.end).map(|number| {
            let execution = ledger.part_of(number).and_then(|(part, _)| {
                recorded
                    .get(&part.run_id)?
                    .execution(number, part.found_from)
            });
            let lost = || BulkError::unavailable(&"what the job has found is not kept any longer");
            let outcome = match problems.get(&number) {
                Some(problem) if problem.is_skipped => BulkOutcome::Skipped {
                    reason: problem.cause.clone(),
                },
                Some(problem) => BulkOutcome::Failed {
                    error: problem.cause.clone(),
                },
                None if number >= ledger.next || ledger.left.contains(&number) => {
                    BulkOutcome::Waiting
                }
                None => BulkOutcome::Done,
            };
            Ok(BulkResult {
                execution: execution.ok_or_else(lost)?,
                outcome,
            })
        });
        Ok(BulkResults {
            results: results.collect::<Result<_, BulkError>>()?,
            next: self.next,
        })
    }
}
