//! Index entries as bytes: a version, a checksum over key and entry, and the entry.

use crate::storage::{RunEntry, StorageError, StorageErrorKind, sled::key};

/// The layout that this release writes.
const VERSION: u8 = 1;

/// Writes what the index says about a run.
#[expect(clippy::expect_used, reason = "there is no I/O that could fail")]
pub(super) fn encode(key: &key::RunKey, entry: &RunEntry) -> Vec<u8> {
    let entry = rmp_serde::to_vec(entry).expect("index entries serialize");
    let mut bytes = Vec::with_capacity(1 + 4 + entry.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&checksum(key, &entry));
    bytes.extend_from_slice(&entry);
    bytes
}

/// Reads what the index says about the run that the key names.
pub(super) fn decode(key: &[u8], bytes: &[u8]) -> Result<RunEntry, StorageError> {
    let damaged = |what: &str| {
        let run_id = key::parse_run(key).unwrap_or_default();
        StorageError::new(
            StorageErrorKind::Corrupt,
            format!("index entry is damaged: {what} run_id={run_id}"),
        )
    };
    match bytes.split_first() {
        Some((&VERSION, rest)) => {
            let (found, entry) = rest
                .split_first_chunk()
                .ok_or_else(|| damaged("shorter than its header"))?;
            if *found != checksum(key, entry) {
                return Err(damaged("wrong checksum"));
            }
            rmp_serde::from_slice(entry)
                .map_err(|error| damaged("does not decode").with_source(error))
        }
        Some((version, _)) => Err(damaged(&format!("unknown layout version={version}"))),
        None => Err(damaged("empty")),
    }
}

fn checksum(key: &[u8], entry: &[u8]) -> [u8; 4] {
    let mut crc = crc32fast::Hasher::new();
    crc.update(key);
    crc.update(entry);
    crc.finalize().to_be_bytes()
}
