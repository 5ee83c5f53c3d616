//! Unit tests of interceptors: who is told first, whose scope is outermost, and what a panic does.

mod interceptors;
