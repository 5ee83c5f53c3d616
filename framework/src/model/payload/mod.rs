//! Payloads: user values as bytes, and how a value is written so that it can be read again.

mod compound;
pub(crate) mod packed;
mod payload;
mod plain;
// Schedules and bulk jobs are written with it.
#[cfg(feature = "runtime")]
pub(crate) mod readable;
mod stored;
mod strict;

pub use self::{
    payload::{Encoding, Payload, PayloadError, Payloads},
    stored::{ContentKey, ContentKeyError, StoredPayload},
};
