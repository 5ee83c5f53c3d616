//! Floor 3: what is done about an execution that breaks.
//!
//! A broken actor is discarded and rebuilt from its records, after a backoff. One that keeps
//! breaking is quarantined: it is left alone, its cause is listed, and an operator may resume it.
//!
//! Absent on purpose: actors. This floor decides; the shard carries out.

mod policy;
mod quarantine;
mod troubles;

pub use self::{
    policy::{Faults, RestartPolicy, Verdict},
    quarantine::{Quarantine, QuarantinedRun},
    troubles::{RunProblem, Troubles},
};

#[cfg(test)]
mod tests;
