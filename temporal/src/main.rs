//! The command `sempre-temporal`: looks at histories in a store at rest, and exchanges them.

use std::process::ExitCode;

use clap::Parser as _;
use sempre_temporal::cli::{Arguments, run};

fn main() -> ExitCode {
    let mut out = anstream::stdout().lock();
    match run(&Arguments::parse(), &mut out) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
