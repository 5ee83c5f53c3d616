//! What a payload is made of is what it reads back as.

use crate::model::Payload;

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
