//! Doing nothing for a while, to see what that costs.

use std::time::Duration;

use crate::{Outcome, Resources, clock};

/// What a process took that did nothing.
#[derive(Debug)]
pub(super) struct Idling {
    /// The share of a core.
    pub(super) cpu: f64,
    /// What the process had taken in all by then.
    pub(super) after: Resources,
}

/// Looks what doing nothing costs, once what came before is settled.
pub(super) async fn measure(settling: Duration, idle: Duration) -> Outcome<Idling> {
    // What the store's own thread has left to do is work of what came before, and nothing says when
    // it is done.
    tokio::time::sleep(settling).await;
    let before = Resources::now()?;
    let begun = clock::now();
    // Doing nothing for a while is what is measured.
    tokio::time::sleep(idle).await;
    let after = Resources::now()?;
    let cpu = (after.cpu.saturating_sub(before.cpu)).div_duration_f64(begun.elapsed());
    Ok(Idling { cpu, after })
}
