//! The stock: the files of the journal that are not being written to.
//!
//! A file is full once the journal has gone on to another, and can be used again when nothing in
//! it is needed. One is kept ready as a spare, with its length on disk, so that a commit that goes
//! on to it waits for its own bytes only.

use std::{collections::VecDeque, sync::Arc};

use crate::storage::sled::journal::file::JournalFile;

/// Bound: files that nobody needs, and what they may take; the others are removed.
const REUSABLE_MAX: usize = 16;
const REUSABLE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The files that are not being written to.
#[derive(Debug)]
pub(super) struct Stock {
    /// Files with the last entry in each, the oldest first.
    full: VecDeque<(u64, Arc<JournalFile>)>,
    spare: Option<Arc<JournalFile>>,
    /// Whether none could be made ready since the journal went on to another file.
    has_failed: bool,
    next_slot: u32,
}

impl Stock {
    /// With these files, and the last entry that counts in each.
    pub(super) fn new(mut full: Vec<(u64, Arc<JournalFile>)>) -> Self {
        full.sort_by_key(|(last, _)| *last);
        let slots = full.iter().map(|(_, file)| file.slot());
        Self {
            next_slot: slots.max().map_or(0, |slot| slot.saturating_add(1)),
            full: full.into(),
            spare: None,
            has_failed: false,
        }
    }

    /// The slot of a file that is about to be made.
    pub(super) fn take_slot(&mut self) -> u32 {
        let slot = self.next_slot;
        self.next_slot = slot.saturating_add(1);
        slot
    }

    /// Whether no file is ready to be written, and it is worth while to make one ready.
    pub(super) fn wants_spare(&self) -> bool {
        self.spare.is_none() && !self.has_failed
    }

    /// Takes note that none can be made ready for now.
    pub(super) fn give_up(&mut self) {
        self.has_failed = true;
    }

    /// Keeps a file ready.
    pub(super) fn put_spare(&mut self, file: Arc<JournalFile>) {
        self.spare = Some(file);
    }

    /// Takes the file that is ready, if it is one like this.
    pub(super) fn take_spare_if(
        &mut self,
        is_wanted: impl FnOnce(&JournalFile) -> bool,
    ) -> Option<Arc<JournalFile>> {
        self.spare.take_if(|spare| is_wanted(spare))
    }

    /// Takes note that the journal has gone on from a file that ends with this entry.
    pub(super) fn put_full(&mut self, last: u64, file: Arc<JournalFile>) {
        self.full.push_back((last, file));
        self.has_failed = false;
    }

    /// Takes a file that can be used again, where only entries from `needed` on are needed.
    pub(super) fn take_reusable(&mut self, needed: u64) -> Option<Arc<JournalFile>> {
        let (last, _) = self.full.front()?;
        if *last >= needed {
            return None;
        }
        self.full.pop_front().map(|(_, file)| file)
    }

    /// Takes out what need not be kept, where only entries from `needed` on are needed.
    pub(super) fn take_surplus(&mut self, needed: u64) -> Vec<Arc<JournalFile>> {
        let reusable = self.full.iter().take_while(|(last, _)| *last < needed);
        let mut kept_bytes = 0;
        let kept = reusable.clone().take(REUSABLE_MAX);
        let kept = kept.take_while(|(_, file)| {
            kept_bytes += file.bytes();
            kept_bytes <= REUSABLE_BYTES_MAX
        });
        let (kept, reusable) = (kept.count(), reusable.count());
        let surplus = self.full.drain(kept..reusable);
        surplus.map(|(_, file)| file).collect()
    }

    /// Takes out all files.
    pub(super) fn take_all(&mut self) -> Vec<Arc<JournalFile>> {
        let full = self.full.drain(..).map(|(_, file)| file);
        full.chain(self.spare.take()).collect()
    }
}
