//! Encryption.

use crate::{
    codec::{Encryption, Key, StaticKeys},
    model::{Codec as _, CodecError, Encoding, Payload, PayloadContext, WorkflowId},
};

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; Key::BYTES])
}

fn secret() -> Payload {
    let mut secret = Payload::encode("4111 1111 1111 1111").expect("text");
    secret.metadata.insert("kind".into(), "card".into());
    secret
}

fn encoded(encryption: &Encryption<StaticKeys>) -> Payload {
    let id = WorkflowId::from("order-42");
    let encoded = encryption.encode(secret(), PayloadContext::of(&id));
    encoded.expect("there is a key")
}

fn decoded(encryption: &Encryption<StaticKeys>, payload: &Payload) -> Result<Payload, CodecError> {
    let id = WorkflowId::from("order-42");
    encryption.decode(payload.clone(), PayloadContext::of(&id))
}

#[test]
fn a_payload_comes_back_whole_and_is_never_the_same_twice() {
    let encryption = Encryption::new(StaticKeys::new("a", key(1)));
    let (first, second) = (encoded(&encryption), encoded(&encryption));
    assert_eq!(first.encoding.as_str(), "binary/encrypted");
    assert_ne!(first.data, second.data);
    assert!(!first.metadata.contains_key("kind"), "it is encrypted, too");
    assert_eq!(decoded(&encryption, &first), Ok(secret()));
    assert_eq!(decoded(&encryption, &second), Ok(secret()));
}

#[test]
fn an_old_key_decrypts_and_a_missing_one_is_named() {
    let old = encoded(&Encryption::new(StaticKeys::new("old", key(1))));
    let both = Encryption::new(StaticKeys::new("new", key(2)).and("old", key(1)));
    assert_eq!(decoded(&both, &old), Ok(secret()));
    let new = encoded(&both);
    assert_eq!(new.metadata.get("encryption-key-id"), Some(&"new".into()));
    let only = Encryption::new(StaticKeys::new("new", key(2)));
    assert_eq!(decoded(&only, &old), Err(CodecError::unknown_key("old")));
}

#[test]
fn whatever_is_changed_is_refused() {
    let encryption = Encryption::new(StaticKeys::new("a", key(1)).and("b", key(1)));
    let kept = encoded(&encryption);
    for at in 0..kept.data.len() {
        let mut data = kept.data.to_vec();
        *data.get_mut(at).expect("in bounds") ^= 1;
        let changed = Payload {
            data: data.into(),
            ..kept.clone()
        };
        let refused = decoded(&encryption, &changed);
        assert!(matches!(refused, Err(CodecError::Damaged { .. })), "{at}");
        let cut = Payload {
            data: kept.data.slice(..at),
            ..kept.clone()
        };
        assert!(decoded(&encryption, &cut).is_err(), "{at}");
    }
    // The same key by another name: the name is bound to the payload.
    let mut renamed = kept;
    let name = "encryption-key-id".to_owned();
    renamed.metadata.insert(name, "b".into());
    assert!(decoded(&encryption, &renamed).is_err());
}

#[test]
fn what_another_codec_wrote_stays_as_it_is() {
    let encryption = Encryption::new(StaticKeys::new("a", key(1)));
    // Temporal's samples use this encoding for another cipher.
    let foreign = Payload {
        encoding: Encoding::Other("binary/encrypted".into()),
        ..secret()
    };
    assert_eq!(decoded(&encryption, &foreign), Ok(foreign.clone()));
    assert_eq!(decoded(&encryption, &secret()), Ok(secret()));
}

/// What version 0.1 has kept of [`secret`] with the key `golden`.
const GOLDEN: &str = "\
    fa54ab9d82e99fa4bbd23014af478d80e35bf932f4fe43d2d74f49b7867c8b40 \
    50b59e23686ee315868221d44902234b5a0da28b67cff841e1306a60d8a4c048 \
    200eadf47eef0d39cd279fb4f0";

fn unhex(text: &str) -> Vec<u8> {
    let digit = |digit: char| digit.to_digit(16);
    let digits: Vec<u32> = text.chars().filter_map(digit).collect();
    let bytes = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |sum, it| sum * 16 + it));
    bytes.filter_map(|byte| u8::try_from(byte).ok()).collect()
}

/// What is kept has to be readable by all later releases.
#[test]
fn the_format_is_the_one_that_was_kept() {
    let encryption = Encryption::new(StaticKeys::new("golden", key(7)));
    let kept = Payload {
        encoding: Encoding::Other("binary/encrypted".into()),
        data: unhex(GOLDEN).into(),
        metadata: [
            ("encryption-cipher".into(), "XChaCha20-Poly1305".into()),
            ("encryption-key-id".into(), "golden".into()),
        ]
        .into(),
    };
    assert_eq!(decoded(&encryption, &kept), Ok(secret()));
}
