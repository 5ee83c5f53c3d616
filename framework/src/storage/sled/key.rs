//! Keys: everything lives in one tree, told apart by the first byte.
//!
//! | key                                             | value                              |
//! |-------------------------------------------------|------------------------------------|
//! | `c`, run id (16)                                | the index entry of a closed run    |
//! | `f`                                             | the version of this layout         |
//! | `o`, run id (16)                                | the index entry of an open run     |
//! | `r`, run id (16), number (4), piece (4)         | a piece of a record                |
//! | `w`, workflow id                                | the run id of its latest run       |
//!
//! Numbers are big-endian, so that keys sort as the tuples they stand for, and run ids begin with
//! their time, so that new keys arrive nearly in order. The piece counts from 0, and the last
//! piece of a record says that it is: a record without its end is seen to be incomplete.

use std::ops::RangeInclusive;

use crate::model::{RecordNumber, RunId, WorkflowId};

/// The key of the layout's version.
pub(super) const FORMAT: [u8; 1] = *b"f";

const CLOSED: u8 = b'c';
const OPEN: u8 = b'o';
const RECORD: u8 = b'r';
const WORKFLOW: u8 = b'w';

/// The bytes of a key that names a run.
pub(super) type RunKey = [u8; 17];
/// The bytes of a key that names a piece of a record.
pub(super) type PieceKey = [u8; 25];

/// Where a piece stands in its record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Piece {
    /// Its position, from 0.
    pub(super) index: u32,
    /// Whether the record ends with it.
    pub(super) is_last: bool,
}

impl Piece {
    /// The bit that marks the last piece; it also makes the last piece sort last.
    const LAST: u32 = 0x8000_0000;
    /// Bound: the highest index; one more would make a last piece sort like [`record_end`].
    pub(super) const INDEX_MAX: u32 = Self::LAST - 2;

    fn to_number(self) -> u32 {
        if self.is_last {
            self.index | Self::LAST
        } else {
            self.index
        }
    }

    fn from_number(number: u32) -> Self {
        Self {
            index: number & !Self::LAST,
            is_last: number & Self::LAST != 0,
        }
    }
}

/// The key of the index entry of an open run.
pub(super) fn open_run(run_id: RunId) -> RunKey {
    run_key(OPEN, run_id)
}

/// The key of the index entry of a closed run.
pub(super) fn closed_run(run_id: RunId) -> RunKey {
    run_key(CLOSED, run_id)
}

/// The run that a key of an index entry names.
pub(super) fn parse_run(key: &[u8]) -> Option<RunId> {
    let (_, run_id) = key.split_first()?;
    run_id.try_into().ok().map(RunId::from_bytes)
}

/// The key of the latest run of an execution.
pub(super) fn current_run(workflow_id: &WorkflowId) -> Vec<u8> {
    let mut key = vec![WORKFLOW];
    key.extend_from_slice(workflow_id.as_str().as_bytes());
    key
}

/// The key of one piece of a record.
pub(super) fn piece(run_id: RunId, number: RecordNumber, piece: Piece) -> PieceKey {
    piece_key(run_id, number, piece.to_number())
}

/// The keys that the pieces of these records lie between.
pub(super) fn records(
    run_id: RunId,
    from: RecordNumber,
    to: RecordNumber,
) -> RangeInclusive<PieceKey> {
    piece_key(run_id, from, 0)..=record_end(run_id, to)
}

/// A key after every piece of this record and before the next record; no piece has it.
pub(super) fn record_end(run_id: RunId, number: RecordNumber) -> PieceKey {
    piece_key(run_id, number, u32::MAX)
}

/// What a key says about its piece; `None` if it is no key of a piece.
pub(super) fn parse_piece(key: &[u8]) -> Option<(RunId, RecordNumber, Piece)> {
    let (&RECORD, rest) = key.split_first()? else {
        return None;
    };
    let (run_id, rest) = rest.split_first_chunk()?;
    let (number, piece) = rest.split_first_chunk()?;
    let number = u32::from_be_bytes(*number);
    let piece = u32::from_be_bytes(piece.try_into().ok()?);
    Some((
        RunId::from_bytes(*run_id),
        RecordNumber::new(number),
        Piece::from_number(piece),
    ))
}

fn run_key(kind: u8, run_id: RunId) -> RunKey {
    gather([kind].into_iter().chain(*run_id.as_bytes()))
}

fn piece_key(run_id: RunId, number: RecordNumber, piece: u32) -> PieceKey {
    let parts = run_key(RECORD, run_id)
        .into_iter()
        .chain(number.get().to_be_bytes())
        .chain(piece.to_be_bytes());
    gather(parts)
}

/// The first `N` bytes of an iterator that has as many.
fn gather<const N: usize>(mut bytes: impl Iterator<Item = u8>) -> [u8; N] {
    [(); N].map(|()| bytes.next().unwrap_or_default())
}
