//! The process that kills.

use std::{
    env,
    error::Error,
    io,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use actix::clock::{Instant, sleep};
use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{ledger, options::Options, progress::Progress};

/// How often the parent looks at its child.
const LOOK: Duration = Duration::from_millis(20);

/// The lives of the child.
pub(crate) struct Lives {
    /// How many ended with a kill.
    pub(crate) killed: usize,
    /// How long all of them took, together with the last, which ended by itself.
    pub(crate) elapsed: Duration,
}

/// Kills the child at random moments until one of its lives sees all orders through.
pub(crate) async fn kill_until_done(
    folder: &Path,
    options: &Options,
) -> Result<Lives, Box<dyn Error>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let progress = Progress::new(options.orders);
    let begun = Instant::now();
    let mut killed = 0;
    loop {
        let lifetime = Duration::from_millis(80 + random.next_u64() % 620);
        let child = spawn(folder, options.orders)?;
        let ended = live(child, lifetime, folder, &progress).await?;
        let Some(status) = ended else {
            killed += 1;
            progress.note_kill(killed, lifetime);
            continue;
        };
        progress.finish(killed);
        if !status.success() {
            return Err(format!("the child gave up: {status}").into());
        }
        let elapsed = begun.elapsed();
        return Ok(Lives { killed, elapsed });
    }
}

fn spawn(folder: &Path, orders: usize) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .arg("--child-of")
        .arg(folder)
        .args(["--orders", &orders.to_string()])
        .stdin(Stdio::null())
        .spawn()
}

/// Lets the child live for so long; returns how it ended if it was faster.
async fn live(
    mut child: Child,
    lifetime: Duration,
    folder: &Path,
    progress: &Progress,
) -> io::Result<Option<ExitStatus>> {
    let born = Instant::now();
    loop {
        progress.show(&ledger::read(folder)?);
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let left = lifetime.saturating_sub(born.elapsed());
        if left.is_zero() {
            break;
        }
        sleep(left.min(LOOK)).await;
    }
    // SIGKILL: the child cannot see it coming, and cleans nothing up.
    child.kill()?;
    child.wait()?;
    progress.show(&ledger::read(folder)?);
    Ok(None)
}
