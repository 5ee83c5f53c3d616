//! Where the user's data is in what a program is told and asks for.

use crate::{
    machine::replay::{
        ActivationJob, ActivityResolution, ChildResolution, ChildStart, LocalActivityResolution,
        ProgramCommand,
    },
    model::{CodecError, UserData, UserDataVisitor, WorkflowId},
};

impl UserData for ActivationJob {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match self {
            Self::Initialize { info, input, .. } => {
                input.visit(visitor)?;
                info.memo.visit(visitor)?;
                info.lineage.visit(visitor)
            }
            Self::Signal { input, .. } | Self::ReportProgress { value: input, .. } => {
                input.visit(visitor)
            }
            Self::Update { request, .. } => request.visit(visitor),
            Self::ResolveActivity { resolution, .. } => match resolution {
                ActivityResolution::Completed(result) => result.visit(visitor),
                ActivityResolution::Failed(failure) => failure.visit(visitor),
            },
            Self::ResolveLocalActivity { resolution, .. } => match resolution {
                LocalActivityResolution::Completed(result) => result.visit(visitor),
                LocalActivityResolution::Failed(failure) => failure.visit(visitor),
                LocalActivityResolution::BackOff(_) => Ok(()),
            },
            Self::ResolveChildStart { resolution, .. } => match resolution {
                ChildStart::Started(_) => Ok(()),
                ChildStart::Failed(failure) => failure.visit(visitor),
            },
            Self::ResolveChild { resolution, .. } => match resolution {
                ChildResolution::Completed(result) => result.visit(visitor),
                ChildResolution::Failed(failure) => failure.visit(visitor),
            },
            Self::NotifyPatch { .. }
            | Self::Reset { .. }
            | Self::Cancel { .. }
            | Self::FireTimer { .. }
            | Self::ResolveExternal { .. } => Ok(()),
        }
    }
}

impl UserData for ProgramCommand {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match self {
            Self::ScheduleActivity { input, .. } => input.visit(visitor),
            Self::StartChild { input, options, .. } => {
                input.visit(visitor)?;
                options.memo.visit(visitor)
            }
            Self::ControlActivity { message, .. } => message.visit(visitor),
            Self::ScheduleLocalActivity(task) => task.input.visit(visitor),
            Self::SignalExternal { signal, .. } => signal.input.visit(visitor),
            Self::RecordMarker(marker) => {
                marker.details.visit(visitor)?;
                marker.failure.visit(visitor)
            }
            Self::UpsertMemo(memo) => memo.visit(visitor),
            Self::AcceptUpdate { request } => request.visit(visitor),
            Self::RejectUpdate { failure, .. } | Self::Fail { failure } => failure.visit(visitor),
            Self::CompleteUpdate { outcome, .. } => outcome.visit(visitor),
            Self::Complete { result } => result.visit(visitor),
            Self::Cancel { details } => details.visit(visitor),
            Self::ContinueAsNew(next) => {
                next.input.visit(visitor)?;
                next.memo.visit(visitor)
            }
            Self::CancelActivity { .. }
            | Self::CancelLocalActivity { .. }
            | Self::StartTimer { .. }
            | Self::CancelTimer { .. }
            | Self::CancelChild { .. }
            | Self::RequestCancelExternal { .. }
            | Self::SetPatch { .. }
            | Self::UpsertSearchAttributes(_) => Ok(()),
        }
    }
}

impl ProgramCommand {
    /// The execution that is to read what the command carries, if that is another one.
    pub(crate) fn receiver(&self) -> Option<&WorkflowId> {
        match self {
            Self::StartChild { options, .. } => options.workflow_id.as_ref(),
            Self::SignalExternal { signal, .. } => Some(&signal.workflow_execution.workflow_id),
            _ => None,
        }
    }
}
