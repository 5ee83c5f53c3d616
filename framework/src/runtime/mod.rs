//! Floor 8: assembly. A builder, the engine it makes, its threads, and the order they stop in.
//!
//! [`Engine::open`](Engine::open) names a store, the builder takes workflows and activities, and
//! `start` opens the store, finds the open executions and starts one thread per shard. Nothing is
//! polled: threads sleep until a message or the earliest deadline.
//!
//! Absent on purpose: global state. Two engines on two stores live side by side in one process.

mod archivist;
mod attributes;
mod backup;
mod builder;
mod bulk;
mod client_service;
mod clock;
mod crew;
mod default_schedule;
mod engine;
mod error;
mod finding;
mod health;
mod identity;
mod in_force;
mod known_runs;
mod lane;
mod missing_code;
mod namespaces;
mod operators;
mod overview;
mod payloads;
mod peers;
mod reader;
mod recovery;
mod registered;
mod rest;
mod retention;
mod route;
mod schedules;
mod shutdown;
#[cfg(any(test, feature = "testing"))]
mod stepped;
mod stopper;
mod watchdog;
mod weak_route;

pub use crate::dispatch::{AttemptLimit, RateLimit, TaskQueueOptions};

#[cfg(any(test, feature = "testing"))]
pub use self::stepped::{RunCounter, SteppedEngine};

pub use self::{
    backup::{BackupError, EngineBackup, TakeBackup},
    builder::EngineBuilder,
    clock::SystemClock,
    engine::Engine,
    error::StartEngineError,
    health::{EngineFailure, EngineHealth, TaskQueueHealth, ThreadHealth, ThreadLoad},
    missing_code::{MissingCode, UnregisteredCode},
    namespaces::{NamespaceOptions, UnknownNamespace},
    registered::{RegisteredActivity, RegisteredCode, RegisteredWorkflow},
    rest::{Rest, RestObserver, ThreadTurn},
};

#[cfg(test)]
mod tests;
