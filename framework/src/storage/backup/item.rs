//! What the files of a backup consist of.
//!
//! | byte | item                                                                            |
//! |------|---------------------------------------------------------------------------------|
//! | 1    | a pair: the lengths of key and value, the key, the value                        |
//! | 2    | a key that is gone: its length, the key                                         |
//! | 3    | an entry of the journal: its length, the entry                                  |
//! | 4    | a key that is there: its length, the key, and eight bytes that tell its value   |
//! | 5    | the end: how many items came before                                             |
//!
//! Lengths have four bytes, the other numbers eight, all of them big-endian.

use bytes::{Buf as _, Bytes};

const PAIR: u8 = 1;
const GONE: u8 = 2;
const ENTRY: u8 = 3;
const KNOWN: u8 = 4;
const END: u8 = 5;

/// An item, with its bytes borrowed or its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::storage) enum Item<B = Bytes> {
    /// A pair that is new or has changed.
    Pair(B, B),
    /// A key that is not there any more.
    Gone(B),
    /// An entry of the journal.
    Entry(B),
    /// A key that is there, and what its value is told by.
    Known(B, u64),
    /// Nothing comes behind it; so many items came before.
    End(u64),
}

impl Item<&[u8]> {
    /// Writes it behind what is there; `None` if it is too long.
    pub(super) fn write(self, bytes: &mut Vec<u8>) -> Option<()> {
        let length = |it: &[u8]| Some(u32::try_from(it.len()).ok()?.to_be_bytes());
        match self {
            Self::Pair(key, value) => {
                bytes.push(PAIR);
                bytes.extend_from_slice(&length(key)?);
                bytes.extend_from_slice(&length(value)?);
                bytes.extend_from_slice(key);
                bytes.extend_from_slice(value);
            }
            Self::Gone(key) => {
                bytes.push(GONE);
                bytes.extend_from_slice(&length(key)?);
                bytes.extend_from_slice(key);
            }
            Self::Entry(entry) => {
                bytes.push(ENTRY);
                bytes.extend_from_slice(&length(entry)?);
                bytes.extend_from_slice(entry);
            }
            Self::Known(key, value) => {
                bytes.push(KNOWN);
                bytes.extend_from_slice(&length(key)?);
                bytes.extend_from_slice(key);
                bytes.extend_from_slice(&value.to_be_bytes());
            }
            Self::End(items) => {
                bytes.push(END);
                bytes.extend_from_slice(&items.to_be_bytes());
            }
        }
        Some(())
    }
}

impl Item {
    /// Takes the first item off; `None` if these are not the bytes of one.
    pub(super) fn take(bytes: &mut Bytes) -> Option<Self> {
        let kind = bytes.try_get_u8().ok()?;
        Some(match kind {
            PAIR => {
                let key = bytes.try_get_u32().ok()? as usize;
                let value = bytes.try_get_u32().ok()? as usize;
                Self::Pair(split(bytes, key)?, split(bytes, value)?)
            }
            GONE => Self::Gone(sized(bytes)?),
            ENTRY => Self::Entry(sized(bytes)?),
            KNOWN => Self::Known(sized(bytes)?, bytes.try_get_u64().ok()?),
            END => Self::End(bytes.try_get_u64().ok()?),
            _ => return None,
        })
    }
}

fn sized(bytes: &mut Bytes) -> Option<Bytes> {
    let length = bytes.try_get_u32().ok()? as usize;
    split(bytes, length)
}

fn split(bytes: &mut Bytes, length: usize) -> Option<Bytes> {
    (length <= bytes.len()).then(|| bytes.split_to(length))
}
