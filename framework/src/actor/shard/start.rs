//! Starting an execution: id policies, and a new run if they let it.

use std::rc::Rc;

use actix::{Actor as _, AsyncContext as _, Context};
use futures::channel::oneshot;

use crate::{
    actor::{
        Refusal, Reply,
        execution::Execution,
        message::{ExecutionMail, ExecutionRequest, ShardMail, StartRequest, Started, Target},
        residency::Condition,
        shard::Shard,
    },
    engine::execution::decide::{Start, Terminate},
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
        let rejects = request.options.id_reuse_policy == WorkflowIdReusePolicy::RejectDuplicate;
        return match request.options.id_conflict_policy {
            // The run would be terminated, and the new one refused because of it.
            WorkflowIdConflictPolicy::TerminateExisting if rejects => Admission::Refuse,
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
            Err(error) => return drop(reply.send(Err(Refusal::unreadable(&error)))),
        };
        let Some(latest) = latest else {
            return self.start_new(*request, reply, ctx);
        };
        let run_id = latest.execution.run_id;
        match admit(&latest, &request) {
            Admission::StartNew => self.start_new(*request, reply, ctx),
            Admission::Replace => self.replace(run_id, request, reply, ctx),
            Admission::Existing => {
                let answer = Started {
                    run_id,
                    is_new: false,
                };
                self.answer_start(run_id, reply, Ok(answer));
            }
            Admission::Refuse => {
                let start_request_id = latest.start_request_id;
                let refusal = Refusal::AlreadyStarted {
                    run_id,
                    start_request_id,
                };
                self.answer_start(run_id, reply, Err(refusal));
            }
        }
    }

    /// Answers with what is known of another run, once that is durable.
    fn answer_start(
        &mut self,
        run_id: RunId,
        reply: Reply<Started>,
        answer: Result<Started, Refusal>,
    ) {
        match self
            .residency
            .touch(run_id)
            .map(|resident| &mut resident.condition)
        {
            // The run itself knows when what it decided is durable.
            Some(Condition::Live(address)) => {
                address.do_send(ExecutionMail::AnswerStart(reply, answer));
            }
            Some(Condition::Leaving(waiting) | Condition::Broken(waiting)) => {
                waiting.push_back(ExecutionMail::AnswerStart(reply, answer));
            }
            // A run that has left memory is durable. The caller may have given up waiting.
            None => drop(reply.send(answer)),
        }
    }

    /// Terminates a run, and decides on the start again once that is durable.
    fn replace(
        &mut self,
        run_id: RunId,
        request: Box<StartRequest>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let terminate = Terminate {
            reason: REPLACED.to_owned(),
            details: Payloads::EMPTY,
            identity: request.identity.clone(),
        };
        let (done, terminated) = oneshot::channel();
        let mail = ExecutionMail::Request(ExecutionRequest::Terminate(terminate, done));
        self.deliver(run_id, mail, ctx);
        let shard = ctx.address();
        actix::spawn(async move {
            match terminated.await {
                // A run that has closed meanwhile is as good as terminated.
                Ok(Ok(()) | Err(Refusal::Rejected(_))) => {
                    // Bound: one mail per start.
                    shard.do_send(ShardMail::Start(request, reply));
                }
                // The caller may have given up waiting.
                Ok(Err(refusal)) => drop(reply.send(Err(refusal))),
                Err(_) => {}
            }
        });
    }

    fn start_new(&mut self, request: StartRequest, reply: Reply<Started>, ctx: &mut Context<Self>) {
        let run_id = self.run_ids.next(self.shared.now());
        self.start_run(run_id, request, reply, ctx);
    }

    /// Starts a run under this id.
    pub(super) fn start_run(
        &mut self,
        run_id: RunId,
        request: StartRequest,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let StartRequest {
            workflow_id,
            workflow_type,
            input,
            options,
            request_id,
            identity,
        } = request;
        let execution = WorkflowExecution {
            workflow_id,
            run_id,
        };
        let start = Start {
            execution,
            workflow_type,
            input,
            options,
            identity,
            request_id,
        };
        if let Err(rejection) = start.check() {
            // The caller may have given up waiting.
            return drop(reply.send(Err(rejection.into())));
        }
        let entry = RunEntry {
            execution: start.execution.clone(),
            workflow_type: start.workflow_type.clone(),
            status: ExecutionStatus::Running,
            start_request_id: start.request_id.clone(),
            started_at: self.shared.now(),
            closed_at: None,
        };
        let mut execution = Execution::begin(Rc::clone(&self.shared), ctx.address(), entry);
        if let Some(cause) = self.quarantine.cause(run_id) {
            execution.leave_alone(cause.to_owned());
        }
        let summary = execution.summary();
        let address = execution.start();
        address.do_send(ExecutionMail::Start(Box::new(start), reply));
        self.residency.admit_new(run_id, summary, address);
        self.evict_surplus();
    }
}
