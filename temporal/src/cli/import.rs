//! `import`: checks history files one by one, and goes on with the next after a bad one.

use std::{io::Write, path::PathBuf};

use anstyle::{AnsiColor, Style};
use sempre::model::{EventAttributes, History};

use super::{CommandError, Outcome, timeline::printable};
use crate::{TemporalHistory, file::read_named};

pub(super) fn import(files: &[PathBuf], out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let good = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let bad = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    let mut refused = 0_usize;
    for path in files {
        let name = path.display();
        match read_named(path) {
            Ok(histories) => {
                for history in histories.iter().map(TemporalHistory::history) {
                    let kind = printable(workflow_type(&history));
                    let events = history.len();
                    writeln!(out, "{good}ok{good:#}     {name}: {kind} events={events}")?;
                }
            }
            Err(reason) => {
                refused += 1;
                writeln!(out, "{bad}error{bad:#}  {name}: {reason}")?;
            }
        }
    }
    let imported = files.len() - refused;
    writeln!(out, "imported={imported} refused={refused}")?;
    Ok(if refused == 0 {
        Outcome::Fine
    } else {
        Outcome::Refused
    })
}

fn workflow_type(history: &History) -> &str {
    match history.attributes().next() {
        Some(EventAttributes::WorkflowExecutionStarted(started)) => started.workflow_type.as_str(),
        _ => "",
    }
}
