//! Unit tests of storage.

mod damage;
mod golden;
mod memory;
mod record;
mod sample;
