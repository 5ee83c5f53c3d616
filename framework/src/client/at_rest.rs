//! The service of a store at rest: it says how runs stand and what has happened, and refuses whatever
//! would change something.

use futures::{FutureExt as _, future::ready};

use crate::{
    actor::{Description, Refusal, Target, read_state},
    client::{Answer, ServiceLayer, StoredRuns, WorkflowService, nowhere::Nowhere},
    machine::execution::{ProblemKind, Surroundings},
    model::{
        ActivityType, Codecs, EventAttributes, History, TaskQueue, WorkflowType, WorkflowVersion,
    },
};

/// Why nothing is done about a run.
const REFUSES: Nowhere = Nowhere("the store is only read");

/// The runs of a store that no engine runs on, as a service.
pub(super) struct AtRest {
    runs: StoredRuns,
}

impl AtRest {
    pub(super) fn new(runs: StoredRuns) -> Self {
        Self { runs }
    }

    fn described(&self, target: &Target) -> Result<Box<Description>, Refusal> {
        let entry = self.runs.entry(&target.workflow_id, target.run_id)?;
        if let Some(damage) = entry.damage {
            return Err(Refusal::Damaged {
                cause: damage.into(),
            });
        }
        let state = read_state(self.runs.store(), entry.execution.run_id);
        let state = state.map_err(|error| Refusal::unreadable(&error))?;
        let problems = state.problems(&Unknown::default());
        Ok(Box::new(Description { state, problems }))
    }
}

impl ServiceLayer for AtRest {
    fn inner(&self) -> &dyn WorkflowService {
        &REFUSES
    }

    fn describe(&self, target: Target) -> Answer<Box<Description>> {
        ready(self.described(&target)).boxed()
    }

    fn history(&self, target: Target) -> Answer<History> {
        let history = self.runs.kept_history(&target.workflow_id, target.run_id);
        ready(history).boxed()
    }

    fn readable_history(&self, target: Target) -> Answer<History> {
        ServiceLayer::history(self, target)
    }

    fn await_close(&self, target: Target) -> Answer<EventAttributes> {
        let history = self.runs.kept_history(&target.workflow_id, target.run_id);
        match history {
            Ok(mut history) if history.is_closed() => match history.events.pop() {
                Some(last) => ready(Ok(last.attributes)).boxed(),
                None => REFUSES.refuse(),
            },
            Ok(_) => REFUSES.refuse(),
            Err(refusal) => ready(Err(refusal)).boxed(),
        }
    }
}

/// What is known of a run beside its records: nothing, so nothing is said to be missing.
#[derive(Debug, Default)]
struct Unknown {
    codecs: Codecs,
}

impl Surroundings for Unknown {
    fn quarantined(&self) -> Option<&str> {
        None
    }

    fn has_workflow(&self, _: &WorkflowType, _: Option<WorkflowVersion>) -> bool {
        true
    }

    fn paused(&self, _: &WorkflowType, _: &TaskQueue) -> Option<ProblemKind> {
        None
    }

    fn codecs(&self) -> &Codecs {
        &self.codecs
    }

    fn has_activity(&self, _: &TaskQueue, _: &ActivityType) -> bool {
        true
    }
}
