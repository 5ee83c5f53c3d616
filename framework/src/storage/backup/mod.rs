//! Backups: a folder of files that prove what they are, from which a store can be made again.
//!
//! | file              | holds                                                                  |
//! |-------------------|------------------------------------------------------------------------|
//! | `sempre.backup`   | the list of the finished backups, as JSON behind a checksum            |
//! | `backup-000001`   | what the first backup had to write, and so on                          |
//! | `keys-000001`     | the keys of the last one, so that the next writes only what is new     |
//! | `payloads/`       | the content of stored payloads, if it was asked for                    |
//! | `sempre.lock`     | who writes to the folder                                               |
//!
//! A backup is the *pairs* of a store's tree, of which the first backup of a folder has all and each
//! further one has what is different, and the *entries* of the journal that were written while the
//! pairs were read. What is made of all pairs in the order of the backups, and then of the entries of
//! the last one, is the store as it was at one moment: that of the last entry. So each backup of a
//! folder can be restored, and none but the first is large.
//!
//! * B1: a backup counts once the list names it, and the list is replaced as a whole. What it does not
//!   name was never finished, and is removed by whoever begins the next backup.
//! * B2: a file that the list names is never written again.
//! * B3: a file consists of [blocks](block) that prove what they are: of which file, at which place,
//!   with a checksum; and of an end that says how many items there are.
//! * B4: a folder belongs to one store, also when that is compacted or restored.
//!
//! Absent on purpose: what a pair or an entry says. That is the store's to know, and to check.

mod block;
mod folder;
mod item;
mod list;

pub use self::list::Backup;
pub(super) use self::{
    block::{BlockReader, BlockWriter},
    folder::{BackupFolder, LIST_FILE, expect_apart, file_of, read_list},
    item::Item,
    list::{BackupList, FileId},
};

#[cfg(test)]
mod tests;
