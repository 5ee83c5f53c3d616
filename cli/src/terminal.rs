//! Where a command writes to.

use std::io::Write;

use derive_more::Debug;
use serde_json::Value;

use crate::CommandError;

/// Where a command writes to: what it has to say, and what goes wrong.
///
/// What is written has colors; whoever opens the streams takes them out where nobody sees them.
#[derive(Debug)]
pub struct Terminal<'t> {
    /// What there is to say.
    #[debug(skip)]
    pub out: &'t mut dyn Write,
    /// What goes wrong, and how far long work is.
    #[debug(skip)]
    pub err: &'t mut dyn Write,
    /// How many characters a line has, if that matters.
    pub width: Option<usize>,
    /// Whether somebody sees how far long work is.
    pub shows_progress: bool,
}

impl Terminal<'_> {
    /// Writes a text, and the end of its last line.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), CommandError> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Writes a value for programs.
    pub(crate) fn tell(&mut self, value: &Value) -> Result<(), CommandError> {
        Ok(writeln!(self.out, "{value:#}")?)
    }

    /// Writes what people should know beside what they have asked for.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), CommandError> {
        Ok(writeln!(self.err, "{text}")?)
    }
}
