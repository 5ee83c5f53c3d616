//! What the fuzz targets are made with: valid inputs, and edits that break them.
//!
//! Chance alone gets no byte past a checksum and no text past a parser. So the targets begin with
//! what is valid, the golden records and the histories of the corpus, and apply a list of edits to
//! it. Edits are data that bolero generates, shrinks and prints.
//!
//! The targets stand in `tests/targets`; CONTRIBUTING says how they are run.

mod corpus;
mod edit;
mod seal;
mod tree;

pub use self::{
    corpus::{Golden, Seed, corpus, golden_records, seeds},
    edit::{Edit, a_few},
    seal::seal,
    tree::{TreeEdit, edit_history},
};
