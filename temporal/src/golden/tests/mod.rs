//! Unit tests of golden histories.

mod check;
mod normal;
