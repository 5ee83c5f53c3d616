//! Counts of runs.

use std::collections::BTreeMap;

use crate::{
    actor::Refusal,
    client::{
        ListRunsError,
        directory::{self, RunCounts, RunDirectory, RunEntries, Search},
    },
    model::{ExecutionStatus, Namespace, SearchAttributeSchema},
    visibility::{Filter, Hidden, Schema, Sieve},
};

/// How many runs there are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct RunCount {
    /// All that pass the filter.
    pub total: u64,
    /// The same by status, if the filter ends with `GROUP BY ExecutionStatus`; empty otherwise.
    pub by_status: BTreeMap<ExecutionStatus, u64>,
}

/// Counts the runs of a namespace that pass a filter.
pub(crate) async fn count_runs(
    directory: &dyn RunDirectory,
    namespace: Namespace,
    schema: &SearchAttributeSchema,
    filter: &str,
) -> Result<RunCount, ListRunsError> {
    let hidden = Hidden::of(filter, namespace);
    let filter = Filter::parse(filter, &Schema::with(schema))?;
    let is_grouped = filter.is_grouped();
    let search = Search::by(Sieve::of(&filter)).without(hidden.clone());
    let one_by_one = move |entries: RunEntries<'_>| count(entries, &filter, &hidden);
    let by_status = directory::count(directory, search, one_by_one).await?;
    Ok(RunCount {
        total: by_status.values().sum(),
        by_status: if is_grouped {
            by_status
        } else {
            BTreeMap::new()
        },
    })
}

fn count(entries: RunEntries<'_>, filter: &Filter, hidden: &Hidden) -> Result<RunCounts, Refusal> {
    let mut counts = RunCounts::new();
    for entry in entries {
        let entry = entry?;
        if !hidden.hides(&entry) && filter.matches(&entry) {
            *counts.entry(entry.status).or_default() += 1;
        }
    }
    Ok(counts)
}
