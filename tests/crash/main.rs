//! A process with many workflows is killed with SIGKILL at random moments, and nothing that it
//! promised is lost.
//!
//! The parent keeps the log of what was acknowledged, attempts keep a side file of what they did,
//! and both are compared with the histories, which are read from the store between two lives.
//! `SEMPRE_CRASH_SEED` sets the seed, which decides the moments of the kills.

mod large_value;
mod mailroom;
mod place;
mod snapshot;
mod verdict;
mod world;

use std::{env, error::Error};

use sempre::storage::Durability;
use sempre_tests::crash::life::{Doom, live};

use crate::{place::Place, snapshot::Snapshot, world::World};

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn two_hundred_kills_lose_nothing_acknowledged_and_repeat_nothing_completed() -> Outcome {
    let place = Place::new(Durability::Fsync)?;
    let mut world = World::new(seed()?, 60, usize::MAX);
    let mut kept = Snapshot::default();
    for kill in 1..=200 {
        // Every fourth child dies while it recovers, the others while they work.
        let doom = match kill % 4 {
            0 => Doom::AfterSpawn(world.millis(10..90)),
            _ => Doom::AfterReady(world.millis(0..120)),
        };
        live(place.child(), &mut world, doom)?;
        if kill % 20 == 0 {
            let now = Snapshot::take(&place, world.journeys())?;
            now.check_continues(&kept)?;
            verdict::check_acknowledged(&world, &now)?;
            verdict::check_attempts(&now, &place)?;
            verdict::check_children(&now)?;
            kept = now;
        }
    }
    world.stop_opening();
    live(place.child(), &mut world, Doom::WhenAllIsDone)?;

    let now = Snapshot::take(&place, world.journeys())?;
    now.check_continues(&kept)?;
    verdict::check_acknowledged(&world, &now)?;
    verdict::check_arrived(&world, &now)?;
    verdict::check_attempts(&now, &place)?;
    verdict::check_children(&now)?;
    say(&verdict::summary(&now, &place)?);
    Ok(())
}

#[test]
fn deferred_durability_loses_only_the_end_of_what_was_done() -> Outcome {
    let place = Place::new(Durability::Deferred)?;
    // One request at a time, so that the order of acknowledgements is the order of commits.
    let mut world = World::new(seed()?, 20, 1);
    let mut kept = Snapshot::default();
    let mut lost = 0;
    for _ in 1..=20 {
        let doom = Doom::AfterReady(world.millis(200..1_200));
        live(place.child(), &mut world, doom)?;
        let now = Snapshot::take(&place, world.journeys())?;
        now.check_continues(&kept)?;
        verdict::check_prefix(&world, &now)?;
        verdict::check_children(&now)?;
        lost += world.forget_what_is_not_in(&now);
        kept = now;
    }
    world.stop_opening();
    live(place.child(), &mut world, Doom::WhenAllIsDone)?;

    let now = Snapshot::take(&place, world.journeys())?;
    now.check_continues(&kept)?;
    // An orderly end loses nothing. What attempts did is not compared: where the record of one can
    // be lost, it runs again.
    verdict::check_acknowledged(&world, &now)?;
    verdict::check_arrived(&world, &now)?;
    verdict::check_children(&now)?;
    let summary = verdict::summary(&now, &place)?;
    say(&format!("{summary} acknowledgements_lost={lost}"));
    Ok(())
}

/// The seed of this test run, which is shown if the test fails.
fn seed() -> Result<u64, Box<dyn Error>> {
    let seed = match env::var("SEMPRE_CRASH_SEED") {
        Ok(given) => given.parse()?,
        Err(_) => u64::from(std::process::id()),
    };
    say(&format!("SEMPRE_CRASH_SEED={seed}"));
    Ok(seed)
}

#[expect(
    clippy::print_stdout,
    reason = "shown with a failed test, or on request"
)]
fn say(what: &str) {
    println!("{what}");
}
