//! What an acknowledgement is worth: a real store, a real disk, and processes that really die.
//!
//! That an acknowledgement means "on disk" has two halves, proved apart:
//!
//! * *The engine tells nobody before the store has taken it.* True on every platform, and proved
//!   here with a journal around the real store, and in `it::acknowledgement` with a store that
//!   waits and fails.
//! * *The store has not taken it before the disk has it.* Only the operating system sees that.
//!   [`trace`] watches the system calls of a process on Linux: each acknowledgement comes after an
//!   `fdatasync` of the store's journal that began after the acknowledged bytes were written to it.
//!
//! What no test here can show is that the disk keeps its own promise; see the page of `storage`.

mod child;
mod damage;
mod journal;
mod kill;
mod lock;
#[cfg(target_os = "linux")]
mod trace;
