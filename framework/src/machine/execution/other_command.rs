//! From commands about other workflows to the events they become.

use crate::{
    machine::execution::{
        check, child,
        command::{Fault, Preparation, count},
        property,
    },
    model::{
        RequestCancelExternalWorkflow, SearchAttributes, SignalExternalWorkflow,
        StartChildWorkflow,
        event::{child_workflow, external_workflow as external, workflow_task::FailedCause},
        limits,
    },
};

impl Preparation<'_> {
    pub(super) fn start_child(
        &mut self,
        mut asked: StartChildWorkflow,
    ) -> Result<child_workflow::Initiated, Fault> {
        let started = self.state.started();
        let (given, mut held) = (&asked.search_attributes, SearchAttributes::default());
        held.apply(given);
        property::check_search_attributes(self.schema, given, &held)?;
        let header = self.header(asked.header.take())?;
        let initiated = child::initiated(asked, header, started, self.completed_event_id)?;
        count(
            &mut self.pending_children,
            limits::PENDING_CHILDREN_MAX,
            "too many child workflows would be pending",
            FailedCause::PendingChildWorkflowsLimitExceeded,
        )?;
        Ok(initiated)
    }

    pub(super) fn signal_external(
        &mut self,
        asked: SignalExternalWorkflow,
    ) -> Result<external::SignalInitiated, Fault> {
        let receiver = asked.workflow_execution;
        check::name("workflow id", receiver.workflow_id.as_str())?;
        check::signal_name(&asked.signal_name)?;
        check::payloads("signal input", &asked.input)?;
        let header = self.header(asked.header)?;
        count(
            &mut self.pending_signals,
            limits::PENDING_SIGNALS_MAX,
            "too many signals to other workflows would be pending",
            FailedCause::PendingSignalsLimitExceeded,
        )?;
        Ok(external::SignalInitiated {
            workflow_task_completed_event_id: self.completed_event_id,
            workflow_execution: receiver,
            signal_name: asked.signal_name,
            input: asked.input,
            child_workflow_only: asked.child_workflow_only,
            header,
        })
    }

    pub(super) fn request_cancel_external(
        &mut self,
        asked: RequestCancelExternalWorkflow,
    ) -> Result<external::CancelInitiated, Fault> {
        let receiver = asked.workflow_execution;
        check::name("workflow id", receiver.workflow_id.as_str())?;
        check::text("reason of the cancel request", &asked.reason)?;
        count(
            &mut self.pending_cancel_requests,
            limits::PENDING_CANCEL_REQUESTS_MAX,
            "too many cancel requests to other workflows would be pending",
            FailedCause::PendingRequestCancelLimitExceeded,
        )?;
        Ok(external::CancelInitiated {
            workflow_task_completed_event_id: self.completed_event_id,
            workflow_execution: receiver,
            child_workflow_only: asked.child_workflow_only,
            reason: asked.reason,
        })
    }
}
