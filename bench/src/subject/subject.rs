//! What a system has to offer to be measured.

use crate::{Outcome, child::Job, measurement::Measurement, scenario::Scenario};

/// A system in one durability mode.
pub trait Subject {
    /// The system.
    fn system(&self) -> &str;

    /// What its acknowledgements promise.
    fn durability(&self) -> &str;

    /// Whether it can do this work.
    fn covers(&self, scenario: Scenario) -> bool;

    /// Does a phase of the work, and measures it; only the measurement of the last phase counts.
    ///
    /// Blocks: a subject brings the threads and runtimes that suit it.
    ///
    /// # Errors
    /// Whatever keeps it from measuring.
    fn measure(&self, job: &Job) -> Outcome<Measurement>;

    /// What is not like for like.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// What tells it from the others.
    fn label(&self) -> String {
        format!("{} {}", self.system(), self.durability())
    }
}
