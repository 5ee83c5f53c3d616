//! Fixtures, sample workflows and matchers shared by the test binaries.

pub mod crash;
