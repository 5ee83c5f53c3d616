//! Where values are veiled, none lies open on the disk.

use crate::simulation::{
    facts::Facts,
    invariant::{Invariant, Moment},
};

/// What stands in every program, and in every call of an activity.
const OPEN: [&[u8]; 2] = [b"is_stubborn", b"is_narrow"];

/// Of a world whose values are veiled, or of another one.
pub(super) struct Secrecy {
    pub(super) is_veiled: bool,
}

impl Invariant for Secrecy {
    fn name(&self) -> &'static str {
        "what is veiled does not lie open on the disk"
    }

    fn check(&mut self, moment: &Moment<'_>, _: &Facts) -> Result<(), String> {
        let Moment::Synced(fact) = moment else {
            return Ok(());
        };
        let holds = |text: &[u8]| fact.record.windows(text.len()).any(|part| part == text);
        match OPEN.iter().find(|text| self.is_veiled && holds(text)) {
            Some(text) => Err(format!(
                "a record of run {} has {}",
                fact.run_id,
                String::from_utf8_lossy(text)
            )),
            None => Ok(()),
        }
    }
}
