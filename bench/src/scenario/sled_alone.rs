//! What sled alone can commit: one key a record, as many records in a flush as the engine had.

use std::{fs::OpenOptions, path::Path};

use sempre::Durability;
use sled::{Batch, Config};

use crate::{Outcome, clock, measurement::float};

/// The segments that a store of sempre has.
const SEGMENT_BYTES: usize = 8 * 1024 * 1024;
/// The cache that a store of sempre has unless it is told otherwise.
const CACHE_BYTES: u64 = 256 * 1024 * 1024;
/// Bound: records that are written; more say nothing new.
const RECORDS_MAX: u64 = 100_000;

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Records {
    pub(super) count: u64,
    /// Bytes of each.
    pub(super) bytes: u64,
    /// How many share a flush.
    pub(super) group: u64,
}

/// Writes such records into a new database; returns how many it took in a second.
pub(super) fn commit(folder: &Path, records: Records, durability: Durability) -> Outcome<f64> {
    let path = folder.join("alone.sled");
    let db = Config::new()
        .path(&path)
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(CACHE_BYTES)
        .open()?;
    // sled's own flush does not wait for the disk; this is what does.
    let log = OpenOptions::new().read(true).open(path.join("db"))?;
    let count = records.count.min(RECORDS_MAX);
    let value = vec![7_u8; usize::try_from(records.bytes)?];
    let begun = clock::now();
    let mut written = 0;
    while written < count {
        let group = records.group.clamp(1, count - written);
        let mut batch = Batch::default();
        for number in written..written + group {
            batch.insert(&key(number), value.as_slice());
        }
        db.apply_batch(batch)?;
        if durability == Durability::Fsync {
            db.flush()?;
            log.sync_data()?;
        }
        written += group;
    }
    let took = begun.elapsed();
    Ok(float(count) / took.as_secs_f64())
}

/// A key as long as a store's: the kind, the run, the number of the record and its piece.
fn key(number: u64) -> [u8; 23] {
    let mut key = [0; 23];
    let places = key.iter_mut().skip(1);
    for (place, byte) in places.zip(number.to_be_bytes()) {
        *place = byte;
    }
    key
}
