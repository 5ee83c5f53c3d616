//! Scenarios: the kinds of work, one file each.
//!
//! A scenario's file holds its [`Plan`], what it is and at which sizes it is measured, and how
//! Sempre does it. The workflows that do the work stand in `workload`.

mod ahead;
mod chain;
mod child;
mod codec;
mod console;
mod external;
mod fairness;
mod fan_out;
pub mod figures;
mod fill;
mod idle;
mod idling;
mod kept;
mod list;
mod local;
mod map_concurrent;
mod overload;
mod payload;
mod plan;
mod pressure;
mod replay;
mod retention;
mod scenario;
mod schedules;
mod signals;
mod sled_alone;
mod soak;
mod start_up;
mod step;
mod throughput;
mod timers;
mod update;
mod workload;

pub use self::{
    plan::Plan,
    scenario::Scenario,
    throughput::STEPS,
    timers::{BURST, SPREAD, SPREAD_OVER},
};

pub(crate) use self::{plan::grouped, scenario::measure};

#[cfg(test)]
mod tests;
