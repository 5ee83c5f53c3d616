//! Work that no history can hold is split, and its ends are compared.

use std::time::Duration;

use crate::scenario::{figures::ends, step::split};

#[test]
fn parts_are_full_but_for_the_last() {
    assert_eq!(split(7, 10), [7]);
    assert_eq!(split(20, 10), [10, 10]);
    assert_eq!(split(25, 10), [10, 10, 5]);
}

#[test]
fn the_first_hundred_is_compared_with_the_last() {
    let fast = [Duration::from_micros(1); 100];
    let slow = [Duration::from_micros(9); 100];
    let gaps = [fast, slow].concat();
    let (early, late) = ends(&gaps);
    assert_eq!((early.as_micros(), late.as_micros()), (1, 9));
}

#[test]
fn few_steps_are_their_own_beginning_and_end() {
    let gaps = [Duration::from_micros(3)];
    assert_eq!(ends(&gaps), (gaps[0], gaps[0]));
    assert_eq!(ends(&[]), (Duration::ZERO, Duration::ZERO));
}
