//! The codec that reads what is kept apart.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    model::{Codec, CodecError, ContentKey, Payload, PayloadContext, StoredPayload, packed},
    storage::PayloadStorage,
};

/// Reads payloads whose content is in a payload storage; changes nothing and puts nothing there.
///
/// For those who read histories without an engine, such as an archive or a replay check. An engine has
/// its own by `EngineBuilder::payload_storage`.
///
/// # Examples
/// ```
/// use sempre::{model::{Codecs, StoredPayload, WorkflowId}, storage::{FileStorage, StoredPayloads}};
///
/// # let folder = tempfile::tempdir()?;
/// let storage = FileStorage::open(folder.path().join("orders.payloads"))?;
/// let codecs = Codecs::default().and(StoredPayloads::new(storage));
/// let mut payload = StoredPayload::of(b"content that nobody has put there").to_payload();
/// let missing = codecs.decode(&mut payload, &WorkflowId::from("order-42")).unwrap_err();
/// assert!(missing.to_string().starts_with("its content is missing in the payload storage"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StoredPayloads(#[debug(skip)] Arc<dyn PayloadStorage>);

impl StoredPayloads {
    /// Reads what this storage keeps.
    pub fn new(storage: impl PayloadStorage) -> Self {
        Self(Arc::new(storage))
    }
}

impl Codec for StoredPayloads {
    fn encode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        Ok(payload)
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        match payload.stored() {
            Some(stored) => fetch(&*self.0, &stored),
            None => Ok(payload),
        }
    }
}

/// The payload that was put away as this content.
///
/// # Errors
/// `Missing` if it is not there, `Damaged` if it is not what was put there, `Failed` if the storage
/// cannot say.
pub(crate) fn fetch(
    storage: &dyn PayloadStorage,
    stored: &StoredPayload,
) -> Result<Payload, CodecError> {
    let key = stored.key;
    let content = storage
        .get(&key)
        .map_err(|error| CodecError::failed(format!("{error} key={key}")))?
        .ok_or(CodecError::Missing { key })?;
    if ContentKey::of(&content) != key {
        let reason = format!("the content in the payload storage is not that of its key key={key}");
        return Err(CodecError::damaged(reason));
    }
    packed::unpack(&content)
}
