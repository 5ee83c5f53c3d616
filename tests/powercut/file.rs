//! A file: everything that was written to it, and what of that is on disk after a cut.

use crate::powercut::cut::{Cut, Unsynced};

/// What a disk writes as a whole.
pub(crate) const SECTOR_BYTES: u64 = 512;

/// What was done to a file, in order.
#[derive(Default, Debug)]
pub(crate) struct File {
    changes: Vec<Change>,
    /// When its syncs began and ended.
    syncs: Vec<(usize, usize)>,
    /// For each sector, the changes that touch it.
    sectors: Vec<Vec<usize>>,
    size: u64,
}

/// One change of a file, by the lines of the trace in which it began and ended.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) began: usize,
    pub(crate) ended: usize,
    /// Whether it is on disk once it has returned.
    pub(crate) is_synchronous: bool,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Write { at: u64, bytes: Vec<u8> },
    Resize { from: u64, to: u64 },
}

/// A file after a cut.
#[derive(Default)]
pub(crate) struct FileState {
    pub(crate) bytes: Vec<u8>,
    /// How many writes were not synced.
    pub(crate) unsynced: usize,
    /// How many of their sectors are there, and how many are not.
    pub(crate) kept: usize,
    pub(crate) lost: usize,
    /// How many changes of the size are not there.
    pub(crate) lost_sizes: usize,
}

impl Change {
    /// The sectors that it touches; empty if it only makes the file longer.
    fn sectors(&self) -> std::ops::Range<u64> {
        let (from, to) = match &self.what {
            What::Write { at, bytes } => (*at, at + bytes.len() as u64),
            What::Resize { from, to } => (*to, (*from).max(*to)),
        };
        if from == to {
            return 0..0;
        }
        from / SECTOR_BYTES..to.div_ceil(SECTOR_BYTES)
    }

    fn is_shrinking(&self) -> bool {
        matches!(self.what, What::Resize { from, to } if to < from)
    }

    fn size_after(&self, size: u64) -> u64 {
        match &self.what {
            What::Write { at, bytes } => size.max(at + bytes.len() as u64),
            What::Resize { to, .. } => *to,
        }
    }

    /// Does to a sector what it does to the file.
    fn apply(&self, sector: u64, content: &mut [u8]) {
        let begin = sector * SECTOR_BYTES;
        match &self.what {
            What::Write { at, bytes } => {
                let skipped = usize::try_from(begin.saturating_sub(*at)).unwrap_or_default();
                let into = usize::try_from(at.saturating_sub(begin)).unwrap_or_default();
                let source = bytes.get(skipped..).unwrap_or_default();
                let target = content.get_mut(into..).unwrap_or_default();
                for (target, source) in target.iter_mut().zip(source) {
                    *target = *source;
                }
            }
            What::Resize { to, .. } => {
                let into = usize::try_from(to.saturating_sub(begin)).unwrap_or_default();
                content.get_mut(into..).unwrap_or_default().fill(0);
            }
        }
    }
}

impl File {
    /// A file that has been there for ever.
    pub(crate) fn with(bytes: Vec<u8>) -> Self {
        let mut file = Self::default();
        file.add(Change {
            began: 0,
            ended: 0,
            is_synchronous: true,
            what: What::Write { at: 0, bytes },
        });
        file
    }

    /// Takes note of a change, in the order of their ends.
    pub(crate) fn add(&mut self, change: Change) {
        for sector in change.sectors() {
            let sector = usize::try_from(sector).unwrap_or_default();
            if self.sectors.len() <= sector {
                self.sectors.resize(sector + 1, Vec::new());
            }
            if let Some(changes) = self.sectors.get_mut(sector) {
                changes.push(self.changes.len());
            }
        }
        self.size = change.size_after(self.size);
        self.changes.push(change);
    }

    pub(crate) fn add_sync(&mut self, began: usize, ended: usize) {
        self.syncs.push((began, ended));
    }

    /// How long it is as processes see it.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// What is in it as processes see it.
    pub(crate) fn content(&self) -> Vec<u8> {
        let mut content = Vec::new();
        for change in &self.changes {
            let size = change.size_after(content.len() as u64);
            content.resize(usize::try_from(size).unwrap_or_default(), 0);
            if let What::Write { at, bytes } = &change.what {
                let at = usize::try_from(*at).unwrap_or_default();
                if let Some(target) = content.get_mut(at..at + bytes.len()) {
                    target.copy_from_slice(bytes);
                }
            }
        }
        content
    }

    /// When something happened to it.
    pub(crate) fn moments(&self) -> impl Iterator<Item = usize> {
        let changes = self.changes.iter().map(|it| (it.began, it.ended));
        let all = changes.chain(self.syncs.iter().copied());
        all.flat_map(|(began, ended)| [began + 1, ended.saturating_add(1)])
    }

    /// What a cut leaves of it.
    pub(crate) fn after(&self, cut: &Cut, file: u64) -> FileState {
        let view = View::new(self, cut.at);
        let mut state = FileState {
            unsynced: view.unsynced,
            ..FileState::default()
        };
        let resizing = view.resizing_after_sync();
        let kept_sizes = cut.kept_sizes(file, resizing.len());
        state.lost_sizes = resizing.len() - kept_sizes;
        // Invariant: sizes change in order, so all changes up to the last one that is kept are.
        let sized_until = resizing.get(kept_sizes).copied();
        let sized_until = sized_until.unwrap_or(self.changes.len());
        let size = view.size_at(sized_until);
        state.bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        let sectors = state
            .bytes
            .chunks_mut(usize::try_from(SECTOR_BYTES).unwrap_or(1));
        for ((number, content), changes) in (0_u64..).zip(sectors).zip(&self.sectors) {
            let mut present: Vec<usize> = Vec::new();
            for index in changes.iter().copied().filter(|it| view.happened(*it)) {
                let Some(change) = self.changes.get(index) else {
                    continue;
                };
                if view.is_durable(index) || (change.is_shrinking() && index < sized_until) {
                    present.push(index);
                } else if change.is_shrinking() {
                    // What came after it was written to room that is not there.
                    break;
                } else {
                    let sectors = change.sectors();
                    let unsynced = Unsynced {
                        file,
                        write: index,
                        nth: view.nth_unsynced(index),
                        of: view.unsynced,
                        sector: number,
                        sectors: (sectors.start, sectors.end - 1),
                    };
                    if cut.keeps_sector(unsynced) {
                        state.kept += 1;
                        present.push(index);
                    } else {
                        state.lost += 1;
                    }
                }
            }
            // What is on disk is the sector as it was after the last change that reached it, with
            // all that had been written to it before.
            if let Some(last) = present.last() {
                let so_far = changes.iter().take_while(|it| *it <= last);
                for index in so_far.filter(|it| view.happened(**it)) {
                    if let Some(change) = self.changes.get(*index) {
                        change.apply(number, content);
                    }
                }
            }
        }
        state
    }
}

/// A file at the moment of a cut.
struct View<'f> {
    file: &'f File,
    at: usize,
    /// What ended before this is on disk.
    synced_from: usize,
    /// For each change, how many unsynced ones come before it.
    ranks: Vec<usize>,
    unsynced: usize,
}

impl<'f> View<'f> {
    fn new(file: &'f File, at: usize) -> Self {
        let done = file.syncs.iter().filter(|(_, ended)| *ended < at);
        let synced_from = done.map(|(began, _)| *began).max().unwrap_or(0);
        let mut view = Self {
            file,
            at,
            synced_from,
            ranks: Vec::with_capacity(file.changes.len()),
            unsynced: 0,
        };
        for index in 0..file.changes.len() {
            view.ranks.push(view.unsynced);
            if view.happened(index) && !view.is_durable(index) {
                view.unsynced += 1;
            }
        }
        view
    }

    fn change(&self, index: usize) -> Option<&'f Change> {
        self.file.changes.get(index)
    }

    fn happened(&self, index: usize) -> bool {
        self.change(index).is_some_and(|it| it.began < self.at)
    }

    fn is_durable(&self, index: usize) -> bool {
        self.change(index).is_some_and(|it| {
            let returned = it.ended < self.at && it.is_synchronous;
            self.happened(index) && (returned || it.ended < self.synced_from)
        })
    }

    fn nth_unsynced(&self, index: usize) -> usize {
        self.ranks.get(index).copied().unwrap_or_default()
    }

    /// The changes of the size that need not be on disk.
    fn resizing_after_sync(&self) -> Vec<usize> {
        let count = self.file.changes.len();
        let last_durable = (0..count).rev().find(|it| self.is_durable(*it));
        let from = last_durable.map_or(0, |last| last + 1);
        let mut size = self.size_at(from);
        let mut resizing = Vec::new();
        for index in (from..count).filter(|it| self.happened(*it)) {
            let after = self.change(index).map_or(size, |it| it.size_after(size));
            if after != size {
                resizing.push(index);
                size = after;
            }
        }
        resizing
    }

    /// The size after all changes before this one.
    fn size_at(&self, until: usize) -> u64 {
        let changes = (0..until).filter(|it| self.happened(*it));
        let changes = changes.filter_map(|index| self.change(index));
        changes.fold(0, |size, change| change.size_after(size))
    }
}
