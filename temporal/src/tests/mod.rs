//! Unit tests of the exchange.

mod bad_input;
mod bad_protobuf;
mod history_folder;
mod replay;
mod round_trip;
mod sample;
mod sample_value;
mod server;
mod shared;
