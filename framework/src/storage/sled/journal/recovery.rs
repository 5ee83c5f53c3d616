//! Recovery: what of the entries in a journal's files counts, and whether something is missing.
//!
//! An entry that is not whole is one of two things. Either it was being written when the process or
//! the machine stopped: then nobody was told that it is there, it and what comes after it count for
//! nothing. Or it was on disk once and has been damaged. Later entries tell: each says up to which
//! entry everything was on disk when it was written, and from which one on the journal was needed.
//!
//! Of a damaged entry everything is taken whose directory can be read. What is garbled are single
//! records then; they keep the bytes that are there, and the runs they belong to are damaged.
//! Where an entry is missing altogether nobody knows whose records were in it: that is an error.
//!
//! Pure: files come as bytes.

use std::collections::BTreeSet;

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        CommitPart, StorageError, StorageErrorKind,
        sled::journal::{
            head::Kind,
            scan::{self, Found},
        },
    },
};

/// A file of the journal, read as a whole.
#[derive(Debug)]
pub(super) struct Image {
    /// Its name, for those who are to look at it.
    pub(super) name: String,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

/// What a journal holds.
#[derive(PartialEq, Debug)]
pub(super) struct Recovered {
    /// The entries with commits, in order, without those that are not needed any more.
    pub(super) entries: Vec<RecoveredEntry>,
    /// The records that are not what was written.
    pub(super) garbled: Vec<GarbledRecord>,
    /// The sequence number of the next entry.
    pub(super) next_sequence: u64,
    /// The number of the next file.
    pub(super) next_file: u64,
    /// The first entry that is still needed.
    pub(super) needed: u64,
    /// How often something had been settled, and synced.
    pub(super) settlements: u64,
    /// For each file the last entry in it that counts, if any.
    pub(super) last_of_files: Vec<Option<u64>>,
}

/// An entry with commits.
#[derive(PartialEq, Debug)]
pub(crate) struct RecoveredEntry {
    /// Its sequence number.
    pub(crate) sequence: u64,
    /// Its length.
    pub(crate) bytes: usize,
    /// The parts of its commits, in order.
    pub(crate) parts: Vec<CommitPart>,
}

/// A record that is not what was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GarbledRecord {
    /// The entry it is in.
    pub(crate) sequence: u64,
    /// The run it belongs to.
    pub(crate) run_id: RunId,
    /// Its number.
    pub(crate) number: RecordNumber,
}

/// Says what a journal of these files holds; `None` if no entry was ever written to them.
///
/// # Errors
/// `Corrupt`, saying which entries are missing, or which files contradict each other.
pub(super) fn recover(images: &[Image]) -> Result<Option<Recovered>, StorageError> {
    let files = in_order(images)?;
    let living = living(&files);
    let Some(newest) = living.iter().map(|(_, found)| found.head).next_back() else {
        return Ok(None);
    };
    let heads = || living.iter().map(|(_, found)| found.head);
    // Invariant: heads that count are proven, so each of these was true when it was written.
    let needed = heads().map(|head| head.needed).max().unwrap_or_default();
    let synced = heads().map(|head| head.synced).max().unwrap_or_default();
    let mut recovered = Recovered {
        entries: Vec::new(),
        garbled: Vec::new(),
        next_sequence: needed,
        next_file: files.last().map_or(0, |file| file.number) + 1,
        needed,
        settlements: heads()
            .map(|head| head.settlements)
            .max()
            .unwrap_or_default(),
        last_of_files: vec![None; images.len()],
    };
    for (image, found) in &living {
        let sequence = found.head.sequence;
        let expected = recovered.next_sequence;
        // Not needed any more, or found a second time.
        if sequence < expected {
            continue;
        }
        let bytes = images.get(*image).map(|image| image.bytes.as_slice());
        let content = found.read(bytes.unwrap_or_default());
        let content = content.filter(|_| sequence == expected);
        let is_torn = content
            .as_ref()
            .is_none_or(|content| !content.garbled.is_empty());
        if is_torn && expected > synced {
            break;
        }
        let Some(content) = content else {
            return Err(missing(expected, sequence));
        };
        let garbled = content
            .garbled
            .iter()
            .filter_map(|at| content.parts.get(*at));
        recovered.garbled.extend(garbled.map(|part| GarbledRecord {
            sequence,
            run_id: part.run_id,
            number: part.number,
        }));
        if found.head.kind == Kind::Commits {
            recovered.entries.push(RecoveredEntry {
                sequence,
                bytes: found.head.bytes(),
                parts: content.parts,
            });
        }
        if let Some(last) = recovered.last_of_files.get_mut(*image) {
            *last = Some(sequence);
        }
        recovered.next_sequence = sequence + 1;
    }
    if recovered.next_sequence <= synced {
        return Err(missing(recovered.next_sequence, newest.sequence));
    }
    Ok(Some(recovered))
}

/// What is in a file, without what it held before it was used again.
struct File {
    /// Which of the images it is.
    image: usize,
    number: u64,
    /// The sequence number of its first entry.
    first: u64,
    found: Vec<Found>,
}

/// The files that hold entries, in the order in which they were written.
fn in_order(images: &[Image]) -> Result<Vec<File>, StorageError> {
    let mut files: Vec<File> = Vec::new();
    for (image, Image { name, bytes }) in images.iter().enumerate() {
        let mut found = scan::entries(bytes);
        let Some(number) = found.iter().map(|found| found.head.file).max() else {
            continue;
        };
        found.retain(|found| found.head.file == number);
        let firsts: BTreeSet<_> = found.iter().map(|it| it.head.first_of_file()).collect();
        let twin = files.iter().find(|file| file.number == number);
        if let Some(twin) = twin.and_then(|twin| images.get(twin.image)) {
            let twin = &twin.name;
            return Err(contradiction(format_args!(
                "{twin} and {name} are the same file"
            )));
        }
        let [first] = *firsts.into_iter().collect::<Vec<_>>() else {
            return Err(contradiction(format_args!(
                "entries of {name} do not belong together"
            )));
        };
        files.push(File {
            image,
            number,
            first,
            found,
        });
    }
    files.sort_by_key(|file| file.number);
    Ok(files)
}

/// The entries that no later file has replaced, in the order of their sequence numbers.
///
/// What a crash left of entries is not written over by the next owner: it begins a new file, with
/// the sequence number of the first entry that does not count.
fn living(files: &[File]) -> Vec<(usize, &Found)> {
    let mut living = Vec::new();
    let mut until = u64::MAX;
    for file in files.iter().rev() {
        let of_file = file.found.iter().rev();
        let of_file = of_file.filter(|found| found.head.sequence < until);
        living.extend(of_file.map(|found| (file.image, found)));
        until = until.min(file.first);
    }
    living.reverse();
    living
}

fn missing(from: u64, until: u64) -> StorageError {
    let last = until.saturating_sub(1).max(from);
    StorageError::new(
        StorageErrorKind::Corrupt,
        format!(
            "journal is damaged, commits that were acknowledged cannot be read, restore a backup: \
             first_entry={from} last_entry={last}"
        ),
    )
}

fn contradiction(what: std::fmt::Arguments<'_>) -> StorageError {
    StorageError::new(
        StorageErrorKind::Corrupt,
        format!("journal is damaged, restore a backup: {what}"),
    )
}
