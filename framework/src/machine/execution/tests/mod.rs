//! Unit tests of the authority, one file per theme.
//!
//! Tests act through [`script::Run`], which checks after every single decision that the history
//! obeys the grammar, that folding the transitions gives the live state, and that a decision
//! without a transition has changed nothing.

mod activity;
mod activity_cancel;
mod activity_timeout;
mod buffer;
mod child;
mod clock;
mod close;
mod command;
mod control;
mod cron;
mod header;
mod limit;
mod outbox;
mod pause;
mod problem;
mod progress;
mod property;
mod report;
mod report_activity;
mod reset;
mod reset_pending;
mod retry;
mod retry_now;
mod schedule;
mod script;
mod signal;
mod start;
mod succession;
mod timeout;
mod timer;
mod update;
mod upsert;
mod wake;
mod workflow_task;
