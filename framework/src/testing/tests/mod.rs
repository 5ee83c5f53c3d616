//! Unit tests of the testing tools.

mod clock;
mod conformance;
mod fault;
