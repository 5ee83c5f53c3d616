//! Subjects: the systems that are measured, each in one durability mode.
//!
//! A [`Subject`] does the work of a scenario and measures itself. [`Sempre`] hands the work to the
//! scenarios of this crate; what else there is stands in `bench/peers`.

mod sempre;
mod store;
mod subject;

pub(crate) use self::{
    sempre::Place,
    store::{CountedStore, Tally},
};
pub use self::{sempre::Sempre, subject::Subject};
