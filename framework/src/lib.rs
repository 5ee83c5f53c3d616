//! Durable workflows as event-sourced actors, embedded in your service.
//!
//! A workflow is an `async fn` that resumes where it left off after a crash, a restart or a month of
//! waiting. Each execution is an actor whose state is the fold of its history; the histories live
//! in a sled store beside the process, in the terms Temporal defines.
//!
//! It is not a server, not a cluster and not a queue: one process owns one store, and its callers
//! are in that process. A payload has at most 2 MiB, unless the engine is given a place for larger
//! ones.
//!
//! # Guarantees
//!
//! The guide's page of promises names the tests that hold each of these and of those in
//! the README, which has more.
//!
//! * **Nothing escapes before its cause is durable**: no reply, no activity attempt, no result. What
//!   one workflow says to another goes ahead; what that causes is on disk after its cause.
//! * **A step is one atomic write**: a result, the workflow code it wakes and what that asks for
//!   are one record and one sync.
//! * **Workflow code takes effect exactly once**, whatever crashes; what it decided is replayed.
//! * **Activities run at least once**: an attempt that was running when the process died counts as
//!   failed, and its retry policy decides; one that somebody else completes goes on.
//! * **Messages, children and updates happen once**, whatever crashes on either side.
//! * **Faults are isolated**: code that does not fit its history parks its own workflow
//!   task; an execution that keeps breaking or does not return is set aside, and can be resumed.
//!
//! # Example
//!
#![cfg_attr(feature = "runtime", doc = "```")]
#![cfg_attr(not(feature = "runtime"), doc = "```ignore")]
//! use sempre::{ActivityError, Engine, Workflow, WorkflowContext, activity, handlers};
//! use std::{convert::Infallible, sync::Arc};
//!
//! #[activity(start_to_close = "10s")]
//! async fn greet(name: String) -> String {
//!     format!("Hello, {name}!")
//! }
//!
//! #[derive(Workflow, Default)]
//! struct Hello;
//!
//! #[handlers]
//! impl Hello {
//!     #[run]
//!     async fn run(
//!         ctx: WorkflowContext<Self>,
//!         name: String,
//!     ) -> Result<String, ActivityError<Infallible>> {
//!         ctx.activity(greet, name).await
//!     }
//! }
//!
//! # #[actix::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In memory, for this example; `Engine::open(path)` keeps it on disk.
//! let store = sempre::storage::MemoryStore::new();
//! let engine = Engine::on_store(Arc::new(store))
//!     .workflow::<Hello>()
//!     .activities(greet)
//!     .start()
//!     .await?;
//!
//! let hello = engine.workflow::<Hello>("hello-1").start("world".into()).await?;
//! assert_eq!(hello.result().await?, "Hello, world!");
//! engine.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Feature flags
//!
//! | feature   | default | brings                                                               |
//! |-----------|---------|----------------------------------------------------------------------|
//! | `runtime` | yes     | [`Engine`] and what it is made of: actors, dispatcher, client         |
//! | `encryption` | no   | payloads that are encrypted where they are kept                        |
//! | `jiff`    | no      | [`Timestamp`] to and from `jiff::Timestamp`                           |
//! | `metrics` | no      | [`metrics`](mod@metrics) go to the recorder that the process has installed |
//! | `opentelemetry` | no | spans are one trace over restarts and processes                    |
//! | `testing` | no      | a test environment that skips idle time, replay checks, faulty stores |
//!
//! Without `runtime` there is no actor, no thread and no async runtime: definitions, the two pure
//! machines, the authors' side and the stores.
//!
//! # Map
//!
//! For authors: [`workflow`] and [`mod@activity`], with [`definition`] between them and their callers.
//! For callers: [`Engine`] (of `runtime`) and `client`; for operators `storage`, `supervision` and
//! `runtime`, whose options the builder takes. The vocabulary of all is [`model`]. How it works
//! inside: [`machine`] holds the machines, the actors are nobody else's business, and [`clock`] is
//! where time enters.
//! The module `guide` explains all of it by example.

extern crate self as sempre;

pub mod activity;
#[cfg(feature = "runtime")]
mod actor;
#[cfg(any(test, feature = "runtime", feature = "testing"))]
mod budget;
#[cfg(feature = "runtime")]
pub mod bulk;
#[cfg(feature = "runtime")]
pub mod client;
pub mod clock;
pub mod codec;
pub mod definition;
#[cfg(feature = "runtime")]
mod dispatch;
#[cfg(feature = "runtime")]
pub mod guide;
pub mod interceptor;
pub mod machine;
#[cfg(feature = "runtime")]
pub mod metrics;
pub mod model;
#[cfg(feature = "runtime")]
pub mod operator;
mod panic;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "runtime")]
pub mod schedule;
pub mod storage;
#[cfg(feature = "runtime")]
pub mod supervision;
mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(feature = "runtime")]
mod visibility;
pub mod workflow;

#[doc(hidden)]
#[path = "macro_support/mod.rs"]
pub mod __macro_support;
mod macros;

#[cfg(all(feature = "runtime", feature = "testing"))]
pub use crate::macros::test;
pub use crate::{
    activity::ActivityContext,
    definition::{ApplicationFailure, Failure, OrFailure, Workflow},
    macros::{Failure, Workflow, activities, activity, handlers},
    model::{RetryPolicy, SearchAttribute, Timestamp},
    storage::Durability,
    workflow::{ActivityError, Canceled, CancellationType, WaitError, WorkflowContext},
};
#[cfg(feature = "runtime")]
pub use crate::{
    client::{ResultError, WorkflowFailure, WorkflowHandle},
    runtime::{Engine, EngineBuilder, NamespaceOptions, TaskQueueOptions},
};

/// The project's front page, so that what it shows compiles.
#[cfg(all(doctest, feature = "runtime"))]
#[doc = include_str!("../../README.md")]
struct Readme;
