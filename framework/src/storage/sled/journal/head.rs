//! Heads: what frames an entry of the journal, at its front and once more at its back.
//!
//! A head has 64 bytes, all numbers big-endian:
//!
//! | bytes | meaning                                                                        |
//! |-------|--------------------------------------------------------------------------------|
//! | 0–3   | `SJrn` at the front, `nrJS` at the back                                        |
//! | 4     | the version of this layout                                                     |
//! | 5     | what the entry is: a store that opened (1), commits (2), a store that closed (3) |
//! | 6–7   | nothing so far                                                                 |
//! | 8–15  | the number of the file                                                         |
//! | 16–23 | the entry's sequence number                                                    |
//! | 24–31 | up to which entry everything was on disk when this one was written             |
//! | 32–39 | the first entry that was still needed then                                     |
//! | 40–47 | how often something had been settled, and synced, by then                      |
//! | 48–51 | the entry's position among those of its file                                   |
//! | 52–55 | the entry's length, in units of 64 bytes                                       |
//! | 56–59 | the length of its directory                                                    |
//! | 60–63 | CRC-32 over the 60 bytes above and the directory                               |

use bytes::{Buf as _, BufMut as _};

/// The bytes of a head.
pub(super) const HEAD_BYTES: usize = 64;
/// The bytes that the length of an entry is a multiple of; entries begin at multiples of it.
pub(super) const UNIT_BYTES: usize = 64;
/// The layout that this release writes.
const VERSION: u8 = 1;

/// Where a head stands in its entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// Before everything else.
    Front,
    /// Behind everything else.
    Back,
}

impl Side {
    fn magic(self) -> u32 {
        u32::from_be_bytes(match self {
            Self::Front => *b"SJrn",
            Self::Back => *b"nrJS",
        })
    }
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A store that opened; the first entry of its file.
    Opened = 1,
    /// Commits.
    Commits = 2,
    /// A store that closed with everything at its place; nothing comes after it.
    Closed = 3,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Opened, Self::Commits, Self::Closed]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// What frames an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Head {
    /// What the entry is.
    pub(super) kind: Kind,
    /// The number of the file that it is in. What else is in the file was there before.
    pub(super) file: u64,
    /// Its sequence number.
    pub(super) sequence: u64,
    /// Up to which entry everything was on disk when this one was written.
    pub(super) synced: u64,
    /// The first entry that was still needed then.
    pub(super) needed: u64,
    /// How often something had been settled, and synced, by then.
    pub(super) settlements: u64,
    /// Its position among the entries of its file, from 0.
    pub(super) ordinal: u32,
    /// Its length in units.
    pub(super) units: u32,
    /// The length of its directory.
    pub(super) directory_bytes: u32,
}

impl Head {
    /// The head as bytes, for this side of an entry with this directory.
    pub(super) fn to_bytes(self, side: Side, directory: &[u8]) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let mut room = bytes.as_mut_slice();
        room.put_u32(side.magic());
        room.put_u8(VERSION);
        room.put_u8(self.kind as u8);
        room.put_u16(0);
        room.put_u64(self.file);
        room.put_u64(self.sequence);
        room.put_u64(self.synced);
        room.put_u64(self.needed);
        room.put_u64(self.settlements);
        room.put_u32(self.ordinal);
        room.put_u32(self.units);
        room.put_u32(self.directory_bytes);
        let checksum = checksum(&bytes, directory);
        let (_, mut room) = bytes.split_at_mut(HEAD_BYTES - CHECKSUM_BYTES);
        room.put_u32(checksum);
        bytes
    }

    /// The head in these bytes, and its side; `None` if no head begins like this. Whether it is one
    /// is said by [`is_proven`].
    pub(super) fn from_bytes(bytes: &[u8; HEAD_BYTES]) -> Option<(Side, Self)> {
        let mut rest = bytes.as_slice();
        let magic = rest.try_get_u32().ok()?;
        let side = [Side::Front, Side::Back]
            .into_iter()
            .find(|side| side.magic() == magic)?;
        if rest.try_get_u8().ok()? != VERSION {
            return None;
        }
        let kind = Kind::of(rest.try_get_u8().ok()?)?;
        rest.try_get_u16().ok()?;
        let head = Self {
            kind,
            file: rest.try_get_u64().ok()?,
            sequence: rest.try_get_u64().ok()?,
            synced: rest.try_get_u64().ok()?,
            needed: rest.try_get_u64().ok()?,
            settlements: rest.try_get_u64().ok()?,
            ordinal: rest.try_get_u32().ok()?,
            units: rest.try_get_u32().ok()?,
            directory_bytes: rest.try_get_u32().ok()?,
        };
        Some((side, head))
    }

    /// The length of the entry.
    pub(super) fn bytes(&self) -> usize {
        self.units as usize * UNIT_BYTES
    }

    /// The sequence number of the first entry of its file.
    pub(super) fn first_of_file(&self) -> u64 {
        self.sequence.saturating_sub(self.ordinal.into())
    }
}

const CHECKSUM_BYTES: usize = 4;

/// Whether a head and a directory belong to each other and are what was written.
pub(super) fn is_proven(head: &[u8; HEAD_BYTES], directory: &[u8]) -> bool {
    head.ends_with(&checksum(head, directory).to_be_bytes())
}

fn checksum(head: &[u8; HEAD_BYTES], directory: &[u8]) -> u32 {
    let (checked, _) = head.split_at(HEAD_BYTES - CHECKSUM_BYTES);
    let mut crc = crc32fast::Hasher::new();
    crc.update(checked);
    crc.update(directory);
    crc.finalize()
}
