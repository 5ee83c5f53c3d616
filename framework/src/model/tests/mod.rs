//! Unit tests of the model.

mod grammar;
