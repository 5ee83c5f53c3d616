//! What is known of sled's log, compared with the log that is found, before sled opens it.
//!
//! sled takes a log that ends too early for one that ends there, a segment whose header is damaged
//! for one that is free, and no log at all for a new one; it says nothing, and writes over what it
//! did not read. So what has to be there is looked for first:
//!
//! * every segment that was there, unless sled has used its place again, or, in a store that was
//!   not closed, given it back;
//! * whole messages, from where sled begins to read up to the end that was known, and to the end
//!   that sled will find.
//!
//! A segment may end in a broken message if a crash struck while sled was using it again. Then
//! nothing in it counts any more: each page that it tells of is told of as a whole later. What sled
//! does not read when it opens a log it reads when somebody asks for it, and checks it then.

use std::{collections::BTreeMap, io};

use derive_more::Display;
use serde::{Deserialize, Serialize};

use crate::storage::sled::sled_log::{Message, SEGMENT_HEADER_BYTES, SegmentStart, SledLog};

/// What was on disk of a log.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct KnownLog {
    /// The LSNs of its segments, by their places.
    segments: Vec<Option<u64>>,
    /// Behind its last message.
    end: u64,
    /// CRC-32 over the segment that the end is in, up to the end.
    checksum: u32,
}

/// How a log differs from what is known of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub(super) enum Difference {
    /// There is nothing in it.
    #[display("the log is empty")]
    Empty,
    /// A segment that was there is gone.
    #[display("the log has lost what was at offset={offset}")]
    LostSegment {
        /// Where it was.
        offset: u64,
    },
    /// It ends too early.
    #[display("the log ends at {end}, and had reached {known}")]
    EndsEarly {
        /// The LSN that it reaches.
        end: u64,
        /// The LSN that it had reached.
        known: u64,
    },
    /// Something in it cannot be read and counts.
    #[display("the log is garbled at offset={offset}")]
    Garbled {
        /// Where it is.
        offset: u64,
    },
    /// It is whole, and not what was written.
    #[display("the log is another store's")]
    Foreign,
}

impl KnownLog {
    /// What is in a log that sled reads from this LSN on.
    pub(super) fn of(log: SledLog<'_>, from: u64) -> io::Result<Self> {
        let slots = log.slots()?;
        let end = log.end(&slots, from)?;
        let segments: Vec<_> = slots
            .iter()
            .map(|slot| match slot {
                // What lies behind the end is given up when sled opens the log.
                SegmentStart::Segment(header) => Some(header.lsn).filter(|lsn| *lsn < end),
                SegmentStart::Unused | SegmentStart::Garbled => None,
            })
            .collect();
        let mut known = Self {
            segments,
            end,
            checksum: 0,
        };
        known.checksum = known.checksum(log)?.unwrap_or_default();
        Ok(known)
    }

    /// What is different in a log that sled reads from this LSN on; a store that was closed has
    /// given back no segments.
    pub(super) fn compare(
        &self,
        log: SledLog<'_>,
        from: u64,
        is_closed: bool,
    ) -> io::Result<Option<Difference>> {
        let slots = log.slots()?;
        if slots.is_empty() {
            return Ok(Some(Difference::Empty));
        }
        let lost = self.lost_segment(&slots, is_closed);
        if let Some(place) = lost {
            let offset = place * log.segment_bytes;
            return Ok(Some(Difference::LostSegment { offset }));
        }
        let from = from / log.segment_bytes * log.segment_bytes;
        let end = log.end(&slots, from)?;
        if end < self.end {
            let known = self.end;
            return Ok(Some(Difference::EndsEarly { end, known }));
        }
        let reading = Reading::of(log, &slots, from, end)?;
        let mut broken = reading.broken.iter();
        if let Some(broken) = broken.find(|it| is_closed || reading.counts(it)) {
            let offset = broken.offset;
            return Ok(Some(Difference::Garbled { offset }));
        }
        let is_ours = reading.broken.is_empty();
        let checksum = if is_ours { self.checksum(log)? } else { None };
        let differs = checksum.is_some_and(|checksum| checksum != self.checksum);
        Ok(differs.then_some(Difference::Foreign))
    }

    /// The place of a segment that has to be there and is not.
    fn lost_segment(&self, slots: &[SegmentStart], is_closed: bool) -> Option<u64> {
        let known = self.segments.iter().zip(0_u64..);
        let mut known = known.filter_map(|(lsn, place)| lsn.map(|lsn| (lsn, place)));
        let lost = known.find(|(lsn, place)| {
            let slot = usize::try_from(*place).ok();
            let slot = slot.and_then(|place| slots.get(place));
            match slot {
                // sled uses a place again for what comes behind all that was there.
                Some(SegmentStart::Segment(header)) => header.lsn != *lsn && header.lsn <= self.end,
                Some(SegmentStart::Unused) | None => is_closed,
                Some(SegmentStart::Garbled) => true,
            }
        });
        lost.map(|(_, place)| place)
    }

    /// The checksum over the segment that the end is in; `None` if its place is used for another.
    fn checksum(&self, log: SledLog<'_>) -> io::Result<Option<u32>> {
        let lsn = self.end / log.segment_bytes * log.segment_bytes;
        let place = self.segments.iter().position(|it| *it == Some(lsn));
        let Some(place) = place else {
            return Ok(None);
        };
        let slots = log.slots()?;
        let is_there = match slots.get(place) {
            Some(SegmentStart::Segment(header)) => header.lsn == lsn,
            _ => false,
        };
        if !is_there {
            return Ok(None);
        }
        let segment = log.segment(place as u64)?;
        let end = usize::try_from(self.end - lsn).unwrap_or_default();
        Ok(segment.get(..end).map(crc32fast::hash))
    }
}

/// What sled will read of a log.
#[derive(Default)]
struct Reading {
    /// For each page, the last message that says all of it.
    replaced: BTreeMap<u64, u64>,
    /// The segments that do not end as they should.
    broken: Vec<BrokenSegment>,
}

struct BrokenSegment {
    lsn: u64,
    /// Where it cannot be read any more.
    offset: u64,
    /// The pages that it tells of, as far as they can be made out.
    pages: Vec<u64>,
}

impl Reading {
    fn of(log: SledLog<'_>, slots: &[SegmentStart], from: u64, end: u64) -> io::Result<Self> {
        let mut reading = Self::default();
        for (place, slot) in (0_u64..).zip(slots) {
            if let SegmentStart::Segment(header) = slot
                && (from..end).contains(&header.lsn)
            {
                reading.read(log, place, header.lsn, end)?;
            }
        }
        Ok(reading)
    }

    fn read(&mut self, log: SledLog<'_>, place: u64, lsn: u64, end: u64) -> io::Result<()> {
        let segment = log.segment(place)?;
        let mut pages = Vec::new();
        let mut at = SEGMENT_HEADER_BYTES as u64;
        while lsn + at < end {
            match log.message(&segment, lsn, at) {
                Message::Whole {
                    page,
                    replaces,
                    next,
                } => {
                    if let Some(page) = page.filter(|_| replaces) {
                        let last = self.replaced.entry(page).or_default();
                        *last = lsn.max(*last);
                    }
                    pages.extend(page);
                    at = next;
                }
                Message::Cap => break,
                Message::Broken => {
                    pages.extend(log.page_of_broken(&segment, lsn, at));
                    pages.extend(pages_behind(log, &segment, lsn, at));
                    let offset = place * log.segment_bytes + at;
                    self.broken.push(BrokenSegment { lsn, offset, pages });
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether something that a segment tells of is told of nowhere later.
    fn counts(&self, broken: &BrokenSegment) -> bool {
        let later = |page: &u64| self.replaced.get(page).is_some_and(|lsn| *lsn > broken.lsn);
        !broken.pages.iter().all(later)
    }
}

/// The pages that whole messages are about behind a broken one, wherever they begin.
fn pages_behind(log: SledLog<'_>, segment: &[u8], lsn: u64, broken: u64) -> Vec<u64> {
    let mut pages = Vec::new();
    let mut at = broken + 1;
    while at < log.segment_bytes {
        match log.message(segment, lsn, at) {
            Message::Whole { page, next, .. } => {
                pages.extend(page);
                at = next;
            }
            Message::Cap | Message::Broken => at += 1,
        }
    }
    pages
}
