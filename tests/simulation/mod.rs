//! The simulated world: whole engines, one after the other, on a simulated disk, with everything
//! that can happen to them drawn from a seed.
//!
//! One seed is one world, and the same on every machine. `plan` draws what happens from outside:
//! what clients ask, how attempts end, what becomes of writes, what the clocks do, when the process
//! dies. `world` lets it happen, on one thread, to an engine that goes on when it is told to
//! (`SteppedEngine`), on a `disk` that loses what it may lose. `program` is what workflow code may do,
//! as data, and `script` the one workflow that does it; a `schedule` starts it, too, and a `coding` says
//! how its values are kept. After every step the promises in `invariant`
//! are held against the `facts`, which are what the disk has synced. A plan that breaks a promise is
//! made smaller by `shrink`, and its story is printed line by line.
//!
//! A new feature joins the world in these places: what code may do, in `program` and `script`; what
//! clients may ask, in `plan` and `client`; what may go wrong, in `plan` and `world`; what has to hold,
//! in `invariant`; and a fault that has to be noticed, in `mutant`. What it adds to a plan is drawn beside
//! the rest (`chance`), so that worlds whose seeds have names stay what they were.
//!
//! Absent on purpose: the sled adapter, whose disk `powercut` cuts, and the loss of threads.

mod activity;
mod campaign;
mod chance;
mod client;
mod coding;
mod disk;
mod end;
mod facts;
mod invariant;
mod mutant;
mod plan;
mod program;
mod schedule;
mod script;
mod shrink;
mod story;
mod tell;
mod time;
mod world;

pub use self::{
    campaign::{Campaign, Failure, Progress, fingerprint, first_breach, tell_story, try_seed},
    mutant::Mutant,
};
