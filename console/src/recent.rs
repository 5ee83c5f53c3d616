//! How the latest runs of each type have ended: how long they took, and how many failed.

use std::{collections::BTreeMap, time::Duration};

use sempre::{
    client::{ListRunsError, ListedRun},
    model::ExecutionStatus,
};

use crate::visit::Visit;

/// Runs that are looked at, of all types together: the latest that have closed.
pub(crate) const LOOKED_AT: usize = 1_000;
const FILTER: &str = "ExecutionStatus IN ('Completed', 'Failed', 'TimedOut', 'Canceled', \
                      'Terminated', 'ContinuedAsNew')";

/// How the latest runs of a type have ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Recent {
    pub(crate) runs: usize,
    /// Those that failed or timed out.
    pub(crate) failed: usize,
    /// Half of them took at most so long, and 99 of a hundred.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Recent {
    /// The part that failed, in thousandths.
    pub(crate) fn failed_per_mille(self) -> usize {
        (self.failed * 1_000)
            .checked_div(self.runs)
            .unwrap_or_default()
    }
}

/// How the latest runs have ended, by type.
pub(crate) async fn recent(visit: &Visit) -> Result<BTreeMap<String, Recent>, ListRunsError> {
    let list = visit.console.source.list(FILTER).page_size(LOOKED_AT);
    Ok(by_type(&list.await?.runs))
}

/// The same of these runs.
pub(crate) fn by_type(runs: &[ListedRun]) -> BTreeMap<String, Recent> {
    let mut types: BTreeMap<String, Vec<&ListedRun>> = BTreeMap::new();
    for run in runs {
        types
            .entry(run.workflow_type.to_string())
            .or_default()
            .push(run);
    }
    let types = types.into_iter();
    types.map(|(name, runs)| (name, of(&runs))).collect()
}

fn of(runs: &[&ListedRun]) -> Recent {
    use ExecutionStatus::{Failed, TimedOut};
    let took = runs
        .iter()
        .filter_map(|run| Some(run.closed_at?.since(run.started_at)));
    let mut took: Vec<Duration> = took.collect();
    took.sort_unstable();
    let failed = runs
        .iter()
        .filter(|run| matches!(run.status, Failed | TimedOut));
    Recent {
        runs: runs.len(),
        failed: failed.count(),
        p50: within(&took, 50),
        p99: within(&took, 99),
    }
}

/// The shortest time within which so many of a hundred have ended.
fn within(took: &[Duration], percent: usize) -> Duration {
    let rank = (took.len() * percent).div_ceil(100).saturating_sub(1);
    took.get(rank).copied().unwrap_or_default()
}
