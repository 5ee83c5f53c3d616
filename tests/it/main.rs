//! What the engine does, feature by feature, as its users see it.

mod acknowledgement;
mod activity;
mod anything;
mod budget;
mod cancel;
mod eviction;
mod foreign;
mod heartbeat;
mod log;
mod nondeterminism;
mod outcome;
mod query;
mod recovery;
mod redeploy;
mod report;
mod result;
mod retry;
mod shutdown;
mod signal;
mod slot;
mod start;
mod supervision;
mod timeout;
mod timer;
mod workflow_task;
