//! What a repair sets aside: a backup of the pairs that the store does not keep, and a text that says
//! why.

use std::{fs, io::Write as _, path::PathBuf};

use crate::storage::{
    Backup, StorageError, StoreCheck,
    backup::{BackupFolder, BackupList, BlockWriter, FileId, Item},
    names::sync_entries,
    sled::{failure, pairs::Pair, store::SledStore},
};

/// How the name of the folder begins; what follows is the time.
const PREFIX: &str = "set-aside-";
/// The text for people.
const FOUND_FILE: &str = "found.txt";

/// Pairs that are set aside, in a folder that is made for the first of them.
pub(super) struct Aside<'s> {
    store: &'s SledStore,
    path: PathBuf,
    begun: Option<Begun>,
}

struct Begun {
    folder: BackupFolder,
    to: BlockWriter,
    backup: Backup,
}

impl<'s> Aside<'s> {
    /// A place for what this store does not keep.
    pub(super) fn new(store: &'s SledStore) -> Result<Self, StorageError> {
        let now = store.folder().taken_at()?;
        let now = crate::model::Timestamp::from(now).to_string();
        let digits: String = now.chars().filter(char::is_ascii_digit).collect();
        Ok(Self {
            store,
            path: store.folder().path().join(format!("{PREFIX}{digits}")),
            begun: None,
        })
    }

    /// Sets a pair aside.
    pub(super) fn add(&mut self, (key, value): &Pair) -> Result<(), StorageError> {
        let begun = match &mut self.begun {
            Some(begun) => begun,
            none => none.insert(Begun::in_folder(&self.path)?),
        };
        begun.backup.written_pairs += 1;
        begun.to.add(Item::Pair(key, value))
    }

    /// Says what was found, and finishes the backup; gives back its folder, if anything was set aside.
    ///
    /// # Durability
    /// All of it is on disk then.
    pub(super) fn finish(self, found: &StoreCheck) -> Result<Option<PathBuf>, StorageError> {
        let Some(mut begun) = self.begun else {
            return Ok(None);
        };
        let path = self.path.join(FOUND_FILE);
        let say = || {
            let mut text = fs::File::create(&path)?;
            writeln!(
                text,
                "What a repair of the store has set aside here, as a backup."
            )?;
            for fault in &found.faults {
                writeln!(text, "{fault}")?;
            }
            if found.more_faults > 0 {
                writeln!(text, "and {} more", found.more_faults)?;
            }
            text.sync_all()
        };
        say().map_err(|error| failure::of_folder("nothing can be set aside", &path, error))?;
        begun.backup.bytes = begun.to.finish()?;
        let lineage = self
            .store
            .content()
            .lineage(self.store.folder().fingerprint()?)?;
        begun.folder.write_list(&BackupList {
            store: FileId(lineage.0),
            backups: vec![begun.backup],
        })?;
        let within = self.store.folder().path();
        sync_entries(within)
            .map_err(|error| failure::of_folder("nothing can be set aside", within, error))?;
        Ok(Some(self.path))
    }
}

impl Begun {
    fn in_folder(path: &std::path::Path) -> Result<Self, StorageError> {
        let folder = BackupFolder::take(path)?;
        let file = folder.new_id()?;
        Ok(Self {
            to: BlockWriter::create(&folder.file(1), file)?,
            backup: Backup::new(1, folder.taken_at()?, file),
            folder,
        })
    }
}
