//! The program side of a run: turns history into activations and checks the commands they cause.
//!
//! [`Replayer`] is the face: events in, commands out, with a [`Program`] inside. A program numbers
//! what it asks for and knows no event ids; the replayer knows which event each number stands for.
//! One walk serves replay and live alike: what it was told is all that it knows.
//!
//! ```text
//! events ─▶ chunk ─▶ jobs ─▶ Program::activate ─▶ commands ─▶ request ─▶ matching ─▶ next events
//! ```
//!
//! Absent on purpose: futures, which belong to `workflow`.

mod activation;
mod activities;
pub(crate) mod children;
mod chunk;
mod closing;
mod divergence;
mod externals;
mod flags;
mod jobs;
mod life_cycle;
mod local_activities;
mod local_marker;
mod look_ahead;
mod marker;
mod matching;
pub(crate) mod patch;
mod program;
mod progress;
mod replayer;
mod request;
mod seed;
mod timers;
mod user_data;

pub(crate) use self::seed::seed_of;
pub use self::{
    activation::{
        Activation, ActivationJob, ActivityResolution, ActivitySequence, ChildResolution,
        ChildSequence, ChildStart, ExternalResolution, ExternalSequence, LocalActivityEnd,
        LocalActivityOutcome, LocalActivityRequest, LocalActivityResolution, LocalActivityTask,
        LocalBackoff, LocalCancellation, ProgramCommand, TimerSequence,
    },
    divergence::{
        Attempted, CorruptHistory, Divergence, Fields, NONDETERMINISM_CODE, Nondeterminism,
        Recorded,
    },
    flags::EngineFlag,
    program::{Program, QueryFailure},
    replayer::Replayer,
};

#[cfg(test)]
pub(crate) mod tests;
