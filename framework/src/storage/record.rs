//! The record codec: one transition as bytes that prove what they are.
//!
//! A record begins with a header of sixteen bytes, all numbers big-endian:
//!
//! | bytes | meaning                                                        |
//! |-------|----------------------------------------------------------------|
//! | 0     | `S`                                                            |
//! | 1     | the version of this layout                                     |
//! | 2–3   | flags, none so far                                             |
//! | 4–7   | the record's number                                            |
//! | 8–11  | the record's length with its header, the low 32 bits           |
//! | 12–15 | CRC-32 over the run id, the twelve bytes above, and the rest   |
//!
//! Then come the [`Wake`], so that recovery reads it without the entries, and the time and the
//! entries, each as MessagePack with structs as arrays. A field appended to a struct is missing in
//! older records and reads as its default; anything else that changes needs a new version.
//!
//! Absent on purpose: compression, encryption and any knowledge of where records are kept.

use std::borrow::Cow;

use bytes::Bytes;
use rmp_serde::{Deserializer, Serializer, decode::ReadRefReader};
use serde::{
    Deserialize, Deserializer as _, Serialize,
    de::{SeqAccess, Visitor},
};

use crate::{
    model::{Entry, RecordNumber, RunId, Timestamp, Transition, Wake, limits},
    storage::{StorageError, StoredRecord},
};

/// The first byte of every record.
const MAGIC: u8 = b'S';
/// The layout that this release writes; it reads all up to this one.
const VERSION: u8 = 1;
/// Bytes before the wake.
const HEADER_BYTES: usize = 16;
/// What is set aside for a record before it is written; most need no more.
const CAPACITY_BYTES: usize = 512;
/// How deep a record's lists may stand in each other: a failure is in the one it caused, and
/// around and inside of such a chain there is a fixed number of others.
const DEPTH_MAX: usize = limits::FAILURE_CHAIN_MAX + 28;

/// What a record holds after the wake.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Body<'t> {
    at: Timestamp,
    entries: Cow<'t, [Entry]>,
}

/// Writes a transition as the record with this number of this run.
pub fn encode(run_id: RunId, number: RecordNumber, transition: &Transition) -> Bytes {
    let mut record = Vec::with_capacity(CAPACITY_BYTES);
    record.resize(HEADER_BYTES, 0);
    write(&mut record, &transition.wake);
    let body = Body {
        at: transition.at,
        entries: Cow::Borrowed(&transition.entries),
    };
    write(&mut record, &body);

    let content = record.get(HEADER_BYTES..).unwrap_or_default();
    let header = Header::of(run_id, number, content).to_bytes();
    for (place, byte) in record.iter_mut().zip(header) {
        *place = byte;
    }
    record.into()
}

/// Reads a record of this run back as the transition it was.
///
/// # Errors
/// `Corrupt`, naming run and record, if it is not what [`encode`] wrote for them.
pub fn decode(run_id: RunId, record: &StoredRecord) -> Result<Transition, StorageError> {
    let corrupt = |what: rmp_serde::decode::Error| corrupt(run_id, record, what);
    let mut content = content(run_id, record)?;
    let wake = Wake::deserialize(&mut content).map_err(corrupt)?;
    let body = Body::deserialize(&mut content).map_err(corrupt)?;
    Ok(Transition {
        at: body.at,
        entries: body.entries.into_owned(),
        wake,
    })
}

/// Reads what recovery has to know about a record, and nothing of its entries: what the run needs
/// next, and when that was decided, if it can be read.
///
/// # Errors
/// `Corrupt`, naming run and record, if it is not what [`encode`] wrote for them.
pub fn peek_wake(
    run_id: RunId,
    record: &StoredRecord,
) -> Result<(Wake, Option<Timestamp>), StorageError> {
    let mut content = content(run_id, record)?;
    let wake = Wake::deserialize(&mut content).map_err(|what| corrupt(run_id, record, what))?;
    let mut at = None;
    // The entries behind the time are left where they are, which the reader calls an error.
    let _entries_are_left = content.deserialize_any(FirstOf(&mut at));
    Ok((wake, at))
}

/// Takes the first value of a list.
struct FirstOf<'t>(&'t mut Option<Timestamp>);

impl<'de> Visitor<'de> for FirstOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        *self.0 = list.next_element()?;
        Ok(())
    }
}

/// The header of a record; two are equal only if run, number, length and content are.
#[derive(PartialEq, Eq, Debug)]
struct Header {
    version: u8,
    flags: u16,
    number: u32,
    length: u32,
    checksum: u32,
}

impl Header {
    /// The header that belongs before this content.
    fn of(run_id: RunId, number: RecordNumber, content: &[u8]) -> Self {
        let mut header = Self {
            version: VERSION,
            flags: 0,
            number: number.get(),
            length: low_32_bits(HEADER_BYTES + content.len()),
            checksum: 0,
        };
        let mut crc = crc32fast::Hasher::new();
        crc.update(run_id.as_bytes());
        crc.update(&header.checked_bytes());
        crc.update(content);
        header.checksum = crc.finalize();
        header
    }

    /// The bytes that the checksum covers.
    fn checked_bytes(&self) -> [u8; HEADER_BYTES - 4] {
        let [f0, f1] = self.flags.to_be_bytes();
        let [n0, n1, n2, n3] = self.number.to_be_bytes();
        let [l0, l1, l2, l3] = self.length.to_be_bytes();
        [MAGIC, self.version, f0, f1, n0, n1, n2, n3, l0, l1, l2, l3]
    }

    fn to_bytes(&self) -> impl Iterator<Item = u8> + use<> {
        self.checked_bytes()
            .into_iter()
            .chain(self.checksum.to_be_bytes())
    }

    /// The header in these bytes; `None` if no record begins like this.
    fn from_bytes(bytes: [u8; HEADER_BYTES]) -> Option<Self> {
        let [
            magic,
            version,
            f0,
            f1,
            n0,
            n1,
            n2,
            n3,
            l0,
            l1,
            l2,
            l3,
            c0,
            c1,
            c2,
            c3,
        ] = bytes;
        (magic == MAGIC).then_some(Self {
            version,
            flags: u16::from_be_bytes([f0, f1]),
            number: u32::from_be_bytes([n0, n1, n2, n3]),
            length: u32::from_be_bytes([l0, l1, l2, l3]),
            checksum: u32::from_be_bytes([c0, c1, c2, c3]),
        })
    }

    /// What is wrong with this header where `expected` should stand, said as precisely as possible.
    fn complaint(&self, expected: &Self) -> Option<String> {
        let Self {
            version,
            flags,
            number,
            length,
            ..
        } = *self;
        if self == expected {
            None
        } else if version != VERSION {
            Some(format!(
                "unknown layout, written by a newer release? version={version}"
            ))
        } else if flags != expected.flags {
            Some(format!("unknown flags={flags:#06x}"))
        } else if number != expected.number {
            Some(format!("another record's number={number}"))
        } else if length != expected.length {
            Some(format!(
                "wrong length: found={} written={length}",
                expected.length
            ))
        } else {
            Some("wrong checksum, or another run's record".into())
        }
    }
}

/// What follows the header, once the header has vouched for it.
fn content(
    run_id: RunId,
    record: &StoredRecord,
) -> Result<Deserializer<ReadRefReader<'_, [u8]>>, StorageError> {
    let (header, content) = record
        .bytes
        .split_first_chunk()
        .ok_or_else(|| corrupt(run_id, record, "shorter than its header"))?;
    let header = Header::from_bytes(*header)
        .ok_or_else(|| corrupt(run_id, record, "not the beginning of a record"))?;
    if let Some(complaint) = header.complaint(&Header::of(run_id, record.number, content)) {
        return Err(corrupt(run_id, record, complaint));
    }
    let mut content = Deserializer::from_read_ref(content);
    // Bound: a chain of causes that nobody wrote would take the stack; it is refused.
    content.set_max_depth(DEPTH_MAX);
    Ok(content)
}

fn corrupt(run_id: RunId, record: &StoredRecord, what: impl std::fmt::Display) -> StorageError {
    StorageError::corrupt(run_id, record.number, what)
}

#[expect(clippy::expect_used, reason = "there is no I/O that could fail")]
fn write<T: Serialize>(record: &mut Vec<u8>, value: &T) {
    value
        .serialize(&mut Serializer::new(record))
        .expect("model types serialize, and memory takes what is written to it");
}

/// Lengths are compared, never added up, so the low bits say enough even past 4 GiB.
fn low_32_bits(length: usize) -> u32 {
    let [.., l0, l1, l2, l3] = (length as u64).to_be_bytes();
    u32::from_be_bytes([l0, l1, l2, l3])
}
