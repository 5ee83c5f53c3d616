//! `import`: checks history files one by one, and goes on with the next after a bad one.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anstyle::{AnsiColor, Style};
use sempre::model::{EventAttributes, History};

use super::{CommandError, Outcome, timeline::printable};
use crate::TemporalHistory;

pub(super) fn import(files: &[PathBuf], out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let good = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let bad = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    let mut refused = 0_usize;
    for path in files {
        let name = path.display();
        match read(path) {
            Ok(histories) => {
                for history in histories {
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

/// The histories of a file, or why there are none.
fn read(path: &Path) -> Result<Vec<History>, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| format!("not text: {error}"))?;
    let histories = TemporalHistory::from_json(&text).map_err(|error| error.to_string())?;
    Ok(histories.iter().map(TemporalHistory::history).collect())
}

fn workflow_type(history: &History) -> &str {
    match history.attributes().next() {
        Some(EventAttributes::WorkflowExecutionStarted(started)) => started.workflow_type.as_str(),
        _ => "",
    }
}
