//! Some runs that follow one another, in columns.

use std::ops::RangeInclusive;

use crate::{
    model::RunId,
    visibility::roster::{
        kind::UNSURE,
        packed::Packed,
        row::{Row, head},
    },
};

/// Bound: runs of a block, which are moved where one comes in between, and copied where the block is
/// shared.
pub(super) const RUNS_MAX: usize = 1_024;

/// Some runs that follow one another, in the order of their ids. All columns have the same length.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    run_ids: Vec<RunId>,
    kinds: Vec<u32>,
    started: Vec<u64>,
    heads: Vec<u64>,
    workflow_ids: Packed<u8>,
    marks: Packed<u32>,
}

impl Block {
    /// A block of these runs, which are in order.
    pub(super) fn of<'e>(rows: impl Iterator<Item = (Row<'e>, u32)>) -> Self {
        let mut block = Self::default();
        for (row, kind) in rows {
            block.insert(block.len(), &row, kind);
        }
        block
    }

    pub(super) fn len(&self) -> usize {
        self.run_ids.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= RUNS_MAX
    }

    pub(super) fn first(&self) -> Option<RunId> {
        self.run_ids.first().copied()
    }

    pub(super) fn last(&self) -> Option<RunId> {
        self.run_ids.last().copied()
    }

    /// Where a run is, or else where it belongs.
    pub(super) fn find(&self, run_id: RunId) -> Result<usize, usize> {
        self.run_ids.binary_search(&run_id)
    }

    pub(super) fn insert(&mut self, at: usize, row: &Row<'_>, kind: u32) {
        self.run_ids.insert(at, row.run_id);
        self.kinds.insert(at, kind);
        self.started.insert(at, row.started);
        self.heads.insert(at, head(row.workflow_id));
        self.workflow_ids.insert(at, row.workflow_id.as_bytes());
        self.marks.insert(at, &row.marks);
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.run_ids.remove(at);
        self.kinds.remove(at);
        self.started.remove(at);
        self.heads.remove(at);
        self.workflow_ids.remove(at);
        self.marks.remove(at);
    }

    /// Says anew what there is to say of the run at this place.
    pub(super) fn replace(&mut self, at: usize, row: &Row<'_>, kind: u32) {
        // What most changes change is the kind alone.
        let is_same = self.started.get(at) == Some(&row.started)
            && self.workflow_ids.get(at) == row.workflow_id.as_bytes()
            && self.marks.get(at) == row.marks;
        if is_same && let Some(own) = self.kinds.get_mut(at) {
            *own = kind;
            return;
        }
        self.remove(at);
        self.insert(at, row, kind);
    }

    /// Takes the later half out.
    pub(super) fn split(&mut self) -> Self {
        let at = self.len() / 2;
        Self {
            run_ids: self.run_ids.split_off(at),
            kinds: self.kinds.split_off(at),
            started: self.started.split_off(at),
            heads: self.heads.split_off(at),
            workflow_ids: self.workflow_ids.split_off(at),
            marks: self.marks.split_off(at),
        }
    }

    pub(super) fn run_id(&self, at: usize) -> Option<RunId> {
        self.run_ids.get(at).copied()
    }

    pub(super) fn kinds(&self) -> &[u32] {
        &self.kinds
    }

    pub(super) fn kind(&self, at: usize) -> u32 {
        self.kinds.get(at).copied().unwrap_or(UNSURE)
    }

    pub(super) fn started(&self, at: usize) -> u64 {
        self.started.get(at).copied().unwrap_or_default()
    }

    pub(super) fn head(&self, at: usize) -> u64 {
        self.heads.get(at).copied().unwrap_or_default()
    }

    pub(super) fn workflow_id(&self, at: usize) -> &str {
        std::str::from_utf8(self.workflow_ids.get(at)).unwrap_or_default()
    }

    pub(super) fn marks(&self, at: usize) -> &[u32] {
        self.marks.get(at)
    }

    /// Whether not all is known of a run here.
    pub(super) fn is_unsure(&self) -> bool {
        self.kinds.contains(&UNSURE)
    }

    /// Whether a run here has this mark.
    pub(super) fn has(&self, mark: u32) -> bool {
        self.marks.has(mark)
    }

    /// Whether the id of a run here, or one of which not all is known, begins like this.
    pub(super) fn has_head(&self, head: u64, mask: u64) -> bool {
        // Counted, because that takes less than looking for the first one.
        let found = self.heads.iter().filter(|own| **own & mask == head);
        found.count() > 0 || self.is_unsure()
    }

    /// Whether a run here, or one of which not all is known, has started then.
    pub(super) fn has_started(&self, range: &RangeInclusive<u64>) -> bool {
        let found = self.started.iter().filter(|own| range.contains(own));
        found.count() > 0 || self.is_unsure()
    }
}
