//! Unit tests of the replay machine.
