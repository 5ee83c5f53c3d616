//! The side file: what activities really did, written by themselves and by nobody else.
//!
//! The engine knows nothing of it. A line is on disk before the activity goes on, so whatever
//! happened before a kill can be read afterwards.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// What a line says about an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It began.
    Start,
    /// It did its work, and is about to return.
    End,
    /// It is about to return an error.
    Fail,
}

/// One line.
pub(crate) struct Line {
    pub(crate) mark: Mark,
    pub(crate) order: String,
    pub(crate) activity: String,
    pub(crate) attempt: u32,
}

/// The file, open for appending.
pub(crate) struct Ledger(Mutex<File>);

fn path(folder: &Path) -> PathBuf {
    folder.join("ledger.txt")
}

impl Ledger {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let file = File::options()
            .create(true)
            .append(true)
            .open(path(folder))?;
        Ok(Self(Mutex::new(file)))
    }

    /// Appends a line, and returns when it is on disk.
    pub(crate) fn write(&self, line: &Line) -> io::Result<()> {
        let mark = match line.mark {
            Mark::Start => "start",
            Mark::End => "end",
            Mark::Fail => "fail",
        };
        let text = format!("{mark} {} {} {}\n", line.order, line.activity, line.attempt);
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}

/// All lines so far, in the order in which they were written.
pub(crate) fn read(folder: &Path) -> io::Result<Vec<Line>> {
    match fs::read_to_string(path(folder)) {
        Ok(text) => Ok(text.split_inclusive('\n').filter_map(parse).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A line; `None` for one that was cut short, which is one that was never acted upon.
fn parse(line: &str) -> Option<Line> {
    let mut words = line.strip_suffix('\n')?.split(' ');
    Some(Line {
        mark: match words.next()? {
            "start" => Mark::Start,
            "end" => Mark::End,
            "fail" => Mark::Fail,
            _ => return None,
        },
        order: words.next()?.to_owned(),
        activity: words.next()?.to_owned(),
        attempt: words.next()?.parse().ok()?,
    })
}
