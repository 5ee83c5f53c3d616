//! A story comes to the same end wherever its engine crashes, a file per kind of story.
//!
//! Each is told with a crash before and after each of its commits. What its runs have recorded is
//! part of its end: see [`account`](self::account::account).

mod account;
mod activity;
mod bulk;
mod chain;
mod child;
mod large_payload;
mod local_activity;
mod message;
mod progress;
mod reset;
mod run;
mod schedule;
mod update;
