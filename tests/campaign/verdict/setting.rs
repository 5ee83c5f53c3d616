//! What operators have set is in force: in a life in which it was from the start to the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs, io,
    path::Path,
};

use sempre::model::EventAttributes;

use crate::{
    campaign::{
        line::InForce,
        place::Folder,
        verdict::{Look, Verdict},
    },
    crash::ledger::{self, Mark},
};

/// How far things were at some moment.
#[derive(Clone, Debug)]
pub(in crate::campaign) struct Marks {
    /// The bytes of the bank's side file.
    bank: usize,
    /// The workflow tasks that each trip has begun, if somebody wants to know.
    tasks: Option<BTreeMap<String, usize>>,
}

impl Marks {
    /// How far things are now; workflow tasks only where trips are paused.
    pub(in crate::campaign) fn of(
        folder: &Folder,
        in_force: InForce,
    ) -> Result<Self, Box<dyn Error>> {
        let has_tasks = in_force.type_paused && folder.store().exists();
        Ok(Self {
            bank: text(&folder.bank())?.len(),
            tasks: has_tasks.then(|| tasks(folder)).transpose()?,
        })
    }
}

/// How many workflow tasks each trip has begun, if it has begun any.
fn tasks(folder: &Folder) -> Result<BTreeMap<String, usize>, Box<dyn Error>> {
    let look = Look::at(&folder.store())?;
    let mut tasks = BTreeMap::new();
    for id in look
        .all
        .keys()
        .filter(|id| id.as_str().starts_with("trip-"))
    {
        let history = look.history(id.as_str())?;
        let begun = history.attributes();
        let begun = begun.filter(|it| matches!(it, EventAttributes::WorkflowTaskStarted(_)));
        if let count @ 1.. = begun.count() {
            tasks.insert(id.to_string(), count);
        }
    }
    Ok(tasks)
}

fn text(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

/// What was paused has begun nothing since these marks, and what was limited has kept to its limit.
pub(in crate::campaign) fn check(folder: &Folder, since: &Marks, in_force: InForce) -> Verdict {
    let bank = text(&folder.bank())?;
    let bank = bank.get(since.bank..).unwrap_or_default();
    if in_force.queue_paused && !bank.is_empty() {
        return Err(format!("the bank is paused, and has begun {bank}").into());
    }
    // What trips had asked for before goes on; they themselves do nothing.
    if let Some(before) = &since.tasks
        && in_force.type_paused
    {
        let now = tasks(folder)?;
        if let Some((id, _)) = now
            .iter()
            .find(|(id, count)| before.get(*id) != Some(count))
        {
            return Err(format!("trips are paused, and {id} has begun a workflow task").into());
        }
    }
    if in_force.queue_limited {
        check_limit(bank)?;
    }
    Ok(())
}

/// One attempt at a time; an attempt has written its last line before its slot is free.
fn check_limit(bank: &str) -> Verdict {
    let mut running = BTreeSet::new();
    for line in bank.lines() {
        let (key, (mark, _)) = ledger::parse(line).ok_or(format!("line {line:?}"))?;
        match mark {
            Mark::Start => drop(running.insert(key)),
            Mark::End => drop(running.remove(&key)),
        }
        if running.len() > 1 {
            return Err(format!("the bank runs one at a time, and has run {running:?}").into());
        }
    }
    Ok(())
}
