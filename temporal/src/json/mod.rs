//! Proto3 JSON: what Temporal's tools write and read.
//!
//! Reading is strict about meaning and easy about spelling: a field that Temporal does not define
//! is an error, and an enum may be written in full (`EVENT_TYPE_TIMER_FIRED`), without its prefix
//! (`TIMER_FIRED`) or in the older way (`TimerFired`). Writing is canonical: full names, 64-bit
//! integers as text, and no field that has its default value.

mod read;
mod remainder;
mod shape;
mod spelling;
mod write;

pub(crate) use self::{
    read::{Read, read_event},
    remainder::Remainder,
    shape::parse,
    spelling::attributes_key,
    write::{check_event, describe, write_event},
};
