//! Unit tests of storage.
