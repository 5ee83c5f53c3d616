//! The benchmark of Sempre alone: `cargo run --release -p sempre-bench -- all`.

use std::process::ExitCode;

use clap::Parser as _;
use sempre_bench::{
    command_line::Options,
    subject::{Sempre, Subject},
};

fn main() -> ExitCode {
    let options = Options::parse();
    let subjects = options.durability.modes().iter();
    let subjects = subjects.map(|mode| Box::new(Sempre::new(*mode)) as Box<dyn Subject>);
    sempre_bench::run(&options, &subjects.collect::<Vec<_>>())
}
