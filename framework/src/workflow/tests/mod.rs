//! Unit tests of what workflow authors use.
