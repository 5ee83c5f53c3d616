//! What the engine does, feature by feature, as its users see it.

mod activity;
mod retry;
mod start;
