//! All pairs of a tree that it holds for others, read while something settles.
//!
//! What is read is no picture of one moment: a pair may be older than one that came before it. But a
//! value that was cut to pieces comes as a whole.

use ::sled::{Batch, IVec, Tree};

use crate::storage::{
    StorageError,
    sled::{failure, key, piece::Piece},
};

/// Bound: bytes of pairs that are written at a time.
const BATCH_BYTES_MAX: usize = 256 * 1024;

/// A key and its value.
pub(super) type Pair = (IVec, IVec);

/// Whether a key holds what is the store's own: its format, and how often something has settled.
pub(super) fn is_own(key: &[u8]) -> bool {
    *key == key::FORMAT || *key == key::SETTLEMENTS
}

/// Reads all pairs but the store's own, in the order of their keys; `take` ends the reading by an error.
pub(super) fn for_each(
    tree: &Tree,
    mut take: impl FnMut(&Pair) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    // Bound: the pieces of one bundle, which is one record of at most 64 MiB, or much less.
    let mut pieces: Vec<Pair> = Vec::new();
    for pair in tree {
        let pair = pair.map_err(failure::reading)?;
        let bundle = key::parse_bundle(&pair.0);
        let follows = pieces.last().and_then(|(last, _)| key::parse_bundle(last));
        if let Some((owner, _)) = follows
            && bundle.is_none_or(|(bundle, _)| bundle != owner)
        {
            take_bundle(tree, &std::mem::take(&mut pieces), &mut take)?;
        }
        match bundle {
            None if is_own(&pair.0) => {}
            None => take(&pair)?,
            Some((_, piece)) if piece == Piece::WHOLE && pieces.is_empty() => take(&pair)?,
            Some(_) => pieces.push(pair),
        }
    }
    take_bundle(tree, &pieces, &mut take)
}

/// Takes the pieces of a bundle: if some are missing, those that are there now, because the bundle may
/// have settled between them.
fn take_bundle(
    tree: &Tree,
    pieces: &[Pair],
    take: &mut impl FnMut(&Pair) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let Some(((run_id, last), _)) = pieces.first().and_then(|(it, _)| key::parse_bundle(it)) else {
        return Ok(());
    };
    if is_whole(pieces) {
        return pieces.iter().try_for_each(take);
    }
    let again = tree.range(key::bundles(run_id, last, last));
    let again: Vec<Pair> = again.collect::<Result<_, _>>().map_err(failure::reading)?;
    again.iter().try_for_each(take)
}

fn is_whole(pieces: &[Pair]) -> bool {
    let mut found = pieces.iter().filter_map(|(it, _)| key::parse_bundle(it));
    let indexes = found.clone().map(|(_, piece)| piece.index);
    let ends = found.next_back().is_some_and(|(_, piece)| piece.is_last);
    ends && indexes.eq(0..u32::try_from(pieces.len()).unwrap_or(u32::MAX))
}

/// Writes pairs to a tree that nobody else reads, many at a time.
pub(super) struct PairWriter<'t> {
    tree: &'t Tree,
    batch: Batch,
    bytes: usize,
}

impl<'t> PairWriter<'t> {
    /// Writes to this tree.
    pub(super) fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            batch: Batch::default(),
            bytes: 0,
        }
    }

    /// Puts a pair to its place, before long.
    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        self.batch.insert(key, value);
        self.grow(key.len() + value.len())
    }

    /// Removes a key, before long.
    pub(super) fn remove(&mut self, key: &[u8]) -> Result<(), StorageError> {
        self.batch.remove(key);
        self.grow(key.len())
    }

    /// Whether a key is there, as far as has been [flushed](Self::flush).
    pub(super) fn contains(&self, key: &[u8]) -> Result<bool, StorageError> {
        self.tree.contains_key(key).map_err(failure::reading)
    }

    /// Puts all to its place.
    pub(super) fn flush(&mut self) -> Result<(), StorageError> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        self.tree.apply_batch(batch).map_err(failure::writing)
    }

    fn grow(&mut self, bytes: usize) -> Result<(), StorageError> {
        self.bytes += bytes;
        if self.bytes < BATCH_BYTES_MAX {
            return Ok(());
        }
        self.flush()
    }
}
