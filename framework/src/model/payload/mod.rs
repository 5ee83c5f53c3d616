//! Payloads: user values as bytes, and how a value is written so that it can be read again.

mod compound;
mod payload;
mod plain;
mod strict;

pub use self::payload::{Encoding, Payload, PayloadError, Payloads};
