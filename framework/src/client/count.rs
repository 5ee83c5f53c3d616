//! Counts of runs.

use std::collections::BTreeMap;

use crate::{
    actor::Refusal,
    client::{
        ListRunsError,
        directory::{self, RunDirectory, RunEntries},
        hidden::Hidden,
    },
    model::{ExecutionStatus, Namespace, SearchAttributeSchema},
    visibility::{Filter, Schema},
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
    let find = move |entries: RunEntries<'_>| count(entries, &filter, &hidden);
    Ok(directory::look(directory, None, find).await?)
}

fn count(entries: RunEntries<'_>, filter: &Filter, hidden: &Hidden) -> Result<RunCount, Refusal> {
    let mut count = RunCount::default();
    for entry in entries {
        let entry = entry?;
        if !hidden.hides(&entry) && filter.matches(&entry) {
            count.total += 1;
            if filter.is_grouped() {
                *count.by_status.entry(entry.status).or_default() += 1;
            }
        }
    }
    Ok(count)
}
