//! Unit tests of readings.

mod reading;
