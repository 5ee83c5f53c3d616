//! Unit tests of the codecs.

mod compression;
#[cfg(feature = "encryption")]
mod encryption;
