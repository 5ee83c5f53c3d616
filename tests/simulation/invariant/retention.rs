//! Closed runs go when their time has passed, where a time is set; [`Facts`] sees that none goes before.

use crate::simulation::{
    facts::Facts,
    invariant::{Invariant, Moment},
};

/// Whether closed runs go.
pub(super) struct Retention {
    pub(super) forgets: bool,
}

impl Invariant for Retention {
    fn name(&self) -> &'static str {
        "closed runs go when their time has passed"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        let Moment::Over(_) = moment else {
            return Ok(());
        };
        // Nobody sleeps any more, so nobody waits for a time to pass.
        let mut runs = facts.runs.iter().filter(|(_, run)| !run.is_scheduler());
        match runs.find(|(_, run)| run.is_deleted != self.forgets) {
            Some((run_id, _)) if self.forgets => Err(format!("run {run_id} is never deleted")),
            Some((run_id, _)) => Err(format!("run {run_id} is deleted, and was to be kept")),
            None => Ok(()),
        }
    }
}
