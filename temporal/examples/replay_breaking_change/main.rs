//! Replays the same histories after a breaking change: CI says no before any open order does.
//!
//! Run it with `cargo run -p sempre-temporal --example replay_breaking_change`; it ends with 1.

mod workflow;

#[path = "../replay_histories/workflow.rs"]
mod unchanged;

use std::process::ExitCode;

use sempre_temporal::Replayer;

fn main() -> ExitCode {
    Replayer::new()
        .workflow::<workflow::Order>()
        .workflow::<unchanged::Subscription>()
        .path(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/examples/replay_histories/histories"
        ))
        .run()
}
