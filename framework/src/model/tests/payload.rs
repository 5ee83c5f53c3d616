//! What a payload is made of is what it reads back as.

use std::{collections::BTreeMap, fmt::Debug};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{Encoding, Payload};

#[track_caller]
fn check_same(value: f64) {
    let read: f64 = Payload::encode(&value).unwrap().decode().unwrap();
    assert_eq!(
        read.to_bits(),
        value.to_bits(),
        "{value:e} reads as {read:e}"
    );
}

#[test]
fn a_number_with_a_fraction_reads_back_as_it_was() {
    // A quick reader of JSON misses the last bit of the first.
    check_same(2.328_777_138_451_063_4e231);
    check_same(1.234_567_890_123_456_7e-290);
    check_same(0.1);
    check_same(f64::MAX);
    check_same(f64::MIN_POSITIVE);
    check_same(-0.0);
}

/// A list in a list in a list, so many levels deep.
fn nested(levels: u32) -> serde_json::Value {
    (0..levels).fold(serde_json::Value::from(1), |inner, _| vec![inner].into())
}

#[derive(PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Small { amount: u64 },
    Large { amount: u128 },
    Named { names: BTreeMap<u32, String> },
}

#[derive(PartialEq, Debug, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Newtype(Box<Tree>),
    Tuple(Box<Tree>, u8),
    Struct { inner: Box<Tree> },
}

/// As many levels of variants as JSON needs levels for: one for a newtype, two for the others.
fn tree(levels: u32, grow: fn(Box<Tree>) -> Tree) -> Tree {
    (0..levels).fold(Tree::Leaf, |inner, _| grow(Box::new(inner)))
}

#[derive(PartialEq, Debug, Serialize, Deserialize)]
struct Reading {
    sensor: String,
    values: Vec<Option<f64>>,
}

#[derive(PartialEq, Debug, Serialize, Deserialize)]
struct Newtype<T>(T);

fn reading(value: f64) -> Reading {
    Reading {
        sensor: "north".into(),
        values: vec![None, Some(value)],
    }
}

#[track_caller]
fn check_reads_back<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug + 'static,
{
    let payload = Payload::encode_readable(value).unwrap();
    assert_eq!(&payload.decode::<T>().unwrap(), value);
}

#[track_caller]
fn check_is_refused<T: Serialize + DeserializeOwned + 'static>(value: &T, why: &str) {
    let error = Payload::encode_readable(value).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn what_reads_back_as_it_was_is_written() {
    check_reads_back(&());
    check_reads_back(&None::<u8>);
    check_reads_back(&Some(Some(7)));
    check_reads_back(&vec![Some(1), None]);
    check_reads_back(&reading(-1.5));
    check_reads_back(&nested(127));
    check_reads_back(&tree(127, Tree::Newtype));
    check_reads_back(&tree(63, |inner| Tree::Tuple(inner, 1)));
    check_reads_back(&tree(63, |inner| Tree::Struct { inner }));
    check_reads_back(&u128::MAX);
    check_reads_back(&i128::MIN);
    check_reads_back(&vec![u128::MAX]);
    check_reads_back(&Tagged::Small { amount: u64::MAX });
    check_reads_back(&BTreeMap::from([(1_u64, true)]));
    check_reads_back(&BTreeMap::from([(true, 1)]));
    check_reads_back(&Ok::<u8, String>(1));
    check_reads_back(&('a', "text".to_owned(), 1_u8, [1_i64; 3]));
    check_reads_back(&serde_json::json!({ "a": [null, { "b": null }], "c": 1.5 }));
}

#[test]
fn what_would_not_read_back_is_refused_where_it_is_written() {
    check_is_refused(&f64::NAN, "NaN is no number that JSON can carry");
    check_is_refused(&f64::INFINITY, "inf is no number");
    check_is_refused(&f32::NEG_INFINITY, "-inf is no number");
    check_is_refused(&Some(f64::NAN), "NaN is no number");
    check_is_refused(&reading(f64::NAN), "at values[1]: NaN is no number");
    let by_name = BTreeMap::from([("a".to_owned(), vec![f64::NAN])]);
    check_is_refused(&by_name, "[0]: NaN is no number");
    check_is_refused(&nested(128), "nested deeper than 127 levels");
    check_is_refused(&nested(200), "nested deeper than 127 levels");
    check_is_refused(&tree(128, Tree::Newtype), "nested deeper");
    check_is_refused(&tree(64, |inner| Tree::Tuple(inner, 1)), "nested deeper");
    check_is_refused(&tree(64, |inner| Tree::Struct { inner }), "nested deeper");
    check_is_refused(
        &Tagged::Large { amount: 1 },
        "its type does not read it back",
    );
    let names = BTreeMap::from([(1, "one".to_owned())]);
    check_is_refused(&Tagged::Named { names }, "its type does not read it back");
    check_is_refused(&Some(None::<u8>), "would come back as `None`");
    check_is_refused(&Some(()), "would come back as `None`");
    check_is_refused(&Some(Newtype(None::<u8>)), "would come back as `None`");
    check_is_refused(&vec![Some(Some(None::<u8>))], "would come back as `None`");
    check_is_refused(&Some(serde_json::Value::Null), "would come back as `None`");
    check_is_refused(&BTreeMap::from([(vec![1], 1)]), "key must be a string");
}

/// Written in two ways that tell `None` from `Some(None)`.
#[expect(clippy::option_option, reason = "this is what such a field looks like")]
#[derive(PartialEq, Debug, Serialize, Deserialize)]
struct Patch {
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "there"
    )]
    nickname: Option<Option<String>>,
}

#[expect(clippy::option_option, reason = "this is what such a field looks like")]
fn there<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(from).map(Some)
}

#[test]
fn a_type_that_tells_null_from_absent_is_taken_at_its_word() {
    check_reads_back(&Patch { nickname: None });
    check_reads_back(&Patch {
        nickname: Some(None),
    });
    check_reads_back(&Patch {
        nickname: Some(Some("ada".into())),
    });
}

#[test]
fn bytes_travel_as_they_are() {
    let bytes = vec![0_u8, 255, b'"', b'\n'];
    let payload = Payload::encode_readable(&bytes).unwrap();
    assert_eq!(payload.encoding, Encoding::BinaryPlain);
    assert_eq!(payload.data, bytes);
    check_reads_back(&bytes);
    check_reads_back(&Vec::<u8>::new());
    check_reads_back(&bytes::Bytes::from_static(b"\x00\xff"));
    check_reads_back(&Some(bytes::Bytes::from_static(b"\x00\xff")));
    check_reads_back(&None::<bytes::Bytes>);
    check_reads_back(&Newtype(bytes::Bytes::from_static(b"\x00\xff")));
    let shared = Payload::encode(&bytes::Bytes::from_static(b"\xff")).unwrap();
    assert_eq!(shared.encoding, Encoding::BinaryPlain);
    // Inside of another value they are a list of numbers.
    check_reads_back(&(bytes.clone(), 1));
    let nested = Payload::encode_readable(&(bytes, 1)).unwrap();
    assert_eq!(nested.data, &b"[[0,255,34,10],1]"[..]);
    // What was written as numbers, by an earlier release or another SDK, is still read.
    let listed = Payload::encode(&[1_u8, 2]).unwrap();
    assert_eq!(listed.decode::<Vec<u8>>().unwrap(), [1, 2]);
    assert!(
        Payload::encode_readable(&vec![7_u8])
            .unwrap()
            .decode::<u32>()
            .is_err()
    );
}
