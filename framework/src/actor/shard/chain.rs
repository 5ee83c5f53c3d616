//! Chains: which run a request is for whose run others have followed.

use actix::Context;

use crate::{
    actor::{
        Refusal,
        message::{ExecutionMail, ExecutionRequest, Reach, Target},
        service::Arrived,
        shard::Shard,
    },
    machine::execution::MessageContent,
    model::{RunId, WorkflowId},
    storage::{RunEntry, StorageError},
};

impl Shard {
    /// Takes in the runs that have begun by following others.
    ///
    /// Done before anything else that the shard does, so that it never looks at an execution between
    /// two runs.
    pub(super) fn take_in_arrived(&mut self) {
        for Arrived { summary, address } in self.shared.take_arrived() {
            let run_id = summary.entry.borrow().execution.run_id;
            self.residency.admit_new(run_id, summary, address);
            if self.is_stopping() {
                self.evict(run_id);
            }
            self.evict_surplus();
        }
    }

    /// The last run of the chain that a run belongs to, open or closed.
    pub(super) fn last_of_chain(&self, target: &Target) -> Result<Option<RunEntry>, StorageError> {
        let Some(run_id) = target.run_id else {
            return self.latest(target);
        };
        let named = self.entry(run_id)?;
        let followed = named
            .as_ref()
            .is_none_or(|entry| entry.new_execution_run_id.is_some());
        if !followed {
            return Ok(named);
        }
        // The first run gives the chain its name, also when it has been deleted.
        let chain = named
            .as_ref()
            .map_or(run_id, |entry| entry.first_execution_run_id);
        if let Some(latest) = self.latest(target)?
            && latest.first_execution_run_id == chain
        {
            return Ok(Some(latest));
        }
        // The execution was started anew since. Bound: the length of the chain.
        let mut last = named;
        while let Some(next) = last.as_ref().and_then(|entry| entry.new_execution_run_id) {
            last = self.entry(next)?;
        }
        Ok(last)
    }

    /// Passes a request on to the run that has followed the one it was for.
    pub(super) fn follow(
        &mut self,
        workflow_id: WorkflowId,
        run_id: RunId,
        (request, reach): (ExecutionRequest, Reach),
        ctx: &mut Context<Self>,
    ) {
        match self.entry(run_id) {
            Ok(Some(_)) => {
                let mail = ExecutionMail::Request(request, reach);
                self.deliver(run_id, mail, ctx);
            }
            Ok(None) => self.request_of_heir(workflow_id, request, ctx),
            Err(error) => request.refuse(Refusal::unreadable(&error)),
        }
    }

    /// Passes a request on whose run is not there any more, or refuses it.
    pub(super) fn request_of_heir(
        &mut self,
        workflow_id: WorkflowId,
        request: ExecutionRequest,
        ctx: &mut Context<Self>,
    ) {
        match self.heir(&workflow_id, &request) {
            Ok(Some(run_id)) => {
                let mail = ExecutionMail::Request(request, Reach::Run);
                self.deliver(run_id, mail, ctx);
            }
            Ok(None) => request.refuse(Refusal::NotFound { workflow_id }),
            Err(error) => request.refuse(Refusal::unreadable(&error)),
        }
    }

    /// The run that may wait for what was for a run that has been deleted: the end of a child is for
    /// whichever run its parent goes on as, after resets.
    ///
    /// The run itself decides whether it is the one.
    fn heir(
        &self,
        workflow_id: &WorkflowId,
        request: &ExecutionRequest,
    ) -> Result<Option<RunId>, StorageError> {
        let is_end_of_child = match request {
            ExecutionRequest::Receive(message, _) => {
                matches!(message.content, MessageContent::ChildClosed { .. })
            }
            _ => false,
        };
        if !is_end_of_child {
            return Ok(None);
        }
        let latest = self.latest(&Target::latest(workflow_id.clone()))?;
        let open = latest.filter(|entry| entry.status.is_open());
        Ok(open.map(|entry| entry.execution.run_id))
    }
}
