//! The test kit, as those who test workflows use it.

mod activity;
mod attribute;
mod bulk;
mod chance;
mod crash;
mod fixture;
mod mock;
mod namespace;
mod recorded;
mod replay;
mod retention;
mod schedule;
mod time;
