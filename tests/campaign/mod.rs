//! A campaign against a real process on a real disk: it uses everything that the engine can do, is
//! killed, finds its disk full or broken, and is held to what it has said.
//!
//! A *round* is one store with many lives (`round`). In each life a child (`child`) carries out what
//! it is asked (`errand`) and says what was acknowledged to it, until it is killed at a random moment, killed at
//! a system call that writes, truncates, renames, links, unlinks or syncs (`strace`), or its disk
//! refuses what it writes (`fault`). The parent keeps the log of what was said (`patron`), and holds
//! it against the store between lives and at the end (`verdict`, one file for each kind of promise):
//!
//! * Nothing acknowledged is lost, and nothing happens that nobody asked for.
//! * No completed activity runs again.
//! * A pause or a limit that was acknowledged is in force in the lives that follow.
//! * A bulk job that was acknowledged ends, and has acted on each run that it is about once.
//! * A backup restores, and holds everything that was acknowledged before it was asked for.
//! * Content that a run names is there; what no run names goes.
//! * A store check finds nothing, whatever has happened.
//! * Every run comes to its end once nobody kills any more.
//! * An engine whose disk refuses what it writes says so, and the next one goes on.
//!
//! That all of this would be noticed is what mutants show (`mutant`).

pub mod child;
mod clock;
mod errand;
mod fault;
mod full;
mod line;
mod mutant;
mod patron;
mod place;
mod round;
mod series;
mod strace;
mod verdict;
mod workload;

pub use self::{
    fault::Fault,
    mutant::Mutant,
    series::{Failure, Progress, Series, Tally},
};
