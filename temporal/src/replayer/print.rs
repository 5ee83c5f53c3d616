//! A report for people.

use std::{
    env,
    io::{self, Write},
    path::Path,
};

use anstyle::{AnsiColor, Style};
use sempre::model::WorkflowVersion;

use super::{Replay, ReplayOutcome, ReplayReport, WorkflowCounts, printable::printable};

/// Writes what fits, in a line each.
pub(super) fn print_replayed(report: &ReplayReport, out: &mut dyn Write) -> io::Result<()> {
    let good = Style::new().fg_color(Some(AnsiColor::Green.into()));
    for replay in &report.replays {
        if let ReplayOutcome::Replayed {
            events,
            workflow_tasks,
        } = replay.outcome
        {
            let subject = subject(replay);
            writeln!(
                out,
                "{good}ok{good:#}  {subject} events={events} workflow_tasks={workflow_tasks}"
            )?;
        }
    }
    Ok(())
}

/// Writes what is wrong, and the counts.
pub(super) fn print_complaints(report: &ReplayReport, out: &mut dyn Write) -> io::Result<()> {
    let bad = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    for replay in &report.replays {
        let Some(complaint) = replay.outcome.complaint() else {
            continue;
        };
        let (name, subject) = (replay.outcome.name(), subject(replay));
        writeln!(out, "{bad}{name}{bad:#}  {subject}")?;
        for line in complaint.lines() {
            let style = style(line);
            writeln!(out, "    {style}{}{style:#}", printable(line))?;
        }
    }
    if report.stores > 0 {
        print_workflows(report, out)?;
    }
    let verdict = Style::new().bold();
    writeln!(out, "{verdict}{}{verdict:#}", report.counts())
}

/// Writes what became of the runs of each version of each workflow.
fn print_workflows(report: &ReplayReport, out: &mut dyn Write) -> io::Result<()> {
    for ((workflow_type, version), counts) in report.workflows() {
        let WorkflowCounts {
            replayed,
            diverged,
            unregistered,
            unreadable,
            missing_patches,
        } = counts;
        let workflow_type = printable(workflow_type.as_str());
        write!(out, "workflow_type={workflow_type}")?;
        if let Some(version) = version {
            write!(out, " version={version}")?;
        }
        write!(
            out,
            " replayed={replayed} diverged={diverged} unregistered={unregistered} \
             unreadable={unreadable}"
        )?;
        for (patch, runs) in missing_patches {
            write!(out, " missing_patch={} runs={runs}", printable(&patch))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The same without colors.
pub(super) fn plain(report: &ReplayReport) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    // A vector takes all that it is given.
    let _ = print_complaints(report, &mut out);
    let text = String::from_utf8_lossy(&out.into_inner()).into_owned();
    text.trim_end().to_owned()
}

/// Which history it is.
fn subject(replay: &Replay) -> String {
    let mut subject = from_here(&replay.path).display().to_string();
    if let Some(position) = replay.position {
        subject = format!("{subject} history={position}");
    }
    if let Some((workflow_type, workflow_id)) = &replay.workflow {
        subject = format!("{subject} workflow_type={workflow_type} workflow_id={workflow_id}");
    }
    if let Some(version) = replay.version.filter(|it| *it != WorkflowVersion::FIRST) {
        subject = format!("{subject} version={version}");
    }
    printable(subject.trim_start())
}

/// A path as it is written here, which is shorter than the whole of it.
fn from_here(path: &Path) -> &Path {
    let here = env::current_dir().ok();
    let inside = here.and_then(|here| path.strip_prefix(here).ok());
    inside.unwrap_or(path)
}

/// What was recorded is red and what was attempted green, as in a diff.
fn style(line: &str) -> Style {
    let color = match line.trim_start().split_once(':') {
        Some(("- recorded", _)) => AnsiColor::Red,
        Some(("+ attempted", _)) => AnsiColor::Green,
        _ => return Style::new(),
    };
    Style::new().fg_color(Some(color.into()))
}
