//! Unit tests of what workflow authors use: small workflows, written without macros.

mod activity;
mod branch;
mod cancellation;
mod child;
mod combinator;
mod continue_as_new;
mod driver;
mod error;
mod fixture;
mod foreign;
mod limit;
mod line;
mod progress;
mod random;
mod registry;
mod scope;
mod signal;
mod timer;
mod wait;
mod waker;
