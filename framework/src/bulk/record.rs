//! What stands in the history of a job's run: what the job was asked to do, the runs that were found, and
//! what came of those that were tried.

use serde::{Deserialize, Serialize};

use crate::{
    bulk::{
        activity::{ACT, FIND},
        ledger::Ledger,
        verdict::{HeldUp, RunProblem},
    },
    model::{
        EventAttributes, EventId, History, PayloadError, Payloads, RunId, WorkflowExecution,
        WorkflowId,
    },
};

/// Runs that were found, the latest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(super) runs: Vec<(WorkflowId, RunId)>,
    /// The runs before this one are to be looked at as well.
    pub(super) next: Option<RunId>,
}

/// What came of the runs that were tried.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Acted {
    /// How many were tried, in their order.
    pub(super) tried: u64,
    pub(super) done: u64,
    pub(super) problems: Vec<RunProblem>,
    /// Those to be tried again.
    pub(super) left: Vec<u64>,
    /// Why.
    pub(super) held_up: Option<HeldUp>,
}

/// What the history of a job's run holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Recorded {
    /// The ledger with which the run began.
    pub(super) ledger: Ledger,
    /// The runs that it has found, in the order of their numbers.
    pub(super) found: Vec<(WorkflowId, RunId)>,
    /// The problems that it has met.
    pub(super) problems: Vec<RunProblem>,
}

impl Recorded {
    /// Reads the history of a job's run; `None` if it is none of a job.
    pub(super) fn read(history: &History) -> Result<Option<Self>, PayloadError> {
        let mut events = history.events.iter();
        let Some(EventAttributes::WorkflowExecutionStarted(started)) =
            events.next().map(|event| &event.attributes)
        else {
            return Ok(None);
        };
        let mut recorded = Self {
            ledger: started.input.decode()?,
            found: Vec::new(),
            problems: Vec::new(),
        };
        let mut asked: Option<(EventId, &str)> = None;
        for event in events {
            match &event.attributes {
                EventAttributes::ActivityTaskScheduled(it) => {
                    asked = Some((event.id, it.activity_type.as_str()));
                }
                EventAttributes::ActivityTaskCompleted(it) => {
                    // Invariant: a job does one thing after the other.
                    let of = asked.filter(|(id, _)| *id == it.scheduled_event_id);
                    recorded.take(of.map(|(_, activity)| activity), &it.result)?;
                }
                _ => {}
            }
        }
        Ok(Some(recorded))
    }

    fn take(&mut self, activity: Option<&str>, result: &Payloads) -> Result<(), PayloadError> {
        match activity {
            Some(FIND) => self.found.extend(result.decode::<Found>()?.runs),
            Some(ACT) => self.problems.extend(result.decode::<Acted>()?.problems),
            _ => {}
        }
        Ok(())
    }

    /// The run of this number, where the first that was found here has the other one.
    pub(super) fn execution(&self, number: u64, found_from: u64) -> Option<WorkflowExecution> {
        let index = usize::try_from(number.checked_sub(found_from)?).ok()?;
        let (workflow_id, run_id) = self.found.get(index)?.clone();
        Some(WorkflowExecution {
            workflow_id,
            run_id,
        })
    }
}
