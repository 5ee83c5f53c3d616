//! The roster itself: what comes in, what goes, and who may pass.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{ExecutionStatus, RunId},
    storage::RunEntry,
    visibility::{
        Hidden, Sieve,
        roster::{
            block::Block,
            kind::{Kinds, UNSURE},
            plan::Plan,
            row::Row,
        },
    },
};

/// Of each run the few things that it is found by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    /// In the order of the ids; none is empty.
    blocks: Vec<Arc<Block>>,
    kinds: Kinds,
    len: usize,
}

/// Runs that may pass, next to one another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    /// The runs, the latest first.
    pub(crate) runs: Vec<RunId>,
    /// How many runs there are from the first to the last of them, at most.
    pub(crate) among: usize,
}

impl Roster {
    /// How many runs it has.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Takes a run in, or what is new of it.
    pub(crate) fn insert(&mut self, entry: &RunEntry) {
        let kind = self.kinds.number(entry);
        let row = Row::of(entry);
        let index = self.block_of(row.run_id);
        let Some(block) = self.blocks.get_mut(index) else {
            self.blocks
                .push(Arc::new(Block::of([(row, kind)].into_iter())));
            self.len += 1;
            return;
        };
        let at = match block.find(row.run_id) {
            Ok(at) => return Arc::make_mut(block).replace(at, &row, kind),
            Err(at) => at,
        };
        self.len += 1;
        if !block.is_full() {
            return Arc::make_mut(block).insert(at, &row, kind);
        }
        // Most runs are later than all others, and then a block stays full.
        if at == block.len() {
            let new = Block::of([(row, kind)].into_iter());
            return self.blocks.insert(index + 1, Arc::new(new));
        }
        let block = Arc::make_mut(block);
        let mut later = block.split();
        match later.find(row.run_id) {
            Err(0) => block.insert(at, &row, kind),
            Ok(at) | Err(at) => later.insert(at, &row, kind),
        }
        self.blocks.insert(index + 1, Arc::new(later));
    }

    /// Takes in those of these runs that it does not have; the latest comes first.
    pub(crate) fn insert_missing<'e>(
        &mut self,
        entries: impl DoubleEndedIterator<Item = &'e RunEntry>,
    ) {
        let missing = entries.filter(|entry| !self.has(entry.execution.run_id));
        let missing: Vec<_> = missing.rev().collect();
        let (Some(first), Some(last)) = (missing.first(), missing.last()) else {
            return;
        };
        let earliest = self.blocks.first().and_then(|block| block.first());
        if earliest.is_none_or(|earliest| last.execution.run_id < earliest) {
            debug_assert!(first.execution.run_id <= last.execution.run_id);
            let kinds = &mut self.kinds;
            let rows = missing.iter();
            let block = Block::of(rows.map(|entry| (Row::of(entry), kinds.number(entry))));
            self.len += block.len();
            self.blocks.insert(0, Arc::new(block));
            return;
        }
        for entry in missing {
            self.insert(entry);
        }
    }

    /// Forgets a run.
    pub(crate) fn remove(&mut self, run_id: RunId) {
        let index = self.block_of(run_id);
        let Some(block) = self.blocks.get_mut(index) else {
            return;
        };
        let Ok(at) = block.find(run_id) else {
            return;
        };
        self.len -= 1;
        if block.len() == 1 {
            self.blocks.remove(index);
        } else {
            Arc::make_mut(block).remove(at);
        }
    }

    /// Forgets the earliest runs, some at a time; says which is the first that is left.
    pub(crate) fn forget_earliest(&mut self) -> Option<RunId> {
        if !self.blocks.is_empty() {
            let forgotten = self.blocks.remove(0);
            self.len -= forgotten.len();
        }
        self.blocks.first()?.first()
    }

    /// The runs that may pass, from `floor` on and before `before`, the latest first.
    pub(crate) fn spans<'r>(
        &'r self,
        sieve: &'r Sieve,
        hidden: Option<&Hidden>,
        floor: RunId,
        before: Option<RunId>,
    ) -> impl Iterator<Item = Span> + 'r {
        let plan = Plan::new(sieve, hidden, &self.kinds);
        let is_before = move |run_id| before.is_none_or(|before| run_id < before);
        let end = self
            .blocks
            .partition_point(|block| block.first().is_some_and(is_before));
        let blocks = self.blocks.iter().take(end).rev();
        let blocks = blocks.take_while(move |block| block.last().is_some_and(|last| last >= floor));
        blocks.filter_map(move |block| {
            if !plan.may_have(block) {
                return None;
            }
            let rows = (0..block.len()).rev();
            let passing = rows.filter(|at| plan.passes(block, *at));
            let runs = passing.filter_map(|at| block.run_id(at));
            let runs: Vec<_> = runs
                .filter(|run_id| *run_id >= floor && is_before(*run_id))
                .collect();
            let among = block.len();
            (!runs.is_empty()).then_some(Span { runs, among })
        })
    }

    /// How many runs pass, by status; `None` if it takes the store to know.
    pub(crate) fn count(
        &self,
        sieve: &Sieve,
        hidden: Option<&Hidden>,
    ) -> Option<BTreeMap<ExecutionStatus, u64>> {
        if !sieve.is_exact() {
            return None;
        }
        let plan = Plan::new(sieve, hidden, &self.kinds);
        let mut by_kind = vec![0_u64; self.kinds.len()];
        for block in &self.blocks {
            if !plan.may_have(block) {
                continue;
            }
            for (at, kind) in block.kinds().iter().enumerate() {
                if plan.passes(block, at)
                    && let Some(count) = by_kind.get_mut(*kind as usize)
                {
                    *count += 1;
                }
            }
        }
        if by_kind.get(UNSURE as usize).is_some_and(|count| *count > 0) {
            return None;
        }
        let mut by_status = BTreeMap::new();
        for (number, count) in by_kind.into_iter().enumerate() {
            if count > 0
                && let Some(kind) = self.kinds.get(number)
            {
                *by_status.entry(kind.status).or_default() += count;
            }
        }
        Some(by_status)
    }

    fn has(&self, run_id: RunId) -> bool {
        let block = self.blocks.get(self.block_of(run_id));
        block.is_some_and(|block| block.find(run_id).is_ok())
    }

    /// The block that a run is in, or else the one that it belongs to.
    fn block_of(&self, run_id: RunId) -> usize {
        let later = |block: &Arc<Block>| block.first().is_some_and(|first| first <= run_id);
        self.blocks.partition_point(later).saturating_sub(1)
    }
}
