//! Replays the histories in `histories` with the workflows that wrote them; they fit.
//!
//! Run it with `cargo run -p sempre-temporal --example replay_histories`, and with `-- --help` to see
//! what such a program understands. This file is all that a project needs for the same.

mod workflow;

use std::process::ExitCode;

use sempre_temporal::Replayer;

use crate::workflow::{Order, Subscription};

fn main() -> ExitCode {
    Replayer::new()
        .workflow::<Order>()
        .workflow::<Subscription>()
        .path(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/examples/replay_histories/histories"
        ))
        .run()
}
