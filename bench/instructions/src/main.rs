//! Counts the instructions of the hot paths, and says what moved against the baseline.
//!
//! `cargo run --release -p sempre-bench-instructions`, and with `--bless` to make what is counted
//! the new baseline. Times differ from run to run and from machine to machine; the instructions
//! that the same program executes on the same input do not, so a change of a few percent is a
//! change of the program. Valgrind's callgrind counts them; where it is missing, nothing is
//! counted and nothing fails.

mod baseline;
mod callgrind;
mod case;
mod comparison;
mod run;

use std::{error::Error, process::ExitCode};

use crate::{baseline::Baseline, callgrind::Counted, case::Case};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match carry_out(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn carry_out(arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => compare(),
        ["--bless"] => bless(),
        ["--case", name] => Case::find(name)?.run(),
        _ => Err("there is nothing to say but --bless, which makes a new baseline".into()),
    }
}

/// Counts all cases; nothing if there is no valgrind.
fn count_all() -> Outcome<Option<Vec<(Case, u64)>>> {
    let mut counts = Vec::new();
    for case in Case::ALL {
        match callgrind::count(case)? {
            Counted::Instructions(count) => counts.push((case, count)),
            Counted::NoValgrind => return Ok(None),
        }
    }
    Ok(Some(counts))
}

fn compare() -> Outcome {
    let Some(counts) = count_all()? else {
        say(callgrind::MISSING);
        return Ok(());
    };
    let baseline = Baseline::read()?;
    say(&comparison::text(&counts, &baseline, &Baseline::compiler()));
    Ok(())
}

fn bless() -> Outcome {
    let counts = count_all()?.ok_or(callgrind::MISSING)?;
    let baseline = Baseline::new(&counts);
    say(&comparison::text(&counts, &baseline, &Baseline::compiler()));
    baseline.write()
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "errors belong there")]
fn complain(text: &str) {
    eprintln!("sempre-bench-instructions: {text}");
}

#[cfg(test)]
mod tests;
