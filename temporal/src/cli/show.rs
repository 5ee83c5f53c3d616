//! `show`: a history for people, or for programs.

use std::{io::Write, path::Path};

use anstyle::Style;

use super::{CommandError, Outcome, Which, stored, timeline};
use crate::{TemporalHistory, file::read_named};

pub(super) fn show(
    source: &Path,
    which: &Which,
    json: bool,
    out: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    if source.is_file() {
        return show_file(source, json, out);
    }
    let store = stored::open(source)?;
    let Some(run) = stored::find(&store, which)? else {
        return list(&crate::stored::runs_with_work(&store)?, out);
    };
    let history = crate::stored::history(&store, &run.execution)?;
    if json {
        print_json(&TemporalHistory::from_history(&history)?, out)?;
    } else {
        timeline::print(&history, out)?;
    }
    Ok(Outcome::Fine)
}

fn show_file(path: &Path, json: bool, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let histories = read_named(path).map_err(|source| CommandError::Import {
        path: path.to_owned(),
        source,
    })?;
    for history in histories {
        if json {
            print_json(&history, out)?;
        } else {
            timeline::print(&history.history(), out)?;
        }
    }
    Ok(Outcome::Fine)
}

fn print_json(history: &TemporalHistory, out: &mut dyn Write) -> Result<(), CommandError> {
    Ok(writeln!(out, "{:#}", history.to_json())?)
}

fn list(runs: &[sempre::storage::RunEntry], out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    for run in runs {
        let execution = &run.execution;
        writeln!(
            out,
            "{bold}{}{bold:#}  {}  {dim}run={} started={}{dim:#}",
            execution.workflow_id, run.workflow_type, execution.run_id, run.started_at
        )?;
    }
    let count = runs.len();
    writeln!(
        out,
        "{dim}open={count}; a closed run is shown by its id{dim:#}"
    )?;
    Ok(Outcome::Fine)
}
