//! Reading what is kept apart, and what is said where that cannot be done.

use bytes::Bytes;

use crate::{
    model::{CodecError, Codecs, ContentKey, Payload, StoredPayload, WorkflowId, packed},
    storage::{PayloadStorage, StorageError, StorageErrorKind, StoredPayloads},
};

/// A storage that has one content for all keys, or none, or fails.
#[derive(Clone)]
enum Storage {
    Has(Vec<u8>),
    HasNothing,
    Fails,
}

impl PayloadStorage for Storage {
    fn put(&self, _: &ContentKey, _: &[u8]) -> Result<(), StorageError> {
        Ok(())
    }

    fn get(&self, _: &ContentKey) -> Result<Option<Bytes>, StorageError> {
        let kind = StorageErrorKind::Unavailable;
        match self {
            Self::Has(content) => Ok(Some(content.clone().into())),
            Self::HasNothing => Ok(None),
            Self::Fails => Err(StorageError::new(kind, "the disk is gone")),
        }
    }

    fn delete(&self, _: &ContentKey) -> Result<(), StorageError> {
        Ok(())
    }

    fn list(&self, _: Option<&ContentKey>, _: usize) -> Result<Vec<ContentKey>, StorageError> {
        Ok(Vec::new())
    }
}

fn read(storage: Storage, stored: StoredPayload) -> Result<Payload, CodecError> {
    let mut payload = stored.to_payload();
    let codecs = Codecs::default().and(StoredPayloads::new(storage));
    codecs.decode(&mut payload, &WorkflowId::from("order-42"))?;
    Ok(payload)
}

#[test]
fn what_is_kept_apart_is_read_and_what_is_not_it_is_told() {
    let written = Payload::encode("a value").expect("text");
    let content = packed::pack(&written).expect("a payload");
    let stored = StoredPayload::of(&content);
    assert_eq!(read(Storage::Has(content.clone()), stored), Ok(written));

    let key = stored.key;
    assert_eq!(
        read(Storage::HasNothing, stored),
        Err(CodecError::Missing { key })
    );
    let damaged = read(Storage::Has(b"something else".to_vec()), stored);
    let damaged = damaged.expect_err("it has another key").to_string();
    assert!(
        damaged.starts_with("it is not what was written"),
        "{damaged}"
    );
    let failed = read(Storage::Fails, stored).expect_err("it fails");
    let failed = failed.to_string();
    assert!(failed.contains("the disk is gone key="), "{failed}");
}

#[test]
fn an_engine_without_the_storage_says_what_it_lacks() {
    let stored = StoredPayload::of(b"content");
    let error = stored
        .to_payload()
        .decode::<String>()
        .expect_err("it is not here");
    assert_eq!(
        error.to_string(),
        format!(
            "payload does not decode: its content is in a payload storage, which the engine has to be \
             given bytes=7 key={}",
            stored.key
        )
    );
}
