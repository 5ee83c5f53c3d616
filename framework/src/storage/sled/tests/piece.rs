//! Values are cut into pieces and put together again, and what is missing is said.

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        StorageError, StorageErrorKind,
        sled::{
            key,
            piece::{self, PIECE_BYTES_MAX, Piece},
        },
    },
};

fn tree() -> ::sled::Db {
    let config = ::sled::Config::new().temporary(true);
    config.open().expect("a store in memory")
}

/// The key of a piece of the value with this number.
fn key_of(sequence: u64, piece: Piece) -> key::BundleKey {
    key::bundle(
        RunId::from_u128(sequence.into()),
        RecordNumber::new(1),
        piece,
    )
}

fn values(tree: &::sled::Db) -> Result<Vec<(u64, usize)>, StorageError> {
    let broken = |sequence: u64, index| {
        let what = format!("value={sequence} piece={index}");
        StorageError::new(StorageErrorKind::Corrupt, what)
    };
    let parse = |bytes: &[u8]| {
        let ((run_id, _), piece) = key::parse_bundle(bytes)?;
        let sequence = u128::from_be_bytes(*run_id.as_bytes());
        Some((u64::try_from(sequence).ok()?, piece))
    };
    let values = piece::values(tree.iter(), parse, broken);
    values
        .map(|value| value.map(|(of, bytes)| (of, bytes.len())))
        .collect()
}

#[test]
fn a_value_is_cut_into_as_many_pieces_as_it_takes() {
    let max = PIECE_BYTES_MAX;
    for (bytes, count) in [
        (0, 1),
        (1, 1),
        (max, 1),
        (max + 1, 2),
        (2 * max, 2),
        (9 * max, 9),
    ] {
        assert_eq!(piece::count(bytes), Some(count));
        let value = vec![7; bytes];
        let parts: Vec<_> = piece::cut(&value).collect();
        assert_eq!(parts.len(), count as usize);
        assert_eq!(
            parts.iter().map(|(_, part)| part.len()).sum::<usize>(),
            bytes
        );
        assert!(parts.iter().all(|(_, part)| part.len() <= max));
        let named: Vec<_> = parts.iter().map(|(piece, _)| *piece).collect();
        assert_eq!(named, piece::pieces(count).collect::<Vec<_>>());
        assert!(named.last().unwrap().is_last);
    }
    assert_eq!(piece::count(usize::MAX), None, "more than a key can name");
}

#[test]
fn values_come_back_in_the_order_of_their_keys() {
    let tree = tree();
    let sizes = [0, 1, PIECE_BYTES_MAX + 1, 3, 5 * PIECE_BYTES_MAX];
    for (sequence, size) in (1..).zip(sizes) {
        for (piece, part) in piece::cut(&vec![7; size]) {
            tree.insert(key_of(sequence, piece), part).unwrap();
        }
    }
    let expected: Vec<_> = (1..).zip(sizes).collect();
    assert_eq!(values(&tree).unwrap(), expected);
}

#[test]
fn a_missing_piece_is_reported() {
    let cut = |index, is_last| Piece { index, is_last };
    let cases = [
        (1, cut(0, false), "value=1 piece=0"),
        (1, cut(1, false), "value=1 piece=1"),
        (1, cut(2, true), "value=1 piece=2"),
        (2, cut(0, false), "value=2 piece=0"),
        (2, cut(1, false), "value=2 piece=1"),
        (2, cut(2, true), "value=2 piece=2"),
    ];
    for (sequence, missing, says) in cases {
        let tree = tree();
        for sequence in 1..=2 {
            for (piece, part) in piece::cut(&vec![7; 2 * PIECE_BYTES_MAX + 1]) {
                tree.insert(key_of(sequence, piece), part).unwrap();
            }
        }
        let removed = tree.remove(key_of(sequence, missing)).unwrap();
        assert!(removed.is_some());
        assert_eq!(values(&tree).unwrap_err().to_string(), says);
    }
}
