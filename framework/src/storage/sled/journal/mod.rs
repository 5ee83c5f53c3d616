//! The journal: what was committed and is not settled yet, in files of its own beside sled's log.
//!
//! What is acknowledged is one entry of the journal: one write, one `fdatasync`, whatever the
//! number and the size of its records. sled is told later, and needs no sync before an
//! acknowledgement. [`entry`] and [`head`] say what an entry looks like, [`scan`] finds entries in
//! a file, and [`recovery`] says which of them count; these are pure. [`file`](mod@file) and [`stock`] keep the
//! files, [`journal`] writes them.
//!
//! * J1: an entry counts as a whole or not at all.
//! * J2: what counts are consecutive entries. Every entry says up to which one everything was on
//!   disk when it was written, so a write that was cut short is told from damage.
//! * J3: a file is written to again only when an entry that is on disk says that nothing of what
//!   the file holds is needed. What it held before has another file's number.
//! * J4: whoever opens the journal begins a new file, and never writes to what was there.
//! * J5: at every moment the names and the bytes on disk are a journal that opens.
//!
//! Absent on purpose: what the commits mean, and when they settle.

mod entry;
mod file;
mod head;
mod journal;
mod recovery;
mod scan;
mod stock;
mod tap;

pub(super) use self::{
    journal::{Journal, StoredJournal, WrittenEntry},
    recovery::RecoveredEntry,
    scan::read_entry,
    tap::Tap,
};

#[cfg(test)]
mod tests;
