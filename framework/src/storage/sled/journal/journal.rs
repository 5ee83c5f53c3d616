//! The journal itself: reading it, going on with it, closing it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::storage::{
    CommitPart, StorageError, StorageErrorKind,
    sled::{
        failure,
        journal::{
            entry,
            file::{self, JournalFile},
            head::{Head, Kind},
            recovery::{self, GarbledRecord, Image, Recovered, RecoveredEntry},
            stock::Stock,
            tap::Tap,
        },
    },
};

/// What a file that is kept ready has, so that what is written costs no record of a new length.
pub(super) const FILE_BYTES: u64 = 1024 * 1024;
/// Bound: a file grows beyond its length only up to this, while no other is ready.
pub(super) const GROWN_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bound: room for entries that is kept from one commit to the next.
const ENTRY_BYTES_KEPT: usize = 256 * 1024;
/// Entries that are larger on average do not wait long for a file that becomes longer, measured
/// by what waits for their bytes; no zeros are written ahead of them.
const LARGE_ENTRY_BYTES: u64 = 16 * 1024;

/// A journal as it was found, before anything is written to it.
#[derive(Debug)]
pub(in crate::storage::sled) struct StoredJournal {
    folder: PathBuf,
    slots: Vec<u32>,
    recovered: Option<Recovered>,
}

impl StoredJournal {
    /// Reads the journal in this folder.
    ///
    /// # Errors
    /// `Corrupt` if something is missing of which nobody knows what it was.
    pub(in crate::storage::sled) fn read(folder: &Path) -> Result<Self, StorageError> {
        let read = || -> io::Result<(Vec<u32>, Vec<Image>)> {
            let slots = file::slots(folder)?;
            let image = |slot: &u32| {
                Ok(Image {
                    name: file::name(*slot),
                    bytes: file::read(folder, *slot)?,
                })
            };
            let images = slots.iter().map(image).collect::<io::Result<_>>()?;
            Ok((slots, images))
        };
        let (slots, images) =
            read().map_err(|error| failure::of_folder("journal cannot be read", folder, error))?;
        Ok(Self {
            folder: folder.to_owned(),
            slots,
            recovered: recovery::recover(&images)?,
        })
    }

    /// Whether there has been an entry.
    pub(in crate::storage::sled) fn exists(&self) -> bool {
        self.recovered.is_some()
    }

    /// How often something had been settled, and synced.
    pub(in crate::storage::sled) fn settlements(&self) -> u64 {
        let recovered = self.recovered.as_ref();
        recovered.map_or(0, |recovered| recovered.settlements)
    }

    /// The records that are not what was written.
    pub(in crate::storage::sled) fn garbled(&self) -> &[GarbledRecord] {
        let recovered = self.recovered.as_ref();
        recovered.map_or(&[], |recovered| &recovered.garbled)
    }

    /// Takes out the entries that are needed.
    pub(in crate::storage::sled) fn take_entries(&mut self) -> Vec<RecoveredEntry> {
        let recovered = self.recovered.as_mut();
        recovered.map_or_else(Vec::new, |it| std::mem::take(&mut it.entries))
    }

    /// Goes on with the journal, of which only entries from `needed` on are needed.
    ///
    /// # Durability
    /// What was found is on disk then, and so is the name of the file that is written next.
    pub(in crate::storage::sled) fn go_on(
        self,
        needed: Option<u64>,
    ) -> Result<Journal, StorageError> {
        let folder = self.folder.clone();
        self.begin(needed)
            .map_err(|error| failure::of_folder("journal cannot be written", &folder, error))
    }

    fn begin(self, needed: Option<u64>) -> io::Result<Journal> {
        let (mut number, mut sequence, mut settlements) = (1, 1, 0);
        let mut last_of_files = Vec::new();
        if let Some(recovered) = self.recovered {
            number = recovered.next_file;
            sequence = recovered.next_sequence;
            settlements = recovered.settlements;
            last_of_files = recovered.last_of_files;
        }
        let mut full = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            let file = Arc::new(JournalFile::open(&self.folder, *slot)?);
            let last = last_of_files.get(position).copied().flatten();
            // Durability: what a process that was killed left to the operating system counts, so
            // it must not be lost later.
            if last.is_some() {
                file.sync()?;
            }
            full.push((last.unwrap_or_default(), file));
        }
        let mut stock = Stock::new(full);
        let active = Arc::new(JournalFile::create(&self.folder, stock.take_slot())?);
        let journal = Journal {
            folder: self.folder,
            writer: Mutex::new(Writer {
                active,
                unsynced: Vec::new(),
                number,
                ordinal: 0,
                end: 0,
                sequence,
                synced: sequence - 1,
                needed: needed.unwrap_or(sequence),
                settlements,
                needed_on_disk: 0,
                stated: 0,
                entry: Vec::new(),
                tap: None,
            }),
            stock: Mutex::new(stock),
            #[cfg(test)]
            broken: std::sync::OnceLock::new(),
        };
        journal.add(Kind::Opened, [].iter())?;
        journal.sync_files()?;
        file::sync_names(&journal.folder)?;
        Ok(journal)
    }
}

/// An entry that was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::storage::sled) struct WrittenEntry {
    /// Its sequence number.
    pub(in crate::storage::sled) sequence: u64,
    /// Its length.
    pub(in crate::storage::sled) bytes: usize,
}

/// A journal that is being written to.
#[derive(Debug)]
pub(in crate::storage::sled) struct Journal {
    folder: PathBuf,
    writer: Mutex<Writer>,
    stock: Mutex<Stock>,
    /// What is synced instead of a file, and cannot be.
    #[cfg(test)]
    broken: std::sync::OnceLock<std::fs::File>,
}

/// Where the next entry goes.
#[derive(derive_more::Debug)]
struct Writer {
    active: Arc<JournalFile>,
    /// Earlier files of which something may not be on disk.
    unsynced: Vec<Arc<JournalFile>>,
    /// The number that the active file has this time.
    number: u64,
    /// How many entries it holds.
    ordinal: u32,
    /// Where the last of them ends.
    end: u64,
    /// The sequence number of the next entry.
    sequence: u64,
    /// The last entry up to which everything is on disk.
    synced: u64,
    /// The first entry that is needed.
    needed: u64,
    settlements: u64,
    /// The first entry that is needed, as the last entry says it.
    stated: u64,
    /// The same, as an entry says it that is on disk.
    needed_on_disk: u64,
    /// Where entries are put together; fresh memory for each would cost as much as all the rest.
    #[debug(skip)]
    entry: Vec<u8>,
    /// Who wants to know of each entry.
    tap: Option<Arc<Tap>>,
}

impl Journal {
    /// Writes the parts of commits as one entry.
    ///
    /// # Durability
    /// They are on disk once the journal has been [synced](Self::sync).
    pub(in crate::storage::sled) fn append<'p>(
        &self,
        parts: impl Iterator<Item = &'p CommitPart> + Clone,
    ) -> Result<WrittenEntry, StorageError> {
        self.add(Kind::Commits, parts)
            .map_err(|error| self.failed(error))
    }

    /// Waits until all that was written is on disk.
    pub(in crate::storage::sled) fn sync(&self) -> Result<(), StorageError> {
        self.sync_files().map_err(|error| self.failed(error))
    }

    /// Takes note that only entries from `needed` on are needed, after so many settlements that are
    /// on disk.
    pub(in crate::storage::sled) fn release(&self, needed: u64, settlements: u64) {
        let mut writer = self.writer();
        writer.needed = writer.needed.max(needed);
        writer.settlements = settlements;
    }

    /// Opens a tap, which has each entry from now on; `None` if somebody has one.
    pub(in crate::storage::sled) fn tap(&self) -> Option<Arc<Tap>> {
        let mut writer = self.writer();
        if writer.tap.is_some() {
            return None;
        }
        let tap = Arc::<Tap>::default();
        writer.tap = Some(Arc::clone(&tap));
        Some(tap)
    }

    /// Closes this tap, if it is still open; gives back the sequence number of the last entry.
    pub(in crate::storage::sled) fn untap(&self, tap: &Arc<Tap>) -> u64 {
        let mut writer = self.writer();
        // Somebody else may have opened one meanwhile.
        writer.tap.take_if(|open| Arc::ptr_eq(open, tap));
        writer.sequence - 1
    }

    /// Whether the file that comes next has to be made ready.
    pub(in crate::storage::sled) fn wants_spare(&self) -> bool {
        self.stock().wants_spare()
    }

    /// Makes the file ready that comes next, and removes files that are too many.
    pub(in crate::storage::sled) fn prepare(&self) -> io::Result<()> {
        self.make_ready().inspect_err(|_| self.stock().give_up())
    }

    /// Marks the end, where everything is at its place, and removes what is not needed then.
    pub(in crate::storage::sled) fn close(&self) -> Result<(), StorageError> {
        self.mark_the_end().map_err(|error| self.failed(error))
    }

    /// Lets every sync from now on fail, as a broken disk would.
    #[cfg(test)]
    pub(in crate::storage::sled) fn break_down(&self) -> io::Result<()> {
        let broken = std::fs::File::open("/dev/null")?;
        self.broken.get_or_init(|| broken);
        Ok(())
    }

    fn make_ready(&self) -> io::Result<()> {
        let (needed, fill_up) = {
            let writer = self.writer();
            (writer.needed_on_disk, writer.has_small_entries())
        };
        for surplus in self.stock().take_surplus(needed) {
            surplus.remove()?;
        }
        if !self.stock().wants_spare() {
            return Ok(());
        }
        let reusable = self.stock().take_reusable(needed);
        let spare = match reusable {
            Some(file) => file,
            None => self.create()?,
        };
        if fill_up {
            spare.fill_up(FILE_BYTES)?;
        }
        self.stock().put_spare(spare);
        Ok(())
    }

    fn mark_the_end(&self) -> io::Result<()> {
        self.sync_files()?;
        let spare = self.stock().take_spare_if(|_| true);
        let spare = spare.map_or_else(|| self.create(), Ok)?;
        let last = {
            let mut writer = self.writer();
            self.go_on_to(&mut writer, Arc::clone(&spare));
            writer.needed = writer.sequence;
            writer.sequence
        };
        self.add(Kind::Closed, [].iter())?;
        self.sync_files()?;
        debug_assert_eq!(self.writer().needed_on_disk, last, "nothing else is needed");
        let end = self.writer().end;
        spare.cut_off(end)?;
        for needless in self.stock().take_all() {
            needless.remove()?;
        }
        file::sync_names(&self.folder)
    }

    fn add<'p>(
        &self,
        kind: Kind,
        parts: impl Iterator<Item = &'p CommitPart> + Clone,
    ) -> io::Result<WrittenEntry> {
        let mut writer = self.writer();
        let mut entry = std::mem::take(&mut writer.entry);
        let directory_bytes = entry::compose(&mut entry, parts)
            .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "too much at once"))?;
        self.make_room(&mut writer, entry.len() as u64)?;
        let sequence = writer.sequence;
        let head = writer.head(kind, directory_bytes);
        entry::seal(&mut entry, head);
        writer.active.write_at(&entry, writer.end)?;
        if let Some(tap) = &writer.tap {
            tap.add(&entry);
        }
        let written = WrittenEntry {
            sequence,
            bytes: entry.len(),
        };
        writer.end += entry.len() as u64;
        writer.ordinal += 1;
        writer.sequence += 1;
        writer.stated = head.needed;
        // Bound: what most groups need is kept.
        entry.clear();
        entry.shrink_to(ENTRY_BYTES_KEPT);
        writer.entry = entry;
        Ok(written)
    }

    /// Goes on to another file if this one would have to grow, and another is ready that need not,
    /// or if it has grown enough.
    fn make_room(&self, writer: &mut Writer, bytes: u64) -> io::Result<()> {
        let end = writer.end + bytes;
        if writer.end == 0 || end <= writer.active.bytes() {
            return Ok(());
        }
        let has_room = |spare: &JournalFile| spare.bytes() >= bytes || end > FILE_BYTES;
        let spare = self.stock().take_spare_if(has_room);
        let next = match spare {
            Some(spare) => spare,
            None if end <= GROWN_BYTES_MAX => return Ok(()),
            None => self.create()?,
        };
        self.go_on_to(writer, next);
        Ok(())
    }

    fn go_on_to(&self, writer: &mut Writer, next: Arc<JournalFile>) {
        let last = writer.sequence - 1;
        let full = std::mem::replace(&mut writer.active, next);
        if writer.synced < last {
            writer.unsynced.push(Arc::clone(&full));
        }
        self.stock().put_full(last, full);
        writer.number += 1;
        writer.ordinal = 0;
        writer.end = 0;
    }

    /// Makes a file whose name is on disk.
    fn create(&self) -> io::Result<Arc<JournalFile>> {
        let slot = self.stock().take_slot();
        let file = JournalFile::create(&self.folder, slot)?;
        file::sync_names(&self.folder)?;
        Ok(Arc::new(file))
    }

    fn sync_files(&self) -> io::Result<()> {
        let (active, full, last, stated) = {
            let mut writer = self.writer();
            let full = std::mem::take(&mut writer.unsynced);
            let active = Arc::clone(&writer.active);
            (active, full, writer.sequence - 1, writer.stated)
        };
        for file in &full {
            self.sync_file(file)?;
        }
        self.sync_file(&active)?;
        let mut writer = self.writer();
        writer.synced = writer.synced.max(last);
        writer.needed_on_disk = writer.needed_on_disk.max(stated);
        Ok(())
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests break the disk of this journal")]
    fn sync_file(&self, file: &JournalFile) -> io::Result<()> {
        file.sync()
    }

    #[cfg(test)]
    fn sync_file(&self, file: &JournalFile) -> io::Result<()> {
        let broken = self.broken.get();
        broken.map_or_else(|| file.sync(), std::fs::File::sync_data)
    }

    fn failed(&self, error: io::Error) -> StorageError {
        if error.kind() == io::ErrorKind::FileTooLarge {
            let message = "commits are too large for an entry of the journal";
            return StorageError::new(StorageErrorKind::Unavailable, message).with_source(error);
        }
        failure::of_folder("journal cannot be written", &self.folder, error)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // Invariant: it changes after whatever can fail; room that is lost is made again.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        // Invariant: no code that can panic runs under this lock.
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// The head of the next entry.
    fn head(&self, kind: Kind, directory_bytes: u32) -> Head {
        Head {
            kind,
            file: self.number,
            sequence: self.sequence,
            synced: self.synced,
            needed: self.needed,
            settlements: self.settlements,
            ordinal: self.ordinal,
            units: 0,
            directory_bytes,
        }
    }

    fn has_small_entries(&self) -> bool {
        self.end <= LARGE_ENTRY_BYTES * u64::from(self.ordinal)
    }
}
