//! Keys, and who has them.

use std::{collections::BTreeMap, fmt};

use zeroize::Zeroize;

use crate::model::{CodecError, PayloadContext};

/// A key of 256 bits. Its bytes are wiped from memory when it is dropped, and never shown.
///
/// # Examples
/// ```
/// use sempre::codec::Key;
///
/// let key = Key::generate();
/// assert_eq!(format!("{key:?}"), "Key(..)");
/// assert_ne!(key.expose_bytes(), Key::generate().expose_bytes());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; Self::BYTES]);

impl Key {
    /// The bytes of a key.
    pub const BYTES: usize = 32;

    /// The key of these bytes, which have to come from a source of randomness that is fit for keys,
    /// such as a key management service.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// A new key from the randomness of the operating system.
    ///
    /// # Panics
    /// If the operating system has no randomness to give.
    pub fn generate() -> Self {
        use chacha20poly1305::{
            XChaCha20Poly1305,
            aead::{self, Generate as _},
        };
        let key = aead::Key::<XChaCha20Poly1305>::generate();
        Self(key.into())
    }

    /// Its bytes, to keep them somewhere safe.
    pub const fn expose_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Who has the keys that payloads are encrypted with.
///
/// A key is known by its id, which stands beside each payload. Whoever gives each execution a key of
/// its own, and then destroys that key, has made everything unreadable that was kept of the
/// execution, in backups as well.
///
/// Both methods are called on the threads that carry workflows, for each payload: fetch keys
/// beforehand, and answer from memory.
///
/// # Examples
///
/// A key for each customer, whose name is the first part of a workflow id:
/// ```
/// use sempre::codec::{Key, KeyProvider};
/// use sempre::model::{CodecError, PayloadContext};
/// use std::{collections::BTreeMap, sync::RwLock};
///
/// #[derive(Default)]
/// struct CustomerKeys(RwLock<BTreeMap<String, Key>>);
///
/// impl KeyProvider for CustomerKeys {
///     fn key_for(&self, context: PayloadContext<'_>) -> Result<(String, Key), CodecError> {
///         let customer = context.workflow_id.as_str().split('/').next().unwrap_or_default();
///         let key = self.key(customer).ok_or_else(|| CodecError::unknown_key(customer))?;
///         Ok((customer.to_owned(), key))
///     }
///
///     fn key(&self, key_id: &str) -> Option<Key> {
///         self.0.read().ok()?.get(key_id).cloned()
///     }
/// }
/// ```
pub trait KeyProvider: Send + Sync + 'static {
    /// The key, with its id, that a new payload is encrypted with.
    ///
    /// # Errors
    /// [`CodecError`] if there is none. Nothing is written without one.
    fn key_for(&self, context: PayloadContext<'_>) -> Result<(String, Key), CodecError>;

    /// The key of this id, if it is there.
    fn key(&self, key_id: &str) -> Option<Key>;
}

/// Keys that do not change while the engine runs: one to encrypt with, and those before it.
///
/// # Examples
/// ```
/// use sempre::codec::{Encryption, Key, StaticKeys};
///
/// let (old, new) = (Key::generate(), Key::generate());
/// let keys = StaticKeys::new("2026-11", new).and("2026-10", old);
/// let encryption = Encryption::new(keys);
/// # let _ = encryption;
/// ```
#[derive(Clone, Debug)]
pub struct StaticKeys {
    current: String,
    keys: BTreeMap<String, Key>,
}

impl StaticKeys {
    /// A key to encrypt and decrypt with, and its id.
    pub fn new(key_id: impl Into<String>, key: Key) -> Self {
        let current = key_id.into();
        let keys = BTreeMap::from([(current.clone(), key)]);
        Self { current, keys }
    }

    /// The same with a key that only decrypts, such as the one before.
    #[must_use]
    pub fn and(mut self, key_id: impl Into<String>, key: Key) -> Self {
        self.keys.entry(key_id.into()).or_insert(key);
        self
    }
}

impl KeyProvider for StaticKeys {
    fn key_for(&self, _: PayloadContext<'_>) -> Result<(String, Key), CodecError> {
        let key = self.key(&self.current);
        let key = key.ok_or_else(|| CodecError::unknown_key(&*self.current))?;
        Ok((self.current.clone(), key))
    }

    fn key(&self, key_id: &str) -> Option<Key> {
        self.keys.get(key_id).cloned()
    }
}
