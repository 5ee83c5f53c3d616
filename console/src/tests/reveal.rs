//! What is shown of a payload that nobody could decode.

use sempre::model::{Encoding, Payload, StoredPayload};
use serde_json::json;

use crate::reveal::Reveal;

fn shown(payload: &Payload) -> serde_json::Value {
    Reveal::Shown(None).value(payload).unwrap()
}

#[test]
fn a_payload_that_is_kept_apart_says_where_it_is_and_how_large() {
    let stored = StoredPayload::of(&[7; 4_000]);
    let said = format!("<stored elsewhere, 4000 bytes, key {}>", stored.key);
    assert_eq!(shown(&stored.to_payload()), json!(said));
    assert_eq!(Reveal::Hidden.value(&stored.to_payload()), None);
}

#[test]
fn a_payload_of_another_encoding_says_which() {
    let payload = Payload {
        encoding: Encoding::Other("binary/encrypted".into()),
        data: vec![1, 2, 3].into(),
        ..Payload::default()
    };
    assert_eq!(shown(&payload), json!("<binary/encrypted, 3 bytes>"));
}
