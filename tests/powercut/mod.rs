//! Power cuts, simulated on what a real process really did.
//!
//! A child process works on a real store while every call that changes the disk is recorded, in
//! order, with what was acknowledged (`record`, `strace`, `call`, `interpret`). From the
//! recording, states of the disk are built that a power cut could have left at any moment
//! (`disk`, `cut`). Each is opened by a process of its own, which looks for everything that
//! had been acknowledged by then (`check`).
//!
//! What a cut may do is what POSIX allows, which is more than any one file system does:
//!
//! * What was written and not synced since is there or not, sector by sector (512 bytes), page by
//!   page (4 KiB) or as a whole, whatever was written before or after it.
//! * A file's size is any that it had since its last sync, so that it may have grown without what
//!   was written there, which then reads as zeros.
//! * A name that was made, replaced or removed is as it was, until the folder it stands in was
//!   synced; a file's own sync does not carry its name. A rename happens as a whole or not at all.
//! * `fsync` and `fdatasync` cover what had been written when they began. `sync_file_range` covers
//!   nothing. A write to a file that is opened with `O_DSYNC`, or that has the attribute for
//!   synchronous writes, is there once it has returned, with the size that it takes to read it.
//!
//! A disk that forgets what it said was synced is not among the states.

mod call;
mod campaign;
mod check;
mod cut;
mod disk;
mod file;
mod folder;
mod interpret;
mod noise;
mod plan;
mod record;
mod strace;
mod work;

pub use self::{
    campaign::{Campaign, Failure, Progress},
    check::check,
    plan::{Claim, Plan},
    record::{Recording, record_all},
    strace::require as require_strace,
    work::work,
};
