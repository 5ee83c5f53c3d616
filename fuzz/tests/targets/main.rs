//! The fuzz targets: bytes from anywhere break nothing, and what is read is written the same.
//!
//! A target is a test. Under `cargo test` bolero runs it on its corpus and on random inputs for a
//! second, or for as long as `BOLERO_RANDOM_TEST_TIME_MS` says; under `cargo bolero test` an engine
//! looks for inputs that reach new code.

mod json;
mod protobuf;
mod record;
