//! What has to hold between two lives: one file for each kind of promise.

mod attempt;
mod backup;
mod look;
mod payload;
mod run;
mod schedule;
mod setting;

pub(super) use self::{
    attempt::check as check_attempts,
    backup::Backups,
    look::{Look, Past, check_store},
    payload::{check as check_payloads, check_expired},
    run::{Promises, check as check_runs},
    schedule::check as check_schedule,
    setting::{Marks, check as check_settings},
};

/// What is not as it was promised.
pub(super) type Verdict = Result<(), Box<dyn std::error::Error>>;
