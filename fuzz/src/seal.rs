//! A true header for any content, written from the description of the layout alone.

use sempre::model::{RecordNumber, RunId};

/// The content as a record of layout 1 that nothing is wrong with so far.
pub fn seal(run_id: RunId, number: RecordNumber, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + content.len()).unwrap_or(u32::MAX);
    let mut record = vec![b'S', 1, 0, 0];
    record.extend(number.get().to_be_bytes());
    record.extend(length.to_be_bytes());

    let mut checksum = crc32fast::Hasher::new();
    checksum.update(run_id.as_bytes());
    checksum.update(&record);
    checksum.update(content);
    record.extend(checksum.finalize().to_be_bytes());
    record.extend(content);
    record
}
