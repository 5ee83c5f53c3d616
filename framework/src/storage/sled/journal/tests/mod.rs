//! Unit tests of the journal.

mod book;
mod journal;
mod recovery;
