//! Unit tests of the exchange.

mod round_trip;
mod shared;
