//! Encryption: whoever has the store and not the keys reads nothing of the user's data.

use bytes::Bytes;
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, AeadInOut as _, Generate as _, Payload as Sealed},
};

use crate::{
    codec::{Key, KeyProvider},
    model::{Codec, CodecError, Encoding, Payload, PayloadContext, packed},
};

/// The encoding of an encrypted payload.
const ENCODING: &str = "binary/encrypted";

/// The metadata that names the algorithm, and its only value.
const ALGORITHM: (&str, &str) = ("encryption-cipher", "XChaCha20-Poly1305");

/// The metadata that names the key.
const KEY_ID: &str = "encryption-key-id";

/// The bytes before the ciphertext.
const NONCE_BYTES: usize = 24;

/// Encrypts payloads (XChaCha20-Poly1305, a random nonce for each), so that they can be read, and
/// changed unnoticed, by nobody who does not have their key.
///
/// What stays readable, because the engine itself reads it: ids, names of types, signals, updates
/// and queries, times, reasons of cancellation and termination, summaries, types of errors, and
/// search attributes. How long a value is can be seen, too.
///
/// A workflow whose payloads cannot be decrypted does not go on: its workflow task fails with the
/// name of the key, is listed by `Engine::needs_attention`, and is tried again. An activity's
/// attempt fails, and its retry policy says what follows. Nothing is written without a key.
///
/// # Examples
/// ```
/// use sempre::codec::{Encryption, Key, StaticKeys};
/// use sempre::model::{Codec as _, Payload, PayloadContext, WorkflowId};
///
/// let encryption = Encryption::new(StaticKeys::new("2026-11", Key::generate()));
/// let workflow_id = WorkflowId::from("order-42");
/// let context = PayloadContext::of(&workflow_id);
///
/// let written = Payload::encode("4111 1111 1111 1111")?;
/// let kept = encryption.encode(written.clone(), context)?;
/// assert_ne!(kept.data, written.data);
/// assert_eq!(encryption.decode(kept, context)?, written);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Encryption<K> {
    keys: K,
}

impl<K: KeyProvider> Encryption<K> {
    /// Encryption with the keys of this provider.
    pub fn new(keys: K) -> Self {
        Self { keys }
    }
}

impl<K: KeyProvider> Codec for Encryption<K> {
    fn encode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError> {
        let (key_id, key) = self.keys.key_for(context)?;
        let nonce = XNonce::try_generate()
            .map_err(|error| CodecError::failed(format!("no randomness: {error}")))?;
        let mut data = packed::pack_behind(&nonce, &payload)?;
        let (_, packed) = data.split_at_mut(NONCE_BYTES);
        let tag = cipher(&key)
            .encrypt_inout_detached(&nonce, key_id.as_bytes(), packed.into())
            .map_err(|_| CodecError::failed("it is too large to be encrypted"))?;
        data.extend_from_slice(&tag);
        let text = |(name, value): (&str, &str)| {
            (name.to_owned(), Bytes::copy_from_slice(value.as_bytes()))
        };
        Ok(Payload {
            encoding: Encoding::Other(ENCODING.to_owned()),
            data: data.into(),
            metadata: [text(ALGORITHM), text((KEY_ID, &key_id))].into(),
        })
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        let (name, algorithm) = ALGORITHM;
        let is_ours = payload.encoding.as_str() == ENCODING
            && payload
                .metadata
                .get(name)
                .is_some_and(|it| *it == algorithm);
        if !is_ours {
            return Ok(payload);
        }
        let key_id = payload.metadata.get(KEY_ID);
        let key_id = key_id.and_then(|id| std::str::from_utf8(id).ok());
        let key_id = key_id.ok_or_else(|| CodecError::damaged("it names no key"))?;
        let key = self.keys.key(key_id);
        let key = key.ok_or_else(|| CodecError::unknown_key(key_id))?;
        let (nonce, sealed) = payload
            .data
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or_else(|| CodecError::damaged("it is too short to be encrypted"))?;
        let packed = cipher(&key)
            .decrypt(&XNonce::from(*nonce), bound_to(sealed, key_id))
            .map_err(|_| CodecError::damaged(format!("it does not decrypt with key `{key_id}`")))?;
        packed::unpack(&packed)
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose_bytes().into())
}

/// What is sealed, bound to the name of its key, so that the name cannot be changed either.
fn bound_to<'a>(data: &'a [u8], key_id: &'a str) -> Sealed<'a, 'a> {
    Sealed {
        msg: data,
        aad: key_id.as_bytes(),
    }
}
