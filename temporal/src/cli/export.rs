//! `export`: a history of a store as Temporal's JSON.

use std::{fs, io::Write, path::Path};

use super::{CommandError, Outcome, Which, stored};
use crate::TemporalHistory;

pub(super) fn export(
    store: &Path,
    which: &Which,
    file: Option<&Path>,
    out: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let store = stored::open(store)?;
    let run = stored::find(&store, which)?.ok_or(CommandError::NothingMeant)?;
    let history = crate::stored::history(&store, &run.execution)?;
    let text = format!("{:#}\n", TemporalHistory::from_history(&history)?.to_json());
    let Some(path) = file else {
        out.write_all(text.as_bytes())?;
        return Ok(Outcome::Fine);
    };
    fs::write(path, text).map_err(|source| CommandError::File {
        path: path.to_owned(),
        source,
    })?;
    writeln!(out, "{}: events={}", path.display(), history.len())?;
    Ok(Outcome::Fine)
}
