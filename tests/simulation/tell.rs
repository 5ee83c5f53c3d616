//! Telling a plan: the whole life of its world, and what came of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::simulation::{
    invariant::Breach,
    mutant::Mutant,
    plan::Plan,
    story::Story,
    world::{World, breach},
};

/// What came of a plan.
#[derive(Debug)]
pub(crate) struct Told {
    /// The promise that was broken, if one was.
    pub(crate) breach: Option<Breach>,
    /// What happened, line by line.
    pub(crate) lines: Vec<String>,
    /// A number that differs where anything does.
    pub(crate) hash: u64,
}

/// Lets a world go through this plan, to its end.
pub(crate) fn tell(plan: &Plan, mutant: Option<Mutant>) -> Told {
    tell_to(None, plan, mutant)
}

/// The same, where somebody is told each line at once.
pub(crate) fn tell_to(listener: Option<fn(&str)>, plan: &Plan, mutant: Option<Mutant>) -> Told {
    let mut lines = Vec::new();
    let mut hash = 0;
    let told = AssertUnwindSafe(|| {
        let mut world = World::begin(plan, mutant, Story::told_to(listener))?;
        let verdict = world.follow_plan();
        let verdict = verdict.and_then(|()| world.come_to_an_end());
        let story = world.into_story();
        hash = story.hash();
        lines = story.into_lines();
        verdict
    });
    let verdict = catch_unwind(told).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        Err(breach("nothing panics", text.unwrap_or("without a word")))
    });
    Told {
        breach: verdict.err(),
        lines,
        hash,
    }
}
