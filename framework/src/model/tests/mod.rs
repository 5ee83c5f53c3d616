//! Unit tests of the model.

mod grammar;
mod id;
mod payload;
mod size;
mod time;
mod workflow_id;
