//! Unit tests of storage.

mod codec;
mod damage;
mod event_sample;
mod golden;
mod memory;
mod record;
mod sample;
