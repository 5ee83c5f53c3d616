//! A process is killed again and again, and its workflows end as if nothing had happened.
//!
//! Run it with `cargo run --example crash_and_resume`, and the same moments again with
//! `-- --seed 42`. The process you start never runs a workflow: it starts itself as a child, kills
//! that, starts it again, and at the end compares what the histories say with what really ran.

mod activity;
mod child;
mod ledger;
mod options;
mod parent;
mod progress;
mod proof;
mod report;
mod workflow;

use std::{error::Error, process::ExitCode};

use crate::options::Options;

#[actix::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::read()?;
    if let Some(folder) = &options.child_of {
        child::run(folder, options.orders).await?;
        return Ok(ExitCode::SUCCESS);
    }

    let folder = tempfile::tempdir()?;
    report::introduce(&options);
    let lives = parent::kill_until_done(folder.path(), &options).await?;
    let proof = proof::gather(folder.path(), options.orders).await?;
    report::conclude(&lives, &proof);
    Ok(if proof.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
