//! Failures, with their kinds and causes.

use sempre::model::{
    ActivityFailureInfo, ApplicationFailureInfo, CanceledFailureInfo, ChildWorkflowFailureInfo,
    Failure, FailureInfo, ResetWorkflowFailureInfo, ServerFailureInfo, TerminatedFailureInfo,
    TimeoutFailureInfo,
};
use temporalio_protos::temporal::api::failure::v1::{self as proto, failure::FailureInfo as Kind};

use super::{Field, Malformed};

impl Field<proto::Failure> for Failure {
    fn to_field(&self) -> proto::Failure {
        proto::Failure {
            message: self.message.clone(),
            source: self.source.clone(),
            stack_trace: self.stack_trace.clone(),
            encoded_attributes: self.encoded_attributes.to_field(),
            cause: self
                .cause
                .as_deref()
                .map(|cause| Box::new(cause.to_field())),
            failure_info: to_kind(&self.info),
        }
    }

    fn from_field(field: &proto::Failure) -> Result<Self, Malformed> {
        let cause = field.cause.as_deref().map(Self::from_field).transpose()?;
        Ok(Self {
            message: field.message.clone(),
            source: field.source.clone(),
            stack_trace: field.stack_trace.clone(),
            info: match &field.failure_info {
                Some(kind) => from_kind(kind)?,
                None => FailureInfo::default(),
            },
            cause: cause.map(Box::new),
            encoded_attributes: Field::from_field(&field.encoded_attributes)?,
        })
    }
}

impl Field<Option<proto::Failure>> for Failure {
    fn to_field(&self) -> Option<proto::Failure> {
        Some(self.to_field())
    }

    fn from_field(field: &Option<proto::Failure>) -> Result<Self, Malformed> {
        field
            .as_ref()
            .map_or_else(|| Ok(Self::default()), Self::from_field)
    }
}

impl Field<Option<proto::Failure>> for Box<Failure> {
    fn to_field(&self) -> Option<proto::Failure> {
        (**self).to_field()
    }

    fn from_field(field: &Option<proto::Failure>) -> Result<Self, Malformed> {
        Failure::from_field(field).map(Self::new)
    }
}

impl Field<Option<proto::Failure>> for Option<Box<Failure>> {
    fn to_field(&self) -> Option<proto::Failure> {
        self.as_deref().map(Field::to_field)
    }

    fn from_field(field: &Option<proto::Failure>) -> Result<Self, Malformed> {
        let failure = field.as_ref().map(Failure::from_field).transpose()?;
        Ok(failure.map(Box::new))
    }
}

fn to_kind(info: &FailureInfo) -> Option<Kind> {
    Some(match info {
        FailureInfo::Application(it) => {
            Kind::ApplicationFailureInfo(proto::ApplicationFailureInfo {
                r#type: it.error_type.clone(),
                non_retryable: it.non_retryable,
                details: it.details.to_field(),
                next_retry_delay: it.next_retry_delay.to_field(),
                category: it.category.to_field(),
            })
        }
        FailureInfo::Timeout(it) => Kind::TimeoutFailureInfo(proto::TimeoutFailureInfo {
            timeout_type: it.timeout_type.to_field(),
            last_heartbeat_details: it.last_heartbeat_details.to_field(),
        }),
        FailureInfo::Canceled(it) => Kind::CanceledFailureInfo(proto::CanceledFailureInfo {
            details: it.details.to_field(),
            identity: it.identity.to_field(),
        }),
        FailureInfo::Terminated(it) => Kind::TerminatedFailureInfo(proto::TerminatedFailureInfo {
            identity: it.identity.to_field(),
        }),
        FailureInfo::Server(it) => Kind::ServerFailureInfo(proto::ServerFailureInfo {
            non_retryable: it.non_retryable,
        }),
        FailureInfo::ResetWorkflow(it) => {
            Kind::ResetWorkflowFailureInfo(proto::ResetWorkflowFailureInfo {
                last_heartbeat_details: it.last_heartbeat_details.to_field(),
            })
        }
        FailureInfo::Activity(it) => Kind::ActivityFailureInfo(proto::ActivityFailureInfo {
            scheduled_event_id: it.scheduled_event_id.to_field(),
            started_event_id: it.started_event_id.to_field(),
            identity: it.identity.to_field(),
            activity_type: it.activity_type.to_field(),
            activity_id: it.activity_id.to_field(),
            retry_state: it.retry_state.to_field(),
        }),
        FailureInfo::ChildWorkflow(it) => {
            Kind::ChildWorkflowExecutionFailureInfo(proto::ChildWorkflowExecutionFailureInfo {
                workflow_execution: it.workflow_execution.to_field(),
                workflow_type: it.workflow_type.to_field(),
                initiated_event_id: it.initiated_event_id.to_field(),
                started_event_id: it.started_event_id.to_field(),
                retry_state: it.retry_state.to_field(),
                ..Default::default()
            })
        }
        _ => return None,
    })
}

fn from_kind(kind: &Kind) -> Result<FailureInfo, Malformed> {
    Ok(match kind {
        Kind::ApplicationFailureInfo(it) => FailureInfo::Application(ApplicationFailureInfo {
            error_type: it.r#type.clone(),
            non_retryable: it.non_retryable,
            details: Field::from_field(&it.details)?,
            next_retry_delay: Field::from_field(&it.next_retry_delay)?,
            category: Field::from_field(&it.category)?,
        }),
        Kind::TimeoutFailureInfo(it) => FailureInfo::Timeout(TimeoutFailureInfo {
            timeout_type: Field::from_field(&it.timeout_type)?,
            last_heartbeat_details: Field::from_field(&it.last_heartbeat_details)?,
        }),
        Kind::CanceledFailureInfo(it) => FailureInfo::Canceled(CanceledFailureInfo {
            details: Field::from_field(&it.details)?,
            identity: Field::from_field(&it.identity)?,
        }),
        Kind::TerminatedFailureInfo(it) => FailureInfo::Terminated(TerminatedFailureInfo {
            identity: Field::from_field(&it.identity)?,
        }),
        Kind::ServerFailureInfo(it) => FailureInfo::Server(ServerFailureInfo {
            non_retryable: it.non_retryable,
        }),
        Kind::ResetWorkflowFailureInfo(it) => {
            FailureInfo::ResetWorkflow(ResetWorkflowFailureInfo {
                last_heartbeat_details: Field::from_field(&it.last_heartbeat_details)?,
            })
        }
        Kind::ActivityFailureInfo(it) => FailureInfo::Activity(ActivityFailureInfo {
            scheduled_event_id: Field::from_field(&it.scheduled_event_id)?,
            started_event_id: Field::from_field(&it.started_event_id)?,
            identity: Field::from_field(&it.identity)?,
            activity_type: Field::from_field(&it.activity_type)?,
            activity_id: Field::from_field(&it.activity_id)?,
            retry_state: Field::from_field(&it.retry_state)?,
        }),
        Kind::ChildWorkflowExecutionFailureInfo(it) => {
            FailureInfo::ChildWorkflow(ChildWorkflowFailureInfo {
                workflow_execution: Field::from_field(&it.workflow_execution)?,
                workflow_type: Field::from_field(&it.workflow_type)?,
                initiated_event_id: Field::from_field(&it.initiated_event_id)?,
                started_event_id: Field::from_field(&it.started_event_id)?,
                retry_state: Field::from_field(&it.retry_state)?,
            })
        }
        Kind::NexusOperationExecutionFailureInfo(_) => unmodelled("NexusOperationFailure"),
        Kind::NexusHandlerFailureInfo(_) => unmodelled("NexusHandlerFailure"),
    })
}

/// A kind of failure that sempre has no model of, by its name.
fn unmodelled(name: &str) -> FailureInfo {
    FailureInfo::Application(ApplicationFailureInfo {
        error_type: name.to_owned(),
        ..Default::default()
    })
}
