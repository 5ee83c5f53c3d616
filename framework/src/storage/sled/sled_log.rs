//! sled's log, read without sled: its segments, its messages, and where it ends.
//!
//! sled ends its recovery at the first message that is not whole, and writes over what lies behind
//! it. So whatever is to be known of a log has to be found out before sled opens it. The format is
//! that of sled 0.34.7, the last of its line:
//!
//! * The log is cut into segments of one size. A segment begins with a header of 20 bytes: a
//!   checksum, the log sequence number (LSN) of its first byte, and up to which LSN everything had
//!   been written when it was begun. A segment that is free is used again, with a higher LSN.
//! * Messages follow, each with a checksum over itself. The last one of a segment is a cap, or
//!   reaches to within 32 bytes of its end.

use std::{collections::BTreeMap, fs::File, io};

/// The bytes of a segment's header.
pub(super) const SEGMENT_HEADER_BYTES: usize = 20;
/// No message begins so near to the end of its segment.
const MAX_MESSAGE_HEADER_BYTES: u64 = 32;
/// What a disk writes as a whole.
const SECTOR_BYTES: u64 = 512;
/// What numbers in headers are combined with, so that zeros are no header.
const NUMBER_MASK: u64 = 0x7fff_ffff_ffff_ffff;

/// A log that can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct SledLog<'f> {
    /// The file.
    pub(super) file: &'f File,
    /// The size of a segment.
    pub(super) segment_bytes: u64,
}

/// The header of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SegmentHeader {
    /// The LSN of its first byte.
    pub(super) lsn: u64,
    /// Up to where everything had been written when it was begun.
    pub(super) stable: u64,
}

/// What is at the beginning of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SegmentStart {
    /// Zeros: nothing has been written, or it was given back.
    Unused,
    /// A segment.
    Segment(SegmentHeader),
    /// Anything else.
    Garbled,
}

/// A message, by where it ends in its segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Message {
    /// It is whole.
    Whole {
        /// What it is about; `None` for one that was given up, and for the beginning of a batch.
        page: Option<u64>,
        /// Whether it says all of the page, so that earlier messages about it mean nothing.
        replaces: bool,
        /// Where the next one begins.
        next: u64,
    },
    /// Nothing more comes in this segment.
    Cap,
    /// It is not whole, or there is none.
    Broken,
}

impl SledLog<'_> {
    /// What every segment begins with, in the order of their places.
    pub(super) fn slots(&self) -> io::Result<Vec<SegmentStart>> {
        let count = self.file.metadata()?.len().div_ceil(self.segment_bytes);
        (0..count).map(|slot| self.slot(slot)).collect()
    }

    fn slot(&self, slot: u64) -> io::Result<SegmentStart> {
        let header = self.read(slot * self.segment_bytes, SEGMENT_HEADER_BYTES as u64)?;
        let Some(header) = header.first_chunk::<SEGMENT_HEADER_BYTES>() else {
            return Ok(SegmentStart::Unused);
        };
        if header.iter().all(|byte| *byte == 0) {
            return Ok(SegmentStart::Unused);
        }
        let header = parse_header(header).filter(|it| it.lsn % self.segment_bytes == 0);
        Ok(header.map_or(SegmentStart::Garbled, SegmentStart::Segment))
    }

    /// The segment at this place, as far as the file reaches.
    pub(super) fn segment(&self, slot: u64) -> io::Result<Vec<u8>> {
        self.read(slot * self.segment_bytes, self.segment_bytes)
    }

    fn read(&self, at: u64, bytes: u64) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; usize::try_from(bytes).unwrap_or_default()];
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match read_at(self.file, rest, at + filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        buffer.truncate(filled);
        Ok(buffer)
    }

    /// The message at this place of a segment with this LSN.
    pub(super) fn message(&self, segment: &[u8], lsn: u64, at: u64) -> Message {
        if at + MAX_MESSAGE_HEADER_BYTES > self.segment_bytes {
            return Message::Cap;
        }
        let number = lsn / self.segment_bytes;
        let rest = usize::try_from(at).ok().and_then(|at| segment.get(at..));
        rest.and_then(|rest| parse_message(rest, number, at))
            .unwrap_or(Message::Broken)
    }

    /// The page that a message which is not whole is about, if its beginning can be read.
    pub(super) fn page_of_broken(&self, segment: &[u8], lsn: u64, at: u64) -> Option<u64> {
        let rest = segment.get(usize::try_from(at).ok()?..)?;
        let header = Header::parse(rest)?;
        // A header across two sectors may be half of one message and half of another.
        let is_torn = at % SECTOR_BYTES + header.bytes as u64 > SECTOR_BYTES;
        let is_ours = header.segment_number == lsn / self.segment_bytes;
        header.page().filter(|_| is_ours && !is_torn)
    }

    /// Where the log ends for sled, which reads on from this LSN: behind the last message of those
    /// that follow on each other, from the segment on that is known not to be all written.
    pub(super) fn end(&self, slots: &[SegmentStart], from: u64) -> io::Result<u64> {
        let mut segments = BTreeMap::new();
        let mut stable = from;
        for (place, slot) in (0_u64..).zip(slots) {
            if let SegmentStart::Segment(header) = slot
                && header.lsn >= from
            {
                segments.insert(header.lsn, place);
                stable = stable.max(header.stable);
            }
        }
        let mut end = 0;
        let mut lsn = stable / self.segment_bytes * self.segment_bytes;
        while let Some(place) = segments.get(&lsn) {
            let segment = self.segment(*place)?;
            let mut at = SEGMENT_HEADER_BYTES as u64;
            loop {
                end = lsn + at;
                match self.message(&segment, lsn, at) {
                    Message::Whole { next, .. } => at = next,
                    Message::Cap => break,
                    Message::Broken => return Ok(end),
                }
            }
            lsn += self.segment_bytes;
        }
        Ok(end)
    }
}

/// Reads a segment's header; `None` if it is none.
fn parse_header(bytes: &[u8; SEGMENT_HEADER_BYTES]) -> Option<SegmentHeader> {
    let (checksum, numbers) = bytes.split_first_chunk::<4>()?;
    let (lsn, stable) = numbers.split_first_chunk::<8>()?;
    if u32::from_le_bytes(*checksum) != !crc32fast::hash(numbers) {
        return None;
    }
    let number = |bytes: [u8; 8]| u64::from_le_bytes(bytes) ^ NUMBER_MASK;
    // Before anything is written sled says -1.
    let not_negative = |number: u64| i64::try_from(number).map_or(0, i64::unsigned_abs);
    Some(SegmentHeader {
        lsn: not_negative(number(*lsn)),
        stable: not_negative(number(stable.try_into().ok()?)),
    })
}

/// What a message begins with.
struct Header {
    checksum: u32,
    kind: u8,
    body_bytes: u64,
    segment_number: u64,
    page: u64,
    bytes: usize,
}

impl Header {
    const CANCELED: u8 = 1;
    const CAP: u8 = 2;
    const REPLACING: [u8; 6] = [4, 5, 6, 7, 8, 9];
    const LAST: u8 = 11;
    /// Stands for no page: a batch begins.
    const BATCH: u64 = u64::MAX - 666;

    /// The page that it is about; a message that was given up, the cap of a segment and the
    /// beginning of a batch are about none.
    fn page(&self) -> Option<u64> {
        let is_about_one =
            !matches!(self.kind, Self::CANCELED | Self::CAP) && self.page != Self::BATCH;
        is_about_one.then_some(self.page)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (checksum, rest) = bytes.split_first_chunk::<4>()?;
        let (&kind, rest) = rest.split_first()?;
        let (body_bytes, rest) = take_number(rest)?;
        let (segment_number, rest) = take_number(rest)?;
        let (page, rest) = take_number(rest)?;
        (Self::CANCELED..=Self::LAST)
            .contains(&kind)
            .then_some(Self {
                checksum: u32::from_le_bytes(*checksum),
                kind,
                body_bytes,
                segment_number,
                page,
                bytes: bytes.len() - rest.len(),
            })
    }
}

/// Reads the message that these bytes of a segment with this number begin with, `at` bytes behind
/// the segment's beginning; `None` if it is not whole.
fn parse_message(bytes: &[u8], segment_number: u64, at: u64) -> Option<Message> {
    let header = Header::parse(bytes)?;
    if header.segment_number != segment_number {
        return None;
    }
    let body = bytes.get(header.bytes..)?;
    let body = body.get(..usize::try_from(header.body_bytes).ok()?)?;
    let mut crc = crc32fast::Hasher::new();
    crc.update(body);
    crc.update(bytes.get(4..header.bytes)?);
    if header.checksum != !crc.finalize() {
        return None;
    }
    if header.kind == Header::CAP {
        return Some(Message::Cap);
    }
    Some(Message::Whole {
        page: header.page(),
        replaces: Header::REPLACING.contains(&header.kind),
        next: at + header.bytes as u64 + header.body_bytes,
    })
}

/// Takes off a number as sled writes it: the larger it is, the more bytes.
fn take_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let byte = |position: usize| rest.get(position).copied().map(u64::from);
    let (number, length) = match first {
        0..=240 => (u64::from(first), 0),
        241..=248 => (240 + 256 * (u64::from(first) - 241) + byte(0)?, 1),
        249 => (2288 + 256 * byte(0)? + byte(1)?, 2),
        _ => {
            let length = usize::from(first) - 247;
            let mut number = [0; 8];
            number
                .get_mut(..length)?
                .copy_from_slice(rest.get(..length)?);
            (u64::from_le_bytes(number), length)
        }
    };
    Some((number, rest.get(length..)?))
}

#[cfg(unix)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
