//! Floor 2: what is kept of payloads is made smaller, or unreadable for others.
//!
//! An engine is given its codecs by `EngineBuilder::codec`. What a codec is, and where in
//! a value the user's data lies, [`model`](crate::model::Codec) says.
//!
//! Absent on purpose: who calls them. That is where values leave user code and come back to it.

#[cfg(feature = "runtime")]
mod caught;
mod compression;
#[cfg(feature = "encryption")]
mod encryption;
#[cfg(feature = "encryption")]
mod key;

#[cfg(feature = "runtime")]
pub(crate) use self::caught::Caught;
pub use self::compression::Compression;
#[cfg(feature = "encryption")]
pub use self::{
    encryption::Encryption,
    key::{Key, KeyProvider, StaticKeys},
};

#[cfg(test)]
mod tests;
