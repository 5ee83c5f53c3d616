//! How the values of the workload are kept: whatever happens to a process, the next one reads them.

use sempre::{
    codec::{Compression, Encryption, Key, StaticKeys},
    model::Codecs,
};

/// Compresses whatever gets smaller by it.
pub fn compression() -> Compression {
    Compression::default().min_bytes(0)
}

/// Encrypts with a key that every life of the process has.
pub fn encryption() -> Encryption<StaticKeys> {
    let key = Key::from_bytes([7; Key::BYTES]);
    Encryption::new(StaticKeys::new("crash", key))
}

/// Both, as an engine has them that was given one after the other.
pub fn codecs() -> Codecs {
    Codecs::default().and(compression()).and(encryption())
}
