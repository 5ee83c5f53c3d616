//! Unit tests of the sled adapter.
