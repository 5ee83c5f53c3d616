//! Starting an execution: id policies, and a new run if they let it.

use std::rc::Rc;

use actix::{Actor as _, AsyncContext as _, Context};
use uuid::Uuid;

use crate::{
    actor::{
        Refusal, Reply,
        execution::Execution,
        message::{ExecutionMail, ExecutionRequest, StartRequest, Started, Target},
        pipeline::Ticket,
        shard::Shard,
    },
    engine::execution::decide::Terminate,
    model::{
        ExecutionStatus, Payloads, RunId, WorkflowExecution, WorkflowIdConflictPolicy,
        WorkflowIdReusePolicy,
    },
    storage::RunEntry,
};

/// What the id policies say about a start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::actor) enum Admission {
    /// Start a new run.
    StartNew,
    /// Terminate the open run and start a new one.
    Replace,
    /// The run that is meant exists already.
    Existing,
    /// Refuse.
    Refuse,
}

/// Decides on a start of an id that has been used before.
pub(in crate::actor) fn admit(latest: &RunEntry, request: &StartRequest) -> Admission {
    if latest.start_request_id == request.request_id {
        return Admission::Existing;
    }
    if latest.status.is_open() {
        return match request.options.id_conflict_policy {
            WorkflowIdConflictPolicy::Fail => Admission::Refuse,
            WorkflowIdConflictPolicy::UseExisting => Admission::Existing,
            WorkflowIdConflictPolicy::TerminateExisting => Admission::Replace,
        };
    }
    match request.options.id_reuse_policy {
        WorkflowIdReusePolicy::AllowDuplicate => Admission::StartNew,
        WorkflowIdReusePolicy::AllowDuplicateFailedOnly
            if latest.status != ExecutionStatus::Completed =>
        {
            Admission::StartNew
        }
        WorkflowIdReusePolicy::AllowDuplicateFailedOnly
        | WorkflowIdReusePolicy::RejectDuplicate => Admission::Refuse,
    }
}

/// The reason given to a run that a new one replaces.
const REPLACED: &str = "TerminateIfRunning WorkflowIdReusePolicy";

impl Shard {
    pub(super) fn start(
        &mut self,
        request: Box<StartRequest>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let target = Target {
            workflow_id: request.workflow_id.clone(),
            run_id: None,
        };
        let latest = match self.latest(&target) {
            Ok(latest) => latest,
            Err(error) => return drop(reply.send(Err(Refusal::storage(error)))),
        };
        let Some(latest) = latest else {
            return self.start_new(request, reply, ctx);
        };
        let run_id = latest.execution.run_id;
        let ticket = self.ticket(run_id);
        match admit(&latest, &request) {
            Admission::StartNew => self.start_new(request, reply, ctx),
            Admission::Replace => {
                self.terminate(run_id, &request, ctx);
                self.start_new(request, reply, ctx);
            }
            Admission::Existing => {
                let answer = Started {
                    run_id,
                    is_new: false,
                };
                self.shared.reply_when_durable(ticket, reply, Ok(answer));
            }
            Admission::Refuse => {
                let start_request_id = latest.start_request_id;
                let refusal = Refusal::AlreadyStarted {
                    run_id,
                    start_request_id,
                };
                self.shared.reply_when_durable(ticket, reply, Err(refusal));
            }
        }
    }

    /// The last transition of a run that may not be durable yet.
    fn ticket(&self, run_id: RunId) -> Ticket {
        self.residency
            .get(run_id)
            .map_or(0, |resident| resident.summary.ticket.get())
    }

    fn terminate(&mut self, run_id: RunId, request: &StartRequest, ctx: &mut Context<Self>) {
        let terminate = Terminate {
            reason: REPLACED.to_owned(),
            details: Payloads::EMPTY,
            identity: request.identity.clone(),
        };
        // Nobody waits for the answer: the new run's start is the answer.
        let (reply, _) = futures::channel::oneshot::channel();
        let mail = ExecutionMail::Request(ExecutionRequest::Terminate(terminate, reply));
        self.deliver(run_id, mail, ctx);
    }

    fn start_new(
        &mut self,
        request: Box<StartRequest>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let run_id = self.new_run_id();
        self.start_run(run_id, request, reply, ctx);
    }

    /// Starts a run under this id.
    pub(super) fn start_run(
        &mut self,
        run_id: RunId,
        request: Box<StartRequest>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let entry = RunEntry {
            execution: WorkflowExecution {
                workflow_id: request.workflow_id.clone(),
                run_id,
            },
            workflow_type: request.workflow_type.clone(),
            status: ExecutionStatus::Running,
            start_request_id: request.request_id.clone(),
            started_at: self.shared.services.clock.now(),
            closed_at: None,
        };
        let shared = Rc::clone(&self.shared);
        let mut execution = Execution::begin(shared, ctx.address(), entry);
        if let Some(cause) = self.quarantine.cause(run_id) {
            execution.leave_alone(cause.to_owned());
        }
        let summary = execution.summary();
        let address = execution.start();
        address.do_send(ExecutionMail::Start(request, run_id, reply));
        self.residency.admit_new(run_id, summary, address);
        self.evict_surplus();
    }

    fn new_run_id(&self) -> RunId {
        let nanos = self.shared.services.clock.now().as_nanos();
        let (secs, subsec) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        let subsec = u32::try_from(subsec).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.run_ids, secs, subsec)).into()
    }
}
