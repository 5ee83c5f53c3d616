//! An attempt runs at most once, those of one activity one after the other, and no more of them than its
//! policy allows.

use std::collections::BTreeMap;

use sempre::model::{ActivityId, RunId};

use crate::simulation::{
    facts::Facts,
    invariant::{Invariant, Moment},
};

/// The last attempt of each activity that has begun.
#[derive(Default)]
pub(super) struct Attempts {
    begun: BTreeMap<(RunId, ActivityId), u32>,
}

impl Invariant for Attempts {
    fn name(&self) -> &'static str {
        "an attempt runs once"
    }

    fn check(&mut self, moment: &Moment<'_>, _: &Facts) -> Result<(), String> {
        let Moment::Began(attempt) = moment else {
            return Ok(());
        };
        let (info, most) = (attempt.ctx.info(), attempt.work.max_attempts);
        if info.attempt > most {
            let (activity, attempt) = (&info.activity_id, info.attempt);
            return Err(format!(
                "attempt {attempt} of activity {activity} runs, and may be {most}"
            ));
        }
        // Code that waits for a thread may get it after a later attempt has run.
        if attempt.work.is_blocking {
            return Ok(());
        }
        // What a local one has done is done again where no record says that it has ended.
        if info.is_local {
            return Ok(());
        }
        let key = (info.execution.run_id, info.activity_id.clone());
        let before = self.begun.insert(key, info.attempt).unwrap_or_default();
        if info.attempt > before {
            return Ok(());
        }
        let (activity, attempt) = (&info.activity_id, info.attempt);
        Err(format!(
            "attempt {attempt} of activity {activity} runs after attempt {before}"
        ))
    }
}
