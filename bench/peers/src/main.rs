//! The benchmark of Sempre beside its peers.
//!
//! `cargo run --release -- step throughput --restate-server PATH`, in this folder. It is
//! `sempre-bench` with more columns: the same scenarios, the same disk, the same report.

mod arrivals;
mod command_line;
mod duroxide;
mod restate;

use std::process::ExitCode;

use clap::Parser as _;
use sempre_bench::subject::{Sempre, Subject};

use crate::{
    command_line::PeerOptions,
    duroxide::Duroxide,
    restate::{Restate, Step},
};

fn main() -> ExitCode {
    let options = PeerOptions::parse().adjusted();
    let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
    for mode in options.bench.durability.modes() {
        subjects.push(Box::new(Sempre::new(*mode)));
    }
    for concurrency in &options.duroxide_concurrency {
        subjects.push(Box::new(Duroxide::new(*concurrency)));
    }
    if let Some(server) = &options.restate_server {
        for step in [Step::Run, Step::Call] {
            subjects.push(Box::new(Restate::new(server.clone(), step)));
        }
    }
    sempre_bench::run(&options.bench, &subjects)
}
