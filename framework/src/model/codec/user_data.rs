//! Where the user's data is in what is said, asked and recorded.

use std::collections::BTreeMap;

use crate::model::{
    Change, CodecError, Entry, EventAttributes, Failure, FailureInfo, History, HistoryEvent,
    Lineage, Memo, Payload, Payloads, Transition, event::update,
};

/// What is shown the user's data in a value, and may change it.
pub trait UserDataVisitor {
    /// A payload.
    ///
    /// # Errors
    /// [`CodecError`] ends the visit.
    fn payload(&mut self, payload: &mut Payload) -> Result<(), CodecError>;

    /// The texts of a failure; its details and its causes are shown by themselves.
    ///
    /// # Errors
    /// [`CodecError`] ends the visit.
    fn failure(&mut self, failure: &mut Failure) -> Result<(), CodecError>;
}

/// A value that may hold data of the user: payloads, and texts of failures.
///
/// Names, ids, reasons and search attributes do not count: the engine itself reads them. Nor do
/// headers, which are for everybody on the way.
pub trait UserData {
    /// Shows a visitor all of it, in a fixed order.
    ///
    /// # Errors
    /// [`CodecError`] of the visitor, which sees nothing more then.
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError>;
}

impl UserData for Payload {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        visitor.payload(self)
    }
}

impl UserData for Payloads {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.0.iter_mut().try_for_each(|it| it.visit(visitor))
    }
}

impl UserData for Memo {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.iter_mut().try_for_each(|it| it.visit(visitor))
    }
}

impl<T: UserData> UserData for Option<T> {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.as_mut().map_or(Ok(()), |it| it.visit(visitor))
    }
}

impl<T: UserData + ?Sized> UserData for Box<T> {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        (**self).visit(visitor)
    }
}

impl UserData for BTreeMap<String, Payloads> {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.values_mut().try_for_each(|it| it.visit(visitor))
    }
}

impl UserData for Failure {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        let mut next = Some(self);
        while let Some(failure) = next {
            visitor.failure(failure)?;
            failure.info.visit(visitor)?;
            next = failure.cause.as_deref_mut();
        }
        Ok(())
    }
}

impl UserData for FailureInfo {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match self {
            Self::Application(it) => it.details.visit(visitor),
            Self::Timeout(it) => it.last_heartbeat_details.visit(visitor),
            Self::Canceled(it) => it.details.visit(visitor),
            Self::ResetWorkflow(it) => it.last_heartbeat_details.visit(visitor),
            Self::Terminated(_) | Self::Server(_) | Self::Activity(_) | Self::ChildWorkflow(_) => {
                Ok(())
            }
        }
    }
}

impl UserData for Lineage {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.last_completion_result.visit(visitor)?;
        self.continued_failure.visit(visitor)
    }
}

impl UserData for update::Request {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.input.visit(visitor)
    }
}

impl UserData for update::Outcome {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match self {
            Self::Success(result) => result.visit(visitor),
            Self::Failure(failure) => failure.visit(visitor),
        }
    }
}

impl UserData for History {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        let mut events = self.events.iter_mut();
        events.try_for_each(|event| event.visit(visitor))
    }
}

impl UserData for Transition {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        let mut entries = self.entries.iter_mut();
        entries.try_for_each(|entry| match entry {
            Entry::Event(event) => event.visit(visitor),
            Entry::Change(change) => change.visit(visitor),
        })
    }
}

impl UserData for Change {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match self {
            Self::AttemptFailed(it) => it.failure.failure.visit(visitor),
            Self::HeartbeatRecorded(it) => it.details.visit(visitor),
            Self::EventBuffered(it) => it.attributes.visit(visitor),
            Self::WorkflowTaskAttemptFailed(it) => it.failure.visit(visitor),
            Self::AttemptStarted(_)
            | Self::BufferFlushed(_)
            | Self::WorkflowTaskScheduled(_)
            | Self::WorkflowTaskStarted(_)
            | Self::SignalDropped(_)
            | Self::BackoffEnded(_)
            | Self::HeartbeatDetailsDropped(_)
            | Self::RecordsLost(_)
            | Self::MessageSettled(_)
            | Self::AttemptHandedOver(_)
            | Self::Forked(_)
            | Self::Reset(_)
            | Self::ActivityPaused(_)
            | Self::ActivityUnpaused(_)
            | Self::ActivityReset(_)
            | Self::ActivityOptionsUpdated(_) => Ok(()),
        }
    }
}

impl UserData for HistoryEvent {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.attributes.visit(visitor)
    }
}

impl UserData for EventAttributes {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match self {
            Self::WorkflowExecutionStarted(it) => {
                it.input.visit(visitor)?;
                it.memo.visit(visitor)?;
                it.lineage.visit(visitor)
            }
            Self::WorkflowExecutionCompleted(it) => it.result.visit(visitor),
            Self::WorkflowExecutionFailed(it) => it.failure.visit(visitor),
            Self::WorkflowExecutionCanceled(it) => it.details.visit(visitor),
            Self::WorkflowExecutionSignaled(it) => it.input.visit(visitor),
            Self::WorkflowExecutionTerminated(it) => it.details.visit(visitor),
            Self::WorkflowExecutionContinuedAsNew(it) => {
                it.input.visit(visitor)?;
                it.memo.visit(visitor)
            }
            Self::WorkflowTaskFailed(it) => it.failure.visit(visitor),
            Self::ActivityTaskScheduled(it) => it.input.visit(visitor),
            Self::ActivityTaskStarted(it) => it.last_failure.visit(visitor),
            Self::ActivityTaskCompleted(it) => it.result.visit(visitor),
            Self::ActivityTaskFailed(it) => it.failure.visit(visitor),
            Self::ActivityTaskTimedOut(it) => it.failure.visit(visitor),
            Self::ActivityTaskCanceled(it) => it.details.visit(visitor),
            Self::MarkerRecorded(it) => {
                it.details.visit(visitor)?;
                it.failure.visit(visitor)
            }
            Self::StartChildWorkflowExecutionInitiated(it) => {
                it.input.visit(visitor)?;
                it.memo.visit(visitor)
            }
            Self::ChildWorkflowExecutionCompleted(it) => it.result.visit(visitor),
            Self::ChildWorkflowExecutionFailed(it) => it.failure.visit(visitor),
            Self::ChildWorkflowExecutionCanceled(it) => it.details.visit(visitor),
            Self::SignalExternalWorkflowExecutionInitiated(it) => it.input.visit(visitor),
            Self::WorkflowExecutionUpdateAccepted(it) => it.accepted_request.visit(visitor),
            Self::WorkflowExecutionUpdateCompleted(it) => it.outcome.visit(visitor),
            Self::WorkflowExecutionUpdateAdmitted(it) => it.request.visit(visitor),
            Self::WorkflowPropertiesModified(it) => it.upserted_memo.visit(visitor),
            Self::Foreign(_)
            | Self::WorkflowExecutionTimedOut(_)
            | Self::WorkflowExecutionCancelRequested(_)
            | Self::WorkflowTaskScheduled(_)
            | Self::WorkflowTaskStarted(_)
            | Self::WorkflowTaskCompleted(_)
            | Self::WorkflowTaskTimedOut(_)
            | Self::ActivityTaskCancelRequested(_)
            | Self::TimerStarted(_)
            | Self::TimerFired(_)
            | Self::TimerCanceled(_)
            | Self::RequestCancelExternalWorkflowExecutionInitiated(_)
            | Self::RequestCancelExternalWorkflowExecutionFailed(_)
            | Self::ExternalWorkflowExecutionCancelRequested(_)
            | Self::StartChildWorkflowExecutionFailed(_)
            | Self::ChildWorkflowExecutionStarted(_)
            | Self::ChildWorkflowExecutionTimedOut(_)
            | Self::ChildWorkflowExecutionTerminated(_)
            | Self::SignalExternalWorkflowExecutionFailed(_)
            | Self::ExternalWorkflowExecutionSignaled(_)
            | Self::UpsertWorkflowSearchAttributes(_)
            | Self::WorkflowExecutionPaused(_)
            | Self::WorkflowExecutionUnpaused(_) => Ok(()),
        }
    }
}
