//! A campaign: many worlds, on several threads, one seed each.

use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use derive_more::{Debug, Display};

use crate::simulation::{
    mutant::Mutant,
    plan::Plan,
    shrink::shrink,
    tell::{tell, tell_to},
};

/// Which worlds to go through.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// One world for each.
    pub seeds: Range<u64>,
    /// How many at once.
    pub jobs: usize,
    /// A deliberate fault in all of them.
    pub mutant: Option<Mutant>,
}

/// Who is told after each world.
pub type Progress<'p> = &'p (dyn Fn(Option<&Failure>) + Sync);

/// A world that broke a promise.
#[derive(Clone, Debug, Display)]
#[display("seed {seed}: {what}\n  {}", story.join("\n  "))]
pub struct Failure {
    /// What the world follows from.
    pub seed: u64,
    /// Which promise it broke, and how.
    pub what: String,
    /// What happened in the smallest plan that breaks it too.
    pub story: Vec<String>,
}

impl Campaign {
    /// Goes through all worlds; returns those that broke a promise, in the order of their seeds.
    pub fn run(&self, progress: Progress<'_>) -> Vec<Failure> {
        let next = AtomicU64::new(self.seeds.start);
        let failures = Mutex::new(Vec::new());
        let work = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= self.seeds.end {
                    return;
                }
                let failure = try_seed(seed, self.mutant);
                progress(failure.as_ref());
                let mut all = failures.lock().unwrap_or_else(PoisonError::into_inner);
                all.extend(failure);
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(work);
            }
        });
        let mut failures = failures
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        failures.sort_by_key(|failure| failure.seed);
        failures
    }
}

/// Goes through the world of a seed; if it breaks a promise, says so with the smallest plan that
/// does.
pub fn try_seed(seed: u64, mutant: Option<Mutant>) -> Option<Failure> {
    let plan = Plan::draw(seed);
    let breach = tell(&plan, mutant).breach?;
    let smallest = shrink(plan, mutant, breach.invariant);
    let told = tell(&smallest, mutant);
    let mut story = vec![format!("{:?}", smallest.settings)];
    story.extend(told.lines);
    let what = told.breach.unwrap_or(breach).to_string();
    Some(Failure { seed, what, story })
}

/// The first seed of these whose world breaks a promise, and which.
pub fn first_breach(mut seeds: Range<u64>, mutant: Option<Mutant>) -> Option<(u64, String)> {
    seeds.find_map(|seed| {
        let breach = tell(&Plan::draw(seed), mutant).breach?;
        Some((seed, breach.invariant.to_owned()))
    })
}

/// Tells what happens in the world of a seed, while it happens; returns which promise it breaks, if
/// it does.
pub fn tell_story(seed: u64, listener: fn(&str)) -> Option<String> {
    let plan = Plan::draw(seed);
    listener(&format!("{:?}", plan.settings));
    let told = tell_to(Some(listener), &plan, None);
    told.breach.map(|breach| breach.to_string())
}

/// A number that stands for everything that happens in the world of a seed.
pub fn fingerprint(seed: u64) -> u64 {
    tell(&Plan::draw(seed), None).hash
}
