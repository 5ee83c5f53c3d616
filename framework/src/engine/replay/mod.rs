//! The program side of a run: turns history into activations and checks the commands they cause.

mod activation;
mod program;

pub use self::{
    activation::{
        Activation, ActivationJob, ActivityResolution, ActivitySequence, ProgramCommand,
        TimerSequence,
    },
    program::{Program, QueryFailure},
};
