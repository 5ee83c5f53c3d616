//! The guides: how to write, run and look after workflows, by example.
//!
//! Each is a page of `framework/docs/guide`, included here so that its snippets compile and run.

#[doc(hidden)]
pub mod example;

#[doc = include_str!("../../docs/guide/first-workflow.md")]
pub mod first_workflow {}

#[doc = include_str!("../../docs/guide/how-replay-works.md")]
pub mod how_replay_works {}

#[doc = include_str!("../../docs/guide/activities.md")]
pub mod activities {}

#[doc = include_str!("../../docs/guide/values.md")]
pub mod values {}

#[doc = include_str!("../../docs/guide/messages.md")]
pub mod messages {}

#[doc = include_str!("../../docs/guide/cancellation.md")]
pub mod cancellation {}

#[doc = include_str!("../../docs/guide/concurrency.md")]
pub mod concurrency {}

#[doc = include_str!("../../docs/guide/context.md")]
pub mod context {}

#[doc = include_str!("../../docs/guide/chains.md")]
pub mod chains {}

#[doc = include_str!("../../docs/guide/schedules.md")]
pub mod schedules {}

#[doc = include_str!("../../docs/guide/changing-code.md")]
pub mod changing_code {}

#[doc = include_str!("../../docs/guide/determinism.md")]
pub mod determinism {}

#[doc = include_str!("../../docs/guide/testing-and-determinism.md")]
pub mod testing_and_determinism {}

#[cfg(feature = "testing")]
#[doc = include_str!("../../docs/guide/testing.md")]
pub mod testing {}

// Its snippets need `sempre-temporal`, which compiles and runs them.
#[cfg_attr(not(doctest), doc = include_str!("../../docs/guide/replaying-in-ci.md"))]
pub mod replaying_in_ci {}

#[doc = include_str!("../../docs/guide/beside-a-server.md")]
pub mod beside_a_server {}

#[doc = include_str!("../../docs/guide/operations.md")]
pub mod operations {}

#[doc = include_str!("../../docs/guide/bulk.md")]
pub mod bulk {}

// Its snippets need `sempre-console`, which compiles and runs them.
#[cfg_attr(not(doctest), doc = include_str!("../../docs/guide/console.md"))]
pub mod console {}

#[doc = include_str!("../../docs/guide/command-line.md")]
pub mod command_line {}

#[doc = include_str!("../../docs/guide/namespaces.md")]
pub mod namespaces {}

#[doc = include_str!("../../docs/guide/keeping.md")]
pub mod keeping {}

#[doc = include_str!("../../docs/guide/backup.md")]
pub mod backup {}

#[doc = include_str!("../../docs/guide/steering.md")]
pub mod steering {}

#[doc = include_str!("../../docs/guide/promises.md")]
pub mod promises {}

#[doc = include_str!("../../docs/guide/performance.md")]
pub mod performance {}

#[doc = include_str!("../../docs/guide/figures.md")]
///
/// ## Plots
///
#[doc = include_str!("../../docs/guide/plots/step.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/throughput.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/fan-out.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/signals.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/timers.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/start-up.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/replay.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/idle.svg")]
#[doc = ""]
#[doc = include_str!("../../docs/guide/plots/payload.svg")]
#[doc = ""]
pub mod figures {}
