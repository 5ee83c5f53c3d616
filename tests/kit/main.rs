//! The test kit, as those who test workflows use it.

mod fixture;
mod mock;
mod replay;
mod time;
