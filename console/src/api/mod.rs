//! The JSON API: what is read, and how actions are asked for.

mod act;
mod bulk;
mod code;
mod engine;
pub(crate) mod history;
pub(crate) mod json;
mod queue;
mod read;
mod run;
mod runs;
mod schedule;
#[cfg(feature = "temporal")]
mod temporal;
mod tree;

pub(crate) use self::{
    act::act,
    bulk::{
        Described as DescribedJob, outcome, page as page_of_jobs, point_in_words, results_page,
    },
    engine::audit_page,
    history::range,
    read::read,
    runs::{page as page_of_runs, page_token},
};
