//! What a store holds, by age and by type, and what retention will free.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    actor::Refusal,
    client::{
        ListRunsError,
        directory::{self, RunDirectory, RunEntries, Search},
    },
    model::{Namespaces, Timestamp, WorkflowType},
    storage::{RunEntry, StoreFiles},
};

/// What a store holds.
///
/// Histories count with their estimated bytes; in the store they are compressed, and have an entry in
/// the index. Of open runs nobody knows how long their histories are without reading them.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct StoreReport {
    /// The files of the store; `None` if it has none, or does not say.
    pub files: Option<StoreFiles>,
    /// The open runs.
    pub open_runs: u64,
    /// The closed runs.
    pub closed: HeldRuns,
    /// The closed runs by the time since their close: less than a day, a week, 30 days, a year, and
    /// more.
    pub by_age: Vec<(Option<Duration>, HeldRuns)>,
    /// The closed runs by their workflow types.
    pub by_type: BTreeMap<WorkflowType, HeldRuns>,
    /// The closed runs whose time has passed: retention is about to delete them.
    pub expired: HeldRuns,
    /// The closed runs whose time will have passed within a day.
    pub expire_in_a_day: HeldRuns,
    /// The closed runs that are kept for ever.
    pub kept_for_ever: HeldRuns,
}

/// Closed runs, and how much they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct HeldRuns {
    /// How many.
    pub runs: u64,
    /// The bytes of their histories, as an estimate.
    pub history_bytes: u64,
}

impl HeldRuns {
    fn add(&mut self, entry: &RunEntry) {
        self.runs += 1;
        self.history_bytes += entry.extent.bytes;
    }
}

const DAY: Duration = Duration::from_secs(86_400);

/// The bounds of the groups by age.
const AGES: [Option<Duration>; 5] = [
    Some(DAY),
    Some(Duration::from_secs(7 * 86_400)),
    Some(Duration::from_secs(30 * 86_400)),
    Some(Duration::from_secs(365 * 86_400)),
    None,
];

/// Looks at all runs.
pub(crate) async fn report_store(
    directory: &dyn RunDirectory,
    namespaces: Namespaces,
    now: Timestamp,
) -> Result<StoreReport, ListRunsError> {
    let find = move |entries: RunEntries<'_>| find(entries, &namespaces, now);
    let found = directory::look(directory, Search::all(), find).await?;
    Ok(StoreReport {
        files: directory.files(),
        ..found
    })
}

fn find(
    entries: RunEntries<'_>,
    namespaces: &Namespaces,
    now: Timestamp,
) -> Result<StoreReport, Refusal> {
    let mut report = StoreReport {
        by_age: AGES.map(|age| (age, HeldRuns::default())).to_vec(),
        ..StoreReport::default()
    };
    for entry in entries {
        let entry = entry?;
        if entry.has_work() {
            report.open_runs += 1;
        } else {
            report.add(&entry, namespaces, now);
        }
    }
    Ok(report)
}

impl StoreReport {
    fn add(&mut self, entry: &RunEntry, namespaces: &Namespaces, now: Timestamp) {
        self.closed.add(entry);
        let of_type = self.by_type.entry(entry.workflow_type.clone());
        of_type.or_default().add(entry);
        let Some(closed_at) = entry.closed_at else {
            return self.kept_for_ever.add(entry);
        };
        let age = now.since(closed_at);
        let mut groups = self.by_age.iter_mut();
        if let Some((_, group)) = groups.find(|(max, _)| max.is_none_or(|max| age < max)) {
            group.add(entry);
        }
        let retention = &namespaces.of(&entry.execution.workflow_id).retention;
        match retention.expires_at(&entry.workflow_type, closed_at) {
            None => self.kept_for_ever.add(entry),
            Some(at) if at <= now => self.expired.add(entry),
            Some(at) if at <= now.after(DAY) => self.expire_in_a_day.add(entry),
            Some(_) => {}
        }
    }
}
