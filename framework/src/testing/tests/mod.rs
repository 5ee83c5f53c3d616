//! Unit tests of the testing tools.

mod conformance;
mod fault;
