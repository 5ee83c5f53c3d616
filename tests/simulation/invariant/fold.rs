//! State is the fold of the records, and history is what the code says to it.

use sempre::{client::Description, testing::replay};

use crate::simulation::{
    client::Answer,
    facts::Facts,
    invariant::{Invariant, Moment},
    script::Script,
};

/// Keeps nothing.
pub(super) struct Fold;

impl Invariant for Fold {
    fn name(&self) -> &'static str {
        "state is the fold of the records, and replay agrees"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Answered(_, Answer::Described(description)) => check_state(description, facts),
            Moment::Quiet(_) => facts
                .runs
                .values()
                .filter(|run| !run.is_scheduler())
                .try_for_each(|run| {
                    let replayed = replay::check::<Script>(&run.history);
                    replayed.map(drop).map_err(|error| error.to_string())
                }),
            _ => Ok(()),
        }
    }
}

fn check_state(description: &Description, facts: &Facts) -> Result<(), String> {
    // A state follows the clock, which the records do not know, and has the sizes of what is kept.
    if facts.time.jumps_back() > 0 || !facts.codecs.is_empty() {
        return Ok(());
    }
    let described = &description.state;
    let run = facts.runs.get(&described.run_id());
    let recent = run.map(|run| &*run.recent).unwrap_or_default();
    let at = described.last_record();
    let Some(folded) = recent.iter().find(|state| state.last_record() == at) else {
        return Ok(());
    };
    if folded == described {
        return Ok(());
    }
    Err(format!(
        "at record {at} the state is\n{described:#?}\nand its records make\n{folded:#?}"
    ))
}
