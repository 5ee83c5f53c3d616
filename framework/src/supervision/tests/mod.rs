//! Unit tests of the restart policy.

mod policy;
