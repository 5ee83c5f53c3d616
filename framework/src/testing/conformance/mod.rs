//! The rules of the storage port, as a suite that any adapter can run.
//!
//! An adapter tells where its stores live ([`StorePlace`]) and calls [`run`]; or it calls the rules
//! one by one, each with a place of its own.
//!
//! Absent on purpose: crashes in the middle of a write, which need a process to kill, and power
//! cuts, which need a disk to lie. [`StorePlace::after_crash`] stands between commits.

mod breach;
mod naming;
mod place;
mod reading;
mod sample;
mod suite;
mod together;
mod writing;

pub use self::{
    breach::{Breach, Violation},
    naming::s10_what_records_name_is_known,
    place::StorePlace,
    reading::{
        s6_reads_see_what_has_returned, s7_records_come_back_byte_for_byte,
        s9_records_are_in_order_without_gaps,
    },
    suite::{RULES, Rule, run},
    writing::{
        s1_a_commit_is_atomic, s2_a_returned_commit_survives, s3_what_survives_is_a_prefix,
        s4_a_record_is_never_overwritten, s5_a_failed_write_poisons, s8_a_store_has_one_owner,
    },
};
