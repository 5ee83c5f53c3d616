//! Starting an execution: id policies, and a new run if they let it.

use std::rc::Rc;

use actix::{Actor as _, AsyncContext as _, Context};

use crate::{
    actor::{
        Refusal, Reply,
        execution::Execution,
        message::{ExecutionMail, ShardMail, StartRequest, Started, Target, UpdateTaker},
        residency::Condition,
        shard::Shard,
    },
    machine::execution::{Rejection, decide::Start},
    model::{ExecutionStatus, Namespaces, RunId, WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    storage::RunEntry,
};

/// What the id policies say about a start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
pub(in crate::actor) fn admit(latest: &RunEntry, start: &Start) -> Admission {
    if latest.start_request_id == start.request_id {
        return Admission::Existing;
    }
    if latest.status.is_open() {
        return match start.options.id_conflict_policy {
            WorkflowIdConflictPolicy::Fail => Admission::Refuse,
            WorkflowIdConflictPolicy::UseExisting => Admission::Existing,
            WorkflowIdConflictPolicy::TerminateExisting => Admission::Replace,
        };
    }
    match start.options.id_reuse_policy {
        WorkflowIdReusePolicy::AllowDuplicate => Admission::StartNew,
        WorkflowIdReusePolicy::AllowDuplicateFailedOnly
            if !matches!(
                latest.status,
                ExecutionStatus::Completed | ExecutionStatus::ContinuedAsNew
            ) =>
        {
            Admission::StartNew
        }
        WorkflowIdReusePolicy::AllowDuplicateFailedOnly
        | WorkflowIdReusePolicy::RejectDuplicate => Admission::Refuse,
    }
}

/// Whether the latest run decides on the signal that comes with a start.
///
/// An open one takes it, unless it is replaced. A closed one may have taken it before, if the start
/// can be a repetition: its request id was chosen by the caller.
fn asks_for_signal(admission: Admission, latest: &RunEntry, start: &Start) -> bool {
    if start.signal.is_none() || latest.start_request_id == start.request_id {
        // A start that is repeated has recorded its signal with the run.
        return false;
    }
    match admission {
        Admission::Existing => true,
        Admission::StartNew => start.options.request_id.is_some(),
        Admission::Replace | Admission::Refuse => false,
    }
}

/// Whether the latest run carries out the update that a start brings.
///
/// In any case it is asked whether it knows the update: one that was carried out is not carried out
/// again, whatever has become of the run.
fn taker(admission: Admission, latest: &RunEntry, start: &Start) -> UpdateTaker {
    match admission {
        Admission::Existing if latest.start_request_id == start.request_id => UpdateTaker::Always,
        Admission::Existing => UpdateTaker::IfOpen,
        Admission::StartNew | Admission::Replace | Admission::Refuse => UpdateTaker::Never,
    }
}

/// That there is the namespace of a run. A schedule whose own is no longer declared goes on; whether it
/// was there was looked at when the schedule began.
fn check_namespace(start: &Start, namespaces: &Namespaces) -> Result<(), Rejection> {
    let id = &start.execution.workflow_id;
    let is_scheduled = start.inheritance.is_some();
    if is_scheduled || namespaces.have(id) {
        return Ok(());
    }
    Err(Rejection::NoNamespace {
        namespace: id.namespace(),
    })
}

impl Shard {
    /// Decides on a start, which is refused before anything else if its run could not be started.
    pub(super) fn start(
        &mut self,
        request: StartRequest,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let namespaces = &self.shared.services.namespaces;
        let start = request.into_start(RunId::default(), namespaces);
        let checked = check_namespace(&start, namespaces).and_then(|()| start.check());
        match checked {
            Ok(()) => self.start_checked(Box::new(start), reply, ctx),
            // The caller may have given up waiting.
            Err(rejection) => drop(reply.send(Err(rejection.into()))),
        }
    }

    /// Decides on a start that nothing but another run can refuse.
    pub(super) fn start_checked(
        &mut self,
        start: Box<Start>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        self.start_after(None, start, reply, ctx);
    }

    /// Decides again on a start whose signal the run `asked` has not taken.
    pub(super) fn start_again(
        &mut self,
        asked: RunId,
        start: Box<Start>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        if let Some(refusal) = self.refusal() {
            // The caller may have given up waiting.
            return drop(reply.send(Err(refusal)));
        }
        if let Some(waiting) = self.replacing.get_mut(&start.execution.workflow_id) {
            let request = Box::new(StartRequest::from(*start));
            return waiting.push_back(ShardMail::Start(request, reply));
        }
        self.start_after(Some(asked), start, reply, ctx);
    }

    fn start_after(
        &mut self,
        asked: Option<RunId>,
        start: Box<Start>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let target = Target::latest(start.execution.workflow_id.clone());
        let latest = match self.latest(&target) {
            Ok(latest) => latest,
            Err(error) => return drop(reply.send(Err(Refusal::unreadable(&error)))),
        };
        let Some(latest) = latest else {
            return self.start_new(start, reply, ctx);
        };
        let run_id = latest.execution.run_id;
        if let Some(cause) = latest.damage.clone()
            && latest.start_request_id.as_str().is_empty()
            && !latest.status.is_open()
        {
            // Which request started it, and how it closed, nobody knows.
            return drop(reply.send(Err(Refusal::Damaged {
                cause: cause.into(),
            })));
        }
        let admission = admit(&latest, &start);
        if asked != Some(run_id) && asks_for_signal(admission, &latest, &start) {
            return self.deliver(run_id, ExecutionMail::SignalForStart(start, reply), ctx);
        }
        if asked != Some(run_id) && start.update.is_some() {
            let taker = taker(admission, &latest, &start);
            let mail = ExecutionMail::UpdateForStart(start, reply, taker);
            return self.deliver(run_id, mail, ctx);
        }
        match admission {
            Admission::StartNew => self.start_new(start, reply, ctx),
            Admission::Replace => {
                let start = self.with_new_id(start);
                self.replace(run_id, start, reply, ctx);
            }
            Admission::Existing => {
                let is_repeated = latest.start_request_id == start.request_id;
                let answer = Started {
                    // The run that this request has started, though others have followed it since.
                    run_id: if is_repeated {
                        latest.first_execution_run_id
                    } else {
                        run_id
                    },
                    is_new: false,
                    update: None,
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
    pub(super) fn answer_start(
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

    fn start_new(&mut self, start: Box<Start>, reply: Reply<Started>, ctx: &mut Context<Self>) {
        let start = self.with_new_id(start);
        self.start_run(start, reply, ctx);
    }

    /// Gives a run its id; that of a child follows from its parent.
    fn with_new_id(&mut self, mut start: Box<Start>) -> Box<Start> {
        if start.parent.is_none() {
            start.execution.run_id = self.run_ids.next(self.shared.now());
        }
        start
    }

    /// Starts a run under the id that it has been given.
    pub(super) fn start_run(
        &mut self,
        start: Box<Start>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let run_id = start.execution.run_id;
        let entry = self.shared.new_entry(&start);
        let mut execution = Execution::begin(Rc::clone(&self.shared), ctx.address(), entry);
        if let Some(cause) = self.shared.quarantine.cause(run_id) {
            execution.leave_alone(cause);
        }
        let summary = execution.summary();
        let address = execution.start();
        address.do_send(ExecutionMail::Start(start, reply));
        self.residency.admit_new(run_id, summary, address);
        self.evict_surplus();
    }
}
