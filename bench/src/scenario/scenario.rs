//! The scenarios by name.

use serde::{Deserialize, Serialize};

use crate::{
    Outcome,
    measurement::Measurement,
    scenario::{
        Plan, chain, child, codec, console, external, fairness, fan_out, idle, list, local,
        map_concurrent, overload, payload, replay, retention, schedules, signals, soak, start_up,
        step, throughput, timers, update,
    },
    subject::Place,
};

/// A kind of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// One workflow, one activity after the other.
    Step,
    /// One workflow, one local activity after the other.
    Local,
    /// Many workflows of a few activities at once.
    Throughput,
    /// One workflow, many activities at once.
    FanOut,
    /// One workflow, many activities, so many at a time.
    MapConcurrent,
    /// Signals to one workflow, and to many.
    Signals,
    /// Updates to one workflow, one at a time, and to many at once.
    Update,
    /// Children of one workflow, one at a time and all at once.
    Child,
    /// Signals from workflows to another one.
    External,
    /// Runs that follow one another.
    Chain,
    /// Many timers.
    Timers,
    /// Opening a store with many open workflows.
    StartUp,
    /// Telling histories again.
    Replay,
    /// Memory of workflows that wait.
    Idle,
    /// Schedules that wait, and some that act.
    Schedules,
    /// Runs that are found among many.
    List,
    /// The views of the console beside many runs.
    Console,
    /// Closed runs that are deleted beside full load.
    Retention,
    /// Tenants that wait beside a large one.
    Fairness,
    /// Steps with large payloads.
    Payload,
    /// Values that are compressed and encrypted.
    Codec,
    /// A load that lasts.
    Soak,
    /// More than can be done.
    Overload,
}

impl Scenario {
    /// All of them, in the order they are measured and listed.
    pub const ALL: [Self; 23] = [
        Self::Step,
        Self::Local,
        Self::Throughput,
        Self::FanOut,
        Self::MapConcurrent,
        Self::Signals,
        Self::Update,
        Self::Child,
        Self::External,
        Self::Chain,
        Self::Timers,
        Self::StartUp,
        Self::Replay,
        Self::Idle,
        Self::Schedules,
        Self::List,
        Self::Console,
        Self::Retention,
        Self::Fairness,
        Self::Payload,
        Self::Codec,
        Self::Soak,
        Self::Overload,
    ];

    /// What it is.
    pub fn plan(self) -> &'static Plan {
        match self {
            Self::Step => &step::PLAN,
            Self::Local => &local::PLAN,
            Self::Throughput => &throughput::PLAN,
            Self::FanOut => &fan_out::PLAN,
            Self::MapConcurrent => &map_concurrent::PLAN,
            Self::Signals => &signals::PLAN,
            Self::Update => &update::PLAN,
            Self::Child => &child::PLAN,
            Self::External => &external::PLAN,
            Self::Chain => &chain::PLAN,
            Self::Timers => &timers::PLAN,
            Self::StartUp => &start_up::PLAN,
            Self::Replay => &replay::PLAN,
            Self::Idle => &idle::PLAN,
            Self::Schedules => &schedules::PLAN,
            Self::List => &list::PLAN,
            Self::Console => &console::PLAN,
            Self::Retention => &retention::PLAN,
            Self::Fairness => &fairness::PLAN,
            Self::Payload => &payload::PLAN,
            Self::Codec => &codec::PLAN,
            Self::Soak => &soak::PLAN,
            Self::Overload => &overload::PLAN,
        }
    }
}

/// Has Sempre do the work.
pub(crate) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    match place.job.scenario {
        Scenario::Step => step::measure(place).await,
        Scenario::Local => local::measure(place).await,
        Scenario::Throughput => throughput::measure(place).await,
        Scenario::FanOut => fan_out::measure(place).await,
        Scenario::MapConcurrent => map_concurrent::measure(place).await,
        Scenario::Signals => signals::measure(place).await,
        Scenario::Update => update::measure(place).await,
        Scenario::Child => child::measure(place).await,
        Scenario::External => external::measure(place).await,
        Scenario::Chain => chain::measure(place).await,
        Scenario::Timers => timers::measure(place).await,
        Scenario::StartUp => start_up::measure(place).await,
        Scenario::Replay => replay::measure(place).await,
        Scenario::Idle => idle::measure(place).await,
        Scenario::Schedules => schedules::measure(place).await,
        Scenario::List => list::measure(place).await,
        Scenario::Console => console::measure(place).await,
        Scenario::Retention => retention::measure(place).await,
        Scenario::Fairness => fairness::measure(place).await,
        Scenario::Payload => payload::measure(place).await,
        Scenario::Codec => codec::measure(place),
        Scenario::Soak => soak::measure(place).await,
        Scenario::Overload => overload::measure(place).await,
    }
}
