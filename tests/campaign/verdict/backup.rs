//! A backup that was acknowledged restores, and holds all that was acknowledged before.

use std::{collections::BTreeSet, error::Error, fs, path::PathBuf};

use sempre::storage::{Backup, SledStore, WorkMeter};

use crate::campaign::{
    line::Request,
    patron::Patron,
    place::Folder,
    verdict::{Look, Promises, Verdict, payload, run},
};

/// The backups that were looked at.
#[derive(Default)]
pub(in crate::campaign) struct Backups(BTreeSet<Request>);

impl Backups {
    /// How many were restored.
    pub(in crate::campaign) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Restores each backup that has been acknowledged since, and looks into it. Gives back the folder
    /// of the last one.
    pub(in crate::campaign) fn check(
        &mut self,
        folder: &Folder,
        patron: &Patron,
    ) -> Result<Option<Folder>, Box<dyn Error>> {
        let mut last = None;
        for (request, number) in &patron.said.done {
            if matches!(request, Request::Backup(_)) && self.0.insert(request.clone()) {
                let restored = restore(folder, patron, request, number.parse()?);
                let restored = restored.map_err(|error| format!("{request:?}: {error}"))?;
                last = Some(restored);
            }
        }
        Ok(last)
    }
}

fn restore(
    folder: &Folder,
    patron: &Patron,
    request: &Request,
    number: u32,
) -> Result<Folder, Box<dyn Error>> {
    let restored = Folder::new(folder.path().join("restored"));
    if restored.path().exists() {
        fs::remove_dir_all(restored.path())?;
    }
    fs::create_dir(restored.path())?;
    let done = SledStore::restore(
        folder.backups(),
        restored.store(),
        Some(number),
        &WorkMeter::new(),
    )?;
    if !done.check.is_sound() {
        return Err(format!("what was restored has {:?}", done.check.faults).into());
    }
    check_restored(folder, &restored, patron, request)?;
    Ok(restored)
}

fn check_restored(
    folder: &Folder,
    restored: &Folder,
    patron: &Patron,
    request: &Request,
) -> Verdict {
    let missing = "what was said by then is known";
    let look = Look::at(&restored.store())?;
    let promises = Promises {
        said: patron.when_asked.get(request).ok_or(missing)?,
        later: patron.when_done.get(request).ok_or(missing)?,
        when_asked: &patron.when_asked,
        when_done: &patron.when_done,
    };
    run::check(&look, &promises)?;
    payload::check(&look, &payloads(folder), false)
}

/// The content that was copied with backups.
fn payloads(folder: &Folder) -> PathBuf {
    folder.backups().join(Backup::PAYLOADS_FOLDER)
}
