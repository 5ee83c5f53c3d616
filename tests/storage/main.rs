//! The rules of the storage port, adapter by adapter, and what else an adapter promises.

mod memory;
mod sled;
