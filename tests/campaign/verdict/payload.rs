//! Content that a run names is there, and what no run names goes.

use std::{collections::BTreeSet, path::Path};

use sempre::{
    model::ContentKey,
    storage::{FileStorage, PayloadStorage as _},
};

use crate::{
    campaign::{
        line::Request,
        patron::Said,
        place::Folder,
        verdict::{Look, Verdict},
        workload::chit_id,
    },
    crash::ledger,
};

/// Bound: keys that are listed at a time; there are fewer.
const KEYS_MAX: usize = 1_000_000;

/// Content that a run names is there and is what it was; of what no run names there is nothing, where
/// that was looked for.
pub(in crate::campaign) fn check(look: &Look, payloads: &Path, is_swept: bool) -> Verdict {
    let files = FileStorage::open(payloads)?;
    let kept: BTreeSet<ContentKey> = files.list(None, KEYS_MAX)?.into_iter().collect();
    for key in &kept {
        let content = files.get(key)?.ok_or("what is listed is there")?;
        if ContentKey::of(&content) != *key {
            return Err(format!("{key} is the name of something else").into());
        }
    }
    let mut named = BTreeSet::new();
    for run in look.all.values().flatten() {
        named.extend(look.named(run.run_id)?);
    }
    if let Some(missing) = named.difference(&kept).next() {
        return Err(format!("{missing} is named, and gone").into());
    }
    match kept.difference(&named).next() {
        Some(left) if is_swept => Err(format!("{left} is left, and nobody names it").into()),
        _ => Ok(()),
    }
}

/// All chits have gone, and those whose time had passed were handed to the archive before.
pub(in crate::campaign) fn check_expired(look: &Look, folder: &Folder, said: &Said) -> Verdict {
    let archived = ledger::read(&folder.archive())?;
    let archived: BTreeSet<&str> = archived.keys().map(|(id, _)| id.as_str()).collect();
    let is_swept = said.asked.iter().any(|it| matches!(it, Request::Sweep(_)));
    for request in said.done.keys() {
        let Request::Chit(number) = request else {
            continue;
        };
        let id = chit_id(*number);
        if !look.runs_of(&id).is_empty() {
            return Err(format!("{id} is there, and its time has passed").into());
        }
        let is_torn = said.asked.contains(&Request::Tear(*number));
        if !is_torn && !is_swept && !archived.contains(&*id) {
            return Err(format!("{id} has gone, and the archive does not have it").into());
        }
    }
    Ok(())
}
