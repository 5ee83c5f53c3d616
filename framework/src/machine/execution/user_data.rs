//! Where the user's data is in a state, and in the messages that change it.

use crate::{
    machine::execution::{
        ExecutionState, PendingActivity, WorkflowTaskProblem,
        decide::{Inheritance, ReportActivity, ReportedOutcome, SignalMessage, Terminate},
    },
    model::{CodecError, UserData, UserDataVisitor},
};

impl UserData for SignalMessage {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.input.visit(visitor)
    }
}

impl UserData for Terminate {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.details.visit(visitor)
    }
}

impl UserData for ReportActivity {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match &mut self.outcome {
            ReportedOutcome::Completed(it)
            | ReportedOutcome::Canceled(it)
            | ReportedOutcome::Heartbeat(it) => it.visit(visitor),
            ReportedOutcome::Failed(failure) => failure.visit(visitor),
        }
    }
}

impl UserData for Inheritance {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.last_completion_result.visit(visitor)?;
        self.continued_failure.visit(visitor)
    }
}

impl UserData for PendingActivity {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.scheduled.input.visit(visitor)?;
        if let Some(last) = &mut self.last_failure {
            last.failure.visit(visitor)?;
        }
        self.heartbeat_details.visit(visitor)?;
        let mut controls = self.controls.iter_mut();
        controls.try_for_each(|message| message.visit(visitor))
    }
}

impl UserData for WorkflowTaskProblem {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.failure.visit(visitor)
    }
}

impl ExecutionState {
    /// Shows a visitor what a description of the run shows: not what other runs are told, and not the
    /// events that are buffered.
    #[cfg(feature = "runtime")]
    pub(crate) fn visit_described(
        &mut self,
        visitor: &mut dyn UserDataVisitor,
    ) -> Result<(), CodecError> {
        if let Some(started) = &mut self.started {
            started.input.visit(visitor)?;
            started.memo.visit(visitor)?;
            started.lineage.visit(visitor)?;
        }
        if let Some(properties) = &mut self.properties {
            properties.memo.visit(visitor)?;
        }
        if let Some(task) = &mut self.workflow_task {
            task.last_failure.visit(visitor)?;
        }
        self.problem.visit(visitor)?;
        self.close.visit(visitor)?;
        let mut activities = self.activities.values_mut();
        activities.try_for_each(|activity| activity.visit(visitor))
    }
}
