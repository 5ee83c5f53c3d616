//! Bundles: consecutive records of a run as one value.
//!
//! A bundle begins with the version of its layout:
//!
//! * 1: each record, behind its length;
//! * 2: the same as a block of LZ4, behind its length before it was compressed.
//!
//! Lengths have four bytes, big-endian. Which records they are follows from the number of the last
//! one, which the bundle's key says. Records carry their own proof, so the bundle has none.

use bytes::Bytes;

use crate::{
    model::{RecordNumber, RunId},
    storage::{StorageError, StoredRecord},
};

/// Records as they are.
const PLAIN: u8 = 1;
/// Records as a block of LZ4.
const COMPRESSED: u8 = 2;
/// The bytes of a length.
const LENGTH_BYTES: usize = 4;
/// Bound: LZ4 makes nothing smaller than by this factor, so what claims to be is damaged, and no
/// memory is taken for it.
const COMPRESSION_MAX: usize = 255;

/// Writes consecutive records as one value.
pub(super) fn encode(records: &[StoredRecord]) -> Vec<u8> {
    let sizes = records
        .iter()
        .map(|record| LENGTH_BYTES + record.bytes.len());
    let mut plain = Vec::with_capacity(1 + sizes.sum::<usize>());
    plain.push(PLAIN);
    for record in records {
        plain.extend_from_slice(&length(&record.bytes));
        plain.extend_from_slice(&record.bytes);
    }
    let (_, content) = plain.split_at(1);
    let block = lz4_flex::block::compress(content);
    if LENGTH_BYTES + block.len() >= content.len() {
        return plain;
    }
    let mut compressed = Vec::with_capacity(1 + LENGTH_BYTES + block.len());
    compressed.push(COMPRESSED);
    compressed.extend_from_slice(&length(content));
    compressed.extend_from_slice(&block);
    compressed
}

/// Reads the records of the bundle that ends with record `last`.
///
/// # Errors
/// `Corrupt`, naming the run and that record, if these are not the bytes of a bundle.
pub(super) fn decode(
    run_id: RunId,
    last: RecordNumber,
    bundle: &Bytes,
) -> Result<Vec<StoredRecord>, StorageError> {
    let damaged = |what: &str| StorageError::corrupt(run_id, last, what);
    let mut rest = match bundle.split_first() {
        Some((&PLAIN, _)) => bundle.slice(1..),
        Some((&COMPRESSED, block)) => {
            decompress(block).ok_or_else(|| damaged("in a bundle that is no block of LZ4"))?
        }
        Some(_) => return Err(damaged("in a bundle of an unknown layout")),
        None => return Err(damaged("in an empty bundle")),
    };
    let mut records = Vec::new();
    while !rest.is_empty() {
        let record = take_sized(&mut rest).ok_or_else(|| damaged("in a bundle cut short"))?;
        records.push(record);
    }
    let last = last.get();
    let first = u32::try_from(records.len())
        .ok()
        .and_then(|count| last.checked_sub(count))
        .ok_or_else(|| damaged("in a bundle of too many records"))?;
    let numbers = (first + 1..=last).map(RecordNumber::new);
    let records = numbers.zip(records);
    Ok(records
        .map(|(number, bytes)| StoredRecord { number, bytes })
        .collect())
}

fn decompress(block: &[u8]) -> Option<Bytes> {
    let (length, block) = block.split_first_chunk::<LENGTH_BYTES>()?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > block.len().saturating_mul(COMPRESSION_MAX) {
        return None;
    }
    let content = lz4_flex::block::decompress(block, length).ok()?;
    (content.len() == length).then(|| content.into())
}

/// The length of a record as a bundle says it.
pub(super) fn length(record: &[u8]) -> [u8; LENGTH_BYTES] {
    // Bound: records have at most 64 MiB. A longer one is read back as damage.
    u32::try_from(record.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes()
}

/// Takes off the bytes that come behind their length; `None` if there are fewer.
pub(super) fn take_sized(rest: &mut Bytes) -> Option<Bytes> {
    let (length, _) = rest.split_first_chunk::<LENGTH_BYTES>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let end = LENGTH_BYTES.checked_add(length)?;
    if rest.len() < end {
        return None;
    }
    let taken = rest.slice(LENGTH_BYTES..end);
    *rest = rest.slice(end..);
    Some(taken)
}
