//! The host: what one program in memory has asked for, and what it has been told.
//!
//! Contexts and futures hold it, the driver fills it. It knows no workflow type. Commands are kept
//! as drafts until the activation ends: what is dropped before that is never numbered.

mod child;
mod external;
mod host;
mod local_activity;
mod patch;
mod progress;
mod property;
mod request;
mod update;

pub(super) use self::host::{External, ProgramHost};
