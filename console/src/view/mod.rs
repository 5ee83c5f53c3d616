//! The pages, as HTML that is checked when the crate is compiled.
//!
//! A page is `content` in a `layout`. What is on it in more than one place is a part of its own:
//! `text` for words and times, `payload` for values, `form` for actions.
//! Whatever comes from elsewhere is written through the templates, which escape it.

mod answer;
mod audit;
mod bulk;
mod bulk_job;
mod bulk_jobs;
mod code;
mod content;
mod engine;
mod events;
mod failures;
mod form;
mod history;
mod layout;
mod overview;
mod patches;
mod patience;
mod payload;
mod queues;
mod run;
mod run_actions;
mod runs;
mod schedule;
mod schedules;
mod store;
mod text;
mod timeline;
mod tree;
mod trouble;
mod types;

pub(crate) use self::{
    answer::answer,
    content::{Content, content, page},
    layout::refusal,
    schedules::{overlap_name, spec_in_words},
    text::bytes,
};
#[cfg(test)]
pub(crate) use self::{
    patience::not_yet,
    text::{number, relative},
};
