//! Measures what a durable step costs, beside what the disk alone costs in the same run.
//!
//! `cargo run --release -p sempre-bench -- step` and so on; without a scenario it runs them all.

mod disk;
mod measure;
mod scenario;
mod workflow;

use std::process::ExitCode;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    match scenario::run(&asked).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            measure::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}
