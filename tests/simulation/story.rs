//! The story of a world: what happened, line by line, and a number that stands for all of it.

use std::{
    fmt::Display,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Story {
    lines: Vec<String>,
    hash: DefaultHasher,
    /// Who is told each line at once, should the world not come back.
    listener: Option<fn(&str)>,
}

impl Story {
    /// A story that is told while it happens.
    pub(crate) fn told_to(listener: Option<fn(&str)>) -> Self {
        Self {
            listener,
            ..Self::default()
        }
    }

    /// Something happens from outside.
    pub(crate) fn happens(&mut self, what: impl Display) {
        self.add(what.to_string());
    }

    /// Something follows from that.
    pub(crate) fn follows(&mut self, what: impl Display) {
        self.add(format!("    {what}"));
    }

    /// Something that is too long to be read, and has to be the same every time.
    pub(crate) fn weigh(&mut self, bytes: &[u8]) {
        bytes.hash(&mut self.hash);
    }

    /// A number that differs where anything does.
    pub(crate) fn hash(&self) -> u64 {
        self.hash.finish()
    }

    /// What has happened, line by line.
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    fn add(&mut self, line: String) {
        line.hash(&mut self.hash);
        if let Some(listener) = self.listener {
            listener(&line);
        }
        self.lines.push(line);
    }
}
