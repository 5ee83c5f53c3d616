//! Unit tests of the testing tools.
