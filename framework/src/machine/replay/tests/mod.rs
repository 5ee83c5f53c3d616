//! Unit tests of the replay machine, and the journal that program tests are written with.

mod chunk;
mod flags;
pub(crate) mod journal;
mod life_cycle;
mod local_activity;
mod matching;
mod replayer;
mod script;
mod seed;
mod update;
