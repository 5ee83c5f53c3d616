//! A replaying program: what its `main` does.

use std::{ffi::OsString, io::Write};

use clap::Parser as _;
use derive_more::{Display, From};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    ReplayFilesError, ReplayReport, Replayer, Verdict,
    arguments::{Arguments, Output},
    print,
};

/// Why there is no report.
#[derive(Debug, Display, From)]
enum ProgramError {
    Replay(ReplayFilesError),
    #[display("the report cannot be written: {_0}")]
    Output(std::io::Error),
}

/// Does what the arguments say; the first of them is the name of the program.
pub(super) fn run(
    replayer: Replayer,
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    complaints: &mut dyn Write,
) -> Verdict {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(answer) => return answer_usage(&answer, out, complaints),
    };
    match replay(replayer, arguments, out) {
        Ok(verdict) => verdict,
        Err(error) => {
            // Where complaints cannot be written either, the exit code has to do.
            let _ = writeln!(complaints, "error: {error}");
            Verdict::Incomplete
        }
    }
}

/// Help that was asked for, or what is wrong with the arguments.
fn answer_usage(answer: &clap::Error, out: &mut dyn Write, complaints: &mut dyn Write) -> Verdict {
    let text = answer.render();
    if answer.use_stderr() {
        let _ = write!(complaints, "{}", text.ansi());
        Verdict::Incomplete
    } else {
        let _ = write!(out, "{}", text.ansi());
        Verdict::Fits
    }
}

fn replay(
    replayer: Replayer,
    arguments: Arguments,
    out: &mut dyn Write,
) -> Result<Verdict, ProgramError> {
    let Arguments {
        paths,
        jobs,
        compare,
        sample,
        output,
        quiet,
    } = arguments;
    let mut replayer = replayer;
    if !paths.is_empty() {
        replayer.paths = paths;
    }
    replayer.jobs = jobs.or(replayer.jobs);
    replayer.comparison = compare.map(Into::into).or(replayer.comparison);
    replayer.sample = sample.or(replayer.sample);
    let progress = if quiet {
        ProgressBar::hidden()
    } else {
        progress_bar()
    };
    let report = replayer.replay_with(&replayer.paths, &progress)?;
    write_report(&report, output, quiet, out)?;
    Ok(report.verdict())
}

fn write_report(
    report: &ReplayReport,
    output: Output,
    quiet: bool,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    match output {
        Output::Json => writeln!(out, "{:#}", report.to_json())?,
        Output::Text => {
            if !quiet {
                print::print_replayed(report, out)?;
            }
            print::print_complaints(report, out)?;
        }
    }
    out.flush()
}

/// A bar on standard error, which is not drawn where that is no terminal.
fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("replaying {wide_bar} {pos}/{len}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
