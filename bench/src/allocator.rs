//! The allocator of the programs, for every subject alike.
//!
//! A library cannot choose one; a service can, and with many workflows at once it is a third of
//! what a step costs. `--no-default-features` measures with the system's.

/// Where the memory comes from.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What reports call it.
pub(crate) const NAME: &str = if cfg!(feature = "mimalloc") {
    "mimalloc"
} else {
    "the system's allocator"
};
