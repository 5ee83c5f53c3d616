//! Edits of bytes.

use bolero::{TypeGenerator, ValueGenerator, produce};

/// How many edits an input gets: with more of them nearly every one is refused at the first.
const EDITS: std::ops::Range<usize> = 0..5;

/// A few edits of one kind.
pub fn a_few<E: TypeGenerator + std::fmt::Debug>() -> impl ValueGenerator<Output = Vec<E>> {
    produce::<Vec<E>>().with().len(EDITS)
}

/// One change of some bytes; places are taken modulo their number.
#[derive(Clone, PartialEq, Eq, Debug, TypeGenerator)]
pub enum Edit {
    /// Turns one bit over.
    Flip {
        /// Where.
        at: u16,
        /// Which bit of the byte.
        bit: u8,
    },
    /// Puts another byte in the place of one.
    Set {
        /// Where.
        at: u16,
        /// The new byte.
        byte: u8,
    },
    /// Puts bytes between others.
    Insert {
        /// Before which byte.
        at: u16,
        /// The new bytes.
        bytes: Vec<u8>,
    },
    /// Puts the head of a list, a text or a map between others that claims a length.
    Claim {
        /// Before which byte.
        at: u16,
        /// Which of MessagePack's heads that are followed by 32 bits.
        head: u8,
        /// The length that it claims.
        length: u32,
    },
    /// Takes bytes out.
    Remove {
        /// The first one.
        at: u16,
        /// How many.
        count: u8,
    },
    /// Writes a piece again and again behind itself.
    Repeat {
        /// Where the piece begins.
        at: u16,
        /// How long it is.
        count: u8,
        /// How often it comes again.
        times: u8,
    },
    /// Leaves off the end.
    Truncate {
        /// How many bytes are left.
        at: u16,
    },
}

impl Edit {
    /// Applies all of them, one after the other.
    pub fn apply_all(edits: &[Self], bytes: &mut Vec<u8>) {
        for edit in edits {
            edit.apply(bytes);
        }
    }

    /// Applies the edit; what finds no place changes nothing.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Flip { at, bit } => {
                if let Some(byte) = place(bytes, *at) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Self::Set { at, byte: new } => {
                if let Some(byte) = place(bytes, *at) {
                    *byte = *new;
                }
            }
            Self::Insert { at, bytes: new } => {
                let at = between(bytes, *at);
                bytes.splice(at..at, new.iter().copied());
            }
            Self::Claim { at, head, length } => {
                let at = between(bytes, *at);
                let head = HEADS.into_iter().cycle().nth((*head).into());
                bytes.splice(at..at, head.into_iter().chain(length.to_be_bytes()));
            }
            Self::Remove { at, count } => {
                let at = between(bytes, *at);
                let end = bytes.len().min(at + usize::from(*count));
                bytes.drain(at..end);
            }
            Self::Repeat { at, count, times } => {
                let at = between(bytes, *at);
                let end = bytes.len().min(at + usize::from(*count));
                let piece = bytes.get(at..end).unwrap_or_default();
                let piece = piece.repeat((*times).into());
                bytes.splice(end..end, piece);
            }
            Self::Truncate { at } => bytes.truncate(between(bytes, *at)),
        }
    }
}

/// What begins binary data, a text, a list and a map whose length takes 32 bits.
const HEADS: [u8; 4] = [0xc6, 0xdb, 0xdd, 0xdf];

fn place(bytes: &mut [u8], at: u16) -> Option<&mut u8> {
    let at = usize::from(at).checked_rem(bytes.len())?;
    bytes.get_mut(at)
}

/// A place before a byte or behind the last one.
fn between(bytes: &[u8], at: u16) -> usize {
    usize::from(at) % (bytes.len() + 1)
}
