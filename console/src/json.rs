//! What the API says of runs and histories, for tools that look at a store without an engine.
//!
//! The same functions make the answers of the API, so a tool shows what a console says and what a store
//! holds in the same way.

use sempre::{
    Timestamp,
    client::{ListedRun, RunCount, RunPage, StoreReport},
    model::History,
    storage::{Backup, CopiedPayloads, StoreCheck},
};
use serde_json::Value;

use crate::{api, reveal::Reveal};

/// A page of a list of runs, as `api/runs` says it.
pub fn runs(page: &RunPage) -> Value {
    api::json::run_page(page)
}

/// A run as a list shows it, as `api/runs` says it.
pub fn run(run: &ListedRun) -> Value {
    api::json::listed_run(run)
}

/// A count of runs, as `api/count` says it.
pub fn count(count: &RunCount) -> Value {
    api::json::run_count(count)
}

/// The events of a history after the one of this number, as `api/history` says them; with payloads or
/// without.
pub fn events(history: &History, after: u64, payloads: bool) -> Value {
    api::history::events(history, after, &reveal(payloads))
}

/// A history with a row for each thing that the run has done or was told, as `api/history?form=compact`
/// says it; with payloads or without. What is open goes on until now.
pub fn rows(history: &History, now: Timestamp, payloads: bool) -> Value {
    api::history::rows(history, now, &reveal(payloads))
}

/// What a store holds, as `api/store` says it.
pub fn store(report: &StoreReport) -> Value {
    api::json::store_report(report)
}

/// A finished backup, as `api/store` says it.
pub fn backup(backup: &Backup) -> Value {
    api::json::backup(backup)
}

/// A backup that was just taken, with what was copied of stored payloads, as `api/backup` says it.
pub fn taken_backup(backup: &Backup, payloads: Option<&CopiedPayloads>) -> Value {
    api::json::backup_and_payloads(backup, payloads)
}

/// What was copied from one payload storage to another.
pub fn copied_payloads(copied: &CopiedPayloads) -> Value {
    api::json::copied(copied)
}

/// What a check of a store has found.
pub fn store_check(check: &StoreCheck) -> Value {
    api::json::store_check(check)
}

fn reveal(payloads: bool) -> Reveal {
    if payloads {
        Reveal::Shown(None)
    } else {
        Reveal::Hidden
    }
}
