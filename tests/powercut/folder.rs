//! Names: which file stands where, and what of that is on disk after a cut.

use std::collections::{BTreeMap, BTreeSet};

use crate::powercut::cut::Cut;

/// A name in a folder.
pub(crate) type Place = (u64, String);

/// What was done to the names of all folders, in order.
#[derive(Default, Debug)]
pub(crate) struct Names {
    changes: Vec<Renaming>,
    /// When the syncs of folders began and ended.
    syncs: BTreeMap<u64, Vec<(usize, usize)>>,
}

/// One change of names, by the lines of the trace in which it began and ended.
#[derive(Clone, Debug)]
pub(crate) struct Renaming {
    pub(crate) began: usize,
    pub(crate) ended: usize,
    /// The name that goes.
    pub(crate) from: Option<Place>,
    /// The name that comes, and what it stands for.
    pub(crate) to: Option<(Place, u64)>,
}

impl Renaming {
    fn places(&self) -> impl Iterator<Item = &Place> {
        self.from.iter().chain(self.to.iter().map(|(to, _)| to))
    }
}

/// The names after a cut.
pub(crate) struct NamesState {
    pub(crate) names: BTreeMap<Place, u64>,
    /// The changes that are not there.
    pub(crate) lost: Vec<Renaming>,
}

impl Names {
    pub(crate) fn add(&mut self, change: Renaming) {
        self.changes.push(change);
    }

    pub(crate) fn add_sync(&mut self, folder: u64, began: usize, ended: usize) {
        self.syncs.entry(folder).or_default().push((began, ended));
    }

    /// When something happened to names.
    pub(crate) fn moments(&self) -> impl Iterator<Item = usize> {
        let changes = self.changes.iter().map(|it| (it.began, it.ended));
        let all = changes.chain(self.syncs.values().flatten().copied());
        all.flat_map(|(began, ended)| [began + 1, ended.saturating_add(1)])
    }

    /// The names as processes see them.
    pub(crate) fn now(&self) -> BTreeMap<Place, u64> {
        let mut names = BTreeMap::new();
        for change in &self.changes {
            apply(&mut names, change);
        }
        names
    }

    /// What a cut leaves of them.
    pub(crate) fn after(&self, cut: &Cut) -> NamesState {
        let happened = || self.changes.iter().filter(|it| it.began < cut.at);
        let unsynced = happened().filter(|it| !self.is_synced(it, cut.at)).count();
        let (mut names, mut lost) = (BTreeMap::new(), Vec::new());
        let mut stuck: BTreeSet<&Place> = BTreeSet::new();
        let mut nth = 0;
        for change in happened() {
            let mut is_there = self.is_synced(change, cut.at);
            if !is_there {
                // What happens to a name happens in order.
                let is_free = !change.places().any(|place| stuck.contains(place));
                is_there = is_free && cut.keeps_name(nth, unsynced);
                nth += 1;
            }
            if is_there {
                apply(&mut names, change);
            } else {
                stuck.extend(change.places());
                lost.push(change.clone());
            }
        }
        NamesState { names, lost }
    }

    /// Whether all folders that a change is about were synced after it.
    fn is_synced(&self, change: &Renaming, at: usize) -> bool {
        change.places().all(|(folder, _)| {
            let syncs = self.syncs.get(folder).into_iter().flatten();
            let mut done = syncs.filter(|(_, ended)| *ended < at);
            change.ended == 0 || done.any(|(began, _)| change.ended < *began)
        })
    }
}

fn apply(names: &mut BTreeMap<Place, u64>, change: &Renaming) {
    if let Some(from) = &change.from {
        names.remove(from);
    }
    if let Some((to, file)) = &change.to {
        names.insert(to.clone(), *file);
    }
}
