//! Unit tests of the model.

mod grammar;
mod payload;
mod time;
