//! The side file: what attempts really did, written by themselves.
//!
//! A line has reached the operating system before the attempt goes on, so it survives SIGKILL.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// Which activity: the workflow's id and the activity's id within it.
pub type ActivityKey = (String, String);

/// What a line says about an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// It began.
    Start,
    /// It is about to return.
    End,
}

/// A side file, open for appending.
#[derive(Debug)]
pub struct Ledger(File);

impl Ledger {
    /// Opens the file, which is made if it does not exist.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    /// Appends a line about an attempt.
    pub fn write(&self, mark: Mark, key: &ActivityKey, attempt: u32) -> io::Result<()> {
        let mark = match mark {
            Mark::Start => "start",
            Mark::End => "end",
        };
        // One write to a file that is open for appending: lines do not mix.
        let line = format!("{mark} {} {} {attempt}\n", key.0, key.1);
        (&self.0).write_all(line.as_bytes())
    }
}

/// What attempts did, by activity, in the order of time.
pub fn read(path: &Path) -> io::Result<BTreeMap<ActivityKey, Vec<(Mark, u32)>>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    let mut attempts: BTreeMap<ActivityKey, Vec<(Mark, u32)>> = BTreeMap::new();
    for line in text.lines() {
        let (key, mark) = parse(line).ok_or_else(|| io::Error::other(format!("line {line:?}")))?;
        attempts.entry(key).or_default().push(mark);
    }
    Ok(attempts)
}

/// What a line says.
pub fn parse(line: &str) -> Option<(ActivityKey, (Mark, u32))> {
    let mut words = line.split(' ');
    let mark = match words.next()? {
        "start" => Mark::Start,
        "end" => Mark::End,
        _ => return None,
    };
    let key = (words.next()?.to_owned(), words.next()?.to_owned());
    Some((key, (mark, words.next()?.parse().ok()?)))
}
