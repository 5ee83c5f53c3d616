//! Pieces: values cut to what a page of sled holds well, and put together again.

use std::iter;

use bytes::Bytes;

use crate::storage::{StorageError, sled::failure};

/// Bound: sixteen pieces fill a page of sled, which must stay far below a quarter of a segment, or
/// sled writes it to a file of its own and never syncs that file.
pub(super) const PIECE_BYTES_MAX: usize = 4 * 1024;

/// Where a piece stands in its value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Piece {
    /// Its position, from 0.
    pub(super) index: u32,
    /// Whether the value ends with it.
    pub(super) is_last: bool,
}

impl Piece {
    /// The piece that is a value as a whole.
    pub(super) const WHOLE: Self = Self {
        index: 0,
        is_last: true,
    };
    /// The bit that marks the last piece; it also makes the last piece sort last.
    const LAST: u32 = 0x8000_0000;
    /// Bound: the highest index; one more would make a last piece sort like the end of its value.
    pub(super) const INDEX_MAX: u32 = Self::LAST - 2;

    /// The piece as keys say it.
    pub(super) fn to_number(self) -> u32 {
        if self.is_last {
            self.index | Self::LAST
        } else {
            self.index
        }
    }

    /// The piece of which keys say this.
    pub(super) fn from_number(number: u32) -> Self {
        Self {
            index: number & !Self::LAST,
            is_last: number & Self::LAST != 0,
        }
    }
}

/// Into how many pieces a value of so many bytes is cut; `None` if nothing can name as many.
pub(super) fn count(bytes: usize) -> Option<u32> {
    let last = bytes.saturating_sub(1) / PIECE_BYTES_MAX;
    let last = u32::try_from(last).ok();
    last.filter(|last| *last <= Piece::INDEX_MAX)
        .map(|last| last + 1)
}

/// The pieces that a value of so many pieces has.
pub(super) fn pieces(count: u32) -> impl Iterator<Item = Piece> {
    (0..count).map(move |index| Piece {
        index,
        is_last: index + 1 == count,
    })
}

/// Cuts a value that can be, see [`count`].
pub(super) fn cut(value: &[u8]) -> impl Iterator<Item = (Piece, &[u8])> {
    let count = count(value.len()).unwrap_or_default();
    let parts = value.chunks(PIECE_BYTES_MAX);
    // An empty value is one empty piece.
    pieces(count).zip(parts.chain(iter::repeat(&[][..])))
}

/// Puts values together from the pieces in a range of keys, in the order of the keys.
///
/// `parse` says what value a key belongs to, and `broken` how it is called that a value has no
/// piece with this index.
pub(super) fn values<K: PartialEq>(
    mut pairs: ::sled::Iter,
    parse: impl Fn(&[u8]) -> Option<(K, Piece)>,
    broken: impl Fn(K, u32) -> StorageError,
) -> impl Iterator<Item = Result<(K, Bytes), StorageError>> {
    iter::from_fn(move || {
        let mut begun: Option<(K, u32, Vec<u8>)> = None;
        loop {
            let (key, part) = match pairs.next() {
                Some(Ok(pair)) => pair,
                Some(Err(error)) => return Some(Err(failure::reading(error))),
                None => return begun.map(|(owner, index, _)| Err(broken(owner, index))),
            };
            // A range of pieces holds keys of pieces only.
            let (owner, piece) = parse(&key)?;
            match begun.take() {
                None if piece == Piece::WHOLE => {
                    return Some(Ok((owner, Bytes::copy_from_slice(&part))));
                }
                None if piece.index == 0 => begun = Some((owner, 1, part.to_vec())),
                None => return Some(Err(broken(owner, 0))),
                Some((begun_by, index, _)) if begun_by != owner || piece.index != index => {
                    return Some(Err(broken(begun_by, index)));
                }
                Some((_, index, mut value)) => {
                    value.extend_from_slice(&part);
                    if piece.is_last {
                        return Some(Ok((owner, value.into())));
                    }
                    begun = Some((owner, index + 1, value));
                }
            }
        }
    })
}
