//! Compression.

use crate::{
    codec::Compression,
    model::{Codec as _, CodecError, Encoding, Payload, PayloadContext, WorkflowId},
};

fn encoded(compression: Compression, payload: &Payload) -> Payload {
    let id = WorkflowId::from("order-42");
    let context = PayloadContext::of(&id);
    compression
        .encode(payload.clone(), context)
        .expect("it is encoded")
}

fn decoded(compression: Compression, payload: &Payload) -> Result<Payload, CodecError> {
    let id = WorkflowId::from("order-42");
    compression.decode(payload.clone(), PayloadContext::of(&id))
}

fn long() -> Payload {
    let mut long = Payload::encode(&"abc".repeat(10_000)).expect("text");
    long.metadata.insert("kind".into(), "letters".into());
    long
}

#[test]
fn a_large_payload_is_compressed_and_comes_back_whole() {
    let compression = Compression::default();
    let kept = encoded(compression, &long());
    assert_eq!(kept.encoding.as_str(), "binary/lz4");
    assert!(kept.size() < 1_000, "{}", kept.size());
    assert_eq!(decoded(compression, &kept), Ok(long()));
}

#[test]
fn what_is_small_or_does_not_get_smaller_stays_as_it_is() {
    let small = Payload::encode("small").expect("text");
    assert_eq!(encoded(Compression::default(), &small), small);
    let everything = Compression::default().min_bytes(0);
    assert_eq!(encoded(everything, &small), small);
}

#[test]
fn what_another_codec_wrote_stays_as_it_is() {
    let foreign = Payload {
        encoding: Encoding::Other("binary/zlib".into()),
        ..long()
    };
    assert_eq!(decoded(Compression::default(), &foreign), Ok(foreign));
}

#[test]
fn a_forged_size_takes_no_memory() {
    let mut kept = encoded(Compression::default(), &long());
    let forged = [&u32::MAX.to_le_bytes(), kept.data.get(4..).expect("a size")].concat();
    kept.data = forged.into();
    let refused = decoded(Compression::default(), &kept);
    assert!(
        matches!(refused, Err(CodecError::Failed { .. })),
        "{refused:?}"
    );
    let small = Compression::default().max_bytes(100);
    let refused = decoded(small, &encoded(Compression::default(), &long()));
    let refused = refused.expect_err("too large").to_string();
    assert!(refused.contains("limit=100"), "{refused}");
}

#[test]
fn what_is_cut_off_or_changed_is_refused() {
    let kept = encoded(Compression::default(), &long());
    for cut in 0..kept.data.len() {
        let cut = Payload {
            data: kept.data.slice(..cut),
            ..kept.clone()
        };
        assert!(decoded(Compression::default(), &cut).is_err());
    }
}
