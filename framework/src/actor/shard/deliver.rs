//! Bringing mail to an execution, loading it first if it is not in memory.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use actix::{Actor as _, Addr, AsyncContext as _, Context};

use crate::{
    actor::{
        Outage, Refusal, SlotOffer,
        execution::Execution,
        known_entry, log_line,
        message::{ExecutionMail, ExecutionRequest, Reach, Target},
        problem::News,
        residency::Condition,
        service::CloseWaiter,
        shard::Shard,
    },
    machine::execution::{Problem, ProblemKind},
    metrics,
    model::{ExecutionStatus, RunId},
    panic::panic_text,
    storage::{RunEntry, StorageError, StorageErrorKind},
};

impl Shard {
    /// Finds the run that is meant and passes the request on.
    pub(super) fn request(
        &mut self,
        target: &Target,
        request: ExecutionRequest,
        ctx: &mut Context<Self>,
    ) {
        match self.resolve(target) {
            Ok(run_id) => {
                let mail = ExecutionMail::Request(request, target.reach);
                self.deliver(run_id, mail, ctx);
            }
            Err(Refusal::NotFound { workflow_id }) => {
                self.request_of_heir(workflow_id, request, ctx);
            }
            Err(refusal) => request.refuse(refusal),
        }
    }

    /// The run that is meant.
    pub(super) fn resolve(&self, target: &Target) -> Result<RunId, Refusal> {
        let not_found = || Refusal::NotFound {
            workflow_id: target.workflow_id.clone(),
        };
        let entry = match target.run_id {
            Some(_) if target.reach == Reach::Chain => self.last_of_chain(target),
            Some(run_id) => self.entry(run_id),
            None => self.latest(target),
        };
        let entry = entry
            .map_err(|error| Refusal::unreadable(&error))?
            .ok_or_else(not_found)?;
        // A run id alone does not give access to another execution. Where nothing says whose the
        // run is, the caller does.
        let owner = &entry.execution.workflow_id;
        let is_unknown = entry.damage.is_some() && owner.as_str().is_empty();
        if *owner != target.workflow_id && !is_unknown {
            return Err(not_found());
        }
        Ok(entry.execution.run_id)
    }

    /// What is known about the latest run of an execution, durable or not.
    pub(super) fn latest(&self, target: &Target) -> Result<Option<RunEntry>, StorageError> {
        let store = &*self.shared.services.store;
        let started_here = self.residency.latest(&target.workflow_id);
        let entry = match started_here {
            Some(run_id) => return self.entry(run_id),
            None => store.current_run(&target.workflow_id)?,
        };
        // Of a resident run, memory knows more than the store.
        Ok(
            entry.map(|entry| match self.residency.get(entry.execution.run_id) {
                Some(resident) => resident.summary.entry.borrow().clone(),
                None => known_entry(store, entry),
            }),
        )
    }

    pub(super) fn entry(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        let store = &*self.shared.services.store;
        match self.residency.get(run_id) {
            Some(resident) => Ok(Some(resident.summary.entry.borrow().clone())),
            None => Ok(store.run(run_id)?.map(|entry| known_entry(store, entry))),
        }
    }

    /// Whether a run is known to have something to do.
    pub(super) fn has_work(&self, run_id: RunId) -> bool {
        let entry = self.entry(run_id).ok().flatten();
        entry.is_some_and(|entry| entry.has_work())
    }

    /// Whether a run is known to be open.
    pub(super) fn is_open(&self, run_id: RunId) -> bool {
        let entry = self.entry(run_id).ok().flatten();
        entry.is_some_and(|entry| entry.status.is_open())
    }

    /// Passes mail on to a run, loading it first if it is not in memory.
    pub(super) fn deliver(&mut self, run_id: RunId, mail: ExecutionMail, ctx: &mut Context<Self>) {
        let is_stopping = self.is_stopping();
        match self
            .residency
            .touch(run_id)
            .map(|resident| &mut resident.condition)
        {
            // Bound: the shard's own mailbox bounds the requests, slots bound the reports.
            Some(Condition::Live(address)) => address.do_send(mail),
            // It is not rebuilt any more.
            Some(Condition::Broken(_)) if is_stopping => {
                self.refuse(run_id, mail, Refusal::Unavailable(Outage::ShuttingDown));
            }
            Some(Condition::Leaving(waiting) | Condition::Broken(waiting)) => {
                waiting.push_back(mail);
            }
            None => match self.refusal() {
                Some(refusal) => mail.refuse(refusal),
                None => self.load(run_id, mail, ctx),
            },
        }
        self.evict_surplus();
    }

    /// Passes a slot on to the run that waited for it.
    pub(super) fn offer(&mut self, mut offer: SlotOffer, ctx: &mut Context<Self>) {
        if self.shared.activities.accept_offer(offer.key, offer.place) {
            let run_id = offer.key.run_id;
            return self.deliver(run_id, ExecutionMail::Offer(offer), ctx);
        }
        // Its run is not brought into memory for nothing.
        offer.permit.forgo();
    }

    /// Passes on mail that waited for a run.
    pub(super) fn redeliver(
        &mut self,
        run_id: RunId,
        waiting: VecDeque<ExecutionMail>,
        ctx: &mut Context<Self>,
    ) {
        for mail in waiting {
            self.deliver(run_id, mail, ctx);
        }
    }

    /// Brings a run into memory for the sake of its mail, if the mail needs that.
    fn load(&mut self, run_id: RunId, mail: ExecutionMail, ctx: &mut Context<Self>) {
        let entry = match self.entry(run_id) {
            Ok(Some(entry)) => entry,
            // Whoever speaks of an unknown run speaks of one that was never started.
            Ok(None) => {
                let outage = Outage::NeverStarted { run_id };
                self.lose_answer(run_id, &mail, ctx);
                return self.refuse(run_id, mail, Refusal::Unavailable(outage));
            }
            Err(error) => return self.not_loaded(run_id, mail, &error, ctx),
        };
        let is_set_aside = self.shared.quarantine.cause(run_id).is_some();
        match mail {
            // Its records say nothing about an end that has not come, and those who wait for ends
            // are many. One that was set aside may be damaged, which they have to be told.
            ExecutionMail::Request(ExecutionRequest::AwaitClose(reply), reach)
                if entry.status.is_open() && !is_set_aside =>
            {
                self.shared
                    .await_close(run_id, CloseWaiter { reply, reach });
            }
            ExecutionMail::Delete(execution, reply) => {
                self.delete_stored(execution, &entry, reply, ctx);
            }
            mail => self.bring_in(entry, mail, ctx),
        }
    }

    fn bring_in(&mut self, entry: RunEntry, mail: ExecutionMail, ctx: &mut Context<Self>) {
        let run_id = entry.execution.run_id;
        let loaded =
            guarded(|| Execution::load(Rc::clone(&self.shared), ctx.address(), entry.clone()));
        let mut execution = match loaded {
            Ok(execution) => execution,
            Err(error) if error.kind() == StorageErrorKind::Corrupt && mail.ends_the_run() => {
                return self.end_damaged(entry, mail, &error, ctx);
            }
            Err(error) => return self.not_loaded(run_id, mail, &error, ctx),
        };
        metrics::observe(metrics::LOADED, || 1.0);
        if let Some(cause) = self.shared.quarantine.cause(run_id) {
            execution.leave_alone(cause);
        }
        let summary = execution.summary();
        // Loading replaces the deadline that recovery planned, so nobody else wakes it, but for
        // mail that does so anyway. Before it takes an offer it must not be woken: it would get in
        // line again for what is offered.
        let mail_wakes = matches!(
            mail,
            ExecutionMail::Wake
                | ExecutionMail::AskAgain
                | ExecutionMail::SendMessages
                | ExecutionMail::Offer(_)
        );
        let wakes = execution.something_is_due() && !mail_wakes;
        let goes_along = execution.goes_along(&mail);
        if mail_wakes {
            // What was due is what it is woken for. Its step says when it is due next; nobody wakes it
            // once more until then.
            self.shared.set_deadline(run_id, None);
        }
        let address = execution.start();
        for postponed in self.postponed.remove(&run_id).unwrap_or_default() {
            address.do_send(postponed);
        }
        let wake = wakes.then_some(ExecutionMail::Wake);
        let (first, second) = if goes_along {
            (Some(mail), wake)
        } else {
            (wake, Some(mail))
        };
        for mail in first.into_iter().chain(second) {
            address.do_send(mail);
        }
        self.residency.admit(run_id, summary, address);
    }

    /// Ends a run that is damaged, with what can be read of it.
    ///
    /// It is in memory for this mail alone: should the mail be refused, the run is as it was.
    fn end_damaged(
        &mut self,
        entry: RunEntry,
        mail: ExecutionMail,
        damage: &StorageError,
        ctx: &mut Context<Self>,
    ) {
        let run_id = entry.execution.run_id;
        let (shared, cause) = (Rc::clone(&self.shared), damage.to_string());
        let loaded =
            guarded(|| Execution::load_damaged(shared, ctx.address(), entry, cause.clone()));
        let Ok(execution) = loaded else {
            return self.not_loaded(run_id, mail, damage, ctx);
        };
        self.set_aside(run_id, cause);
        let summary = execution.summary();
        let address = execution.start();
        address.do_send(mail);
        self.residency.admit(run_id, summary, address);
        self.evict(run_id);
    }

    /// Answers mail for a run that cannot be read, and decides what becomes of the run.
    fn not_loaded(
        &mut self,
        run_id: RunId,
        mail: ExecutionMail,
        error: &StorageError,
        ctx: &mut Context<Self>,
    ) {
        self.lose_answer(run_id, &mail, ctx);
        if error.kind() == StorageErrorKind::Corrupt {
            tracing::error!(%run_id, %error, "an execution cannot be loaded");
            let cause = error.to_string();
            self.set_aside(run_id, cause.clone());
            let refusal = Refusal::Damaged { cause };
            for waiter in self.shared.take_all_update_waiters(run_id) {
                // The caller may have given up waiting.
                drop(waiter.send(Err(refusal.clone())));
            }
            for waiter in self.shared.take_close_waiters(run_id) {
                // The caller may have given up waiting.
                drop(waiter.reply.send(Err(refusal.clone())));
            }
            self.refuse(run_id, mail, refusal);
            self.drop_postponed(run_id);
            return;
        }
        match mail {
            // Who asked can ask again.
            ExecutionMail::Request(..)
            | ExecutionMail::Replace(_)
            | ExecutionMail::Reset(_)
            | ExecutionMail::SignalForStart(..)
            | ExecutionMail::UpdateForStart(..)
            | ExecutionMail::Delete(..) => {
                return self.refuse(run_id, mail, Refusal::unreadable(error));
            }
            // Nobody repeats how an attempt ended: that is kept until the run can be read.
            ExecutionMail::Attempt(report) if report.ended() => {
                let postponed = self.postponed.entry(run_id).or_default();
                postponed.push_back(ExecutionMail::Attempt(report));
            }
            // The next look at the run makes up for it.
            mail => self.refuse(run_id, mail, Refusal::unreadable(error)),
        }
        self.load_later(run_id, &error.to_string(), ctx);
    }

    /// Forgets the ends of attempts of a run that is set aside. They are found lost, and counted as
    /// such, when it is taken back.
    pub(super) fn drop_postponed(&mut self, run_id: RunId) {
        for mail in self.postponed.remove(&run_id).unwrap_or_default() {
            tracing::warn!(%run_id, "the end of an attempt is lost: its run is set aside");
            self.refuse(run_id, mail, Refusal::Unavailable(Outage::Dropped));
        }
    }

    /// Answers mail that reaches no execution.
    pub(super) fn refuse(&self, run_id: RunId, mail: ExecutionMail, refusal: Refusal) {
        let Some(mail) = self.park(run_id, mail, &refusal) else {
            return;
        };
        if let ExecutionMail::Attempt(report) = &mail
            && report.ended()
        {
            // Nobody knows how it ended, so it is found lost when its run is loaded again.
            self.shared.activities.forget(report.key);
        }
        mail.refuse(refusal);
    }

    /// Lets the executions that were not used for longest leave, as far as there are too many.
    pub(super) fn evict_surplus(&mut self) {
        let max = self.shared.services.options.max_resident_executions;
        while let Some(run_id) = self.residency.surplus(max) {
            self.evict(run_id);
        }
        // Bound: each turn takes the bytes of a run that is live, and leaves one.
        while self.live_bytes() > self.shared.services.options.max_resident_bytes
            && let Some(run_id) = self.residency.oldest_of_several()
        {
            self.evict(run_id);
        }
    }

    /// Bytes of the runs that are live, as an estimate.
    fn live_bytes(&self) -> u64 {
        let all = self.shared.resident_bytes.get();
        all.saturating_sub(self.residency.leaving_bytes())
    }

    /// Lets an execution leave memory as soon as everything it decided is durable.
    pub(super) fn evict(&mut self, run_id: RunId) {
        if let Some(address) = self.residency.leave(run_id) {
            address.do_send(ExecutionMail::Evict);
        }
    }

    /// Lets a run go on with the workflow task that it has open; one that is not in memory has none.
    pub(super) fn go_on(&mut self, run_id: RunId) {
        if let Some(resident) = self.residency.touch(run_id)
            && let Condition::Live(address) = &resident.condition
        {
            // Bound: one for each time that its inbox was empty, or a ticket of its task is durable.
            address.do_send(ExecutionMail::Wake);
        }
    }

    /// Takes a run back that was to leave memory.
    pub(super) fn let_stay(
        &mut self,
        run_id: RunId,
        address: Addr<Execution>,
        ctx: &mut Context<Self>,
    ) {
        let Some(resident) = self.residency.get(run_id) else {
            return;
        };
        if let Condition::Leaving(_) = &resident.condition {
            let summary = Rc::clone(&resident.summary);
            // What its attempts had to say meanwhile was not passed on.
            address.do_send(ExecutionMail::Wake);
            let waiting = self.residency.admit(run_id, summary, address);
            self.redeliver(run_id, waiting, ctx);
            self.wake_next(ctx);
        }
    }

    /// Leaves a run alone from now on.
    pub(super) fn set_aside(&mut self, run_id: RunId, cause: String) {
        let now = self.shared.now();
        let entry = self.entry(run_id).ok().flatten();
        let execution = entry.unwrap_or_else(|| RunEntry {
            execution: crate::model::WorkflowExecution {
                run_id,
                ..Default::default()
            },
            status: ExecutionStatus::Unspecified,
            ..RunEntry::default()
        });
        self.shared.set_deadline(run_id, None);
        let problem = Problem::quarantined(&*cause);
        let is_new = self.shared.told_problems.borrow_mut().add(run_id, &problem);
        let (troubles, subject) = (&self.shared.services.troubles, subject(&execution));
        troubles.add(&subject.execution, &subject.workflow_type, &problem, now);
        if is_new {
            log_line::tell(&subject, &[News::Appeared(problem)], &[]);
        }
        self.shared.activities.withdraw_run(run_id);
        self.shared.quarantine.add(execution.execution, cause, now);
    }

    /// Takes a run back from quarantine; `false` if it is not there.
    pub(super) fn release(&mut self, run_id: RunId) -> bool {
        if !self.shared.quarantine.release(run_id) {
            return false;
        }
        let kind = ProblemKind::Quarantined;
        self.shared.services.troubles.remove(run_id, &kind);
        let was_told = self.shared.told_problems.borrow_mut().remove(run_id, &kind);
        if was_told && let Ok(Some(entry)) = self.entry(run_id) {
            log_line::tell(&subject(&entry), &[News::Gone(kind)], &[]);
        }
        true
    }
}

/// Loads a run. A panic says something about the run's records, and nothing about the shard.
fn guarded(
    load: impl FnOnce() -> Result<Execution, StorageError>,
) -> Result<Execution, StorageError> {
    catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|panic| {
        let message = format!("loading panicked: {}", panic_text(&*panic));
        Err(StorageError::new(StorageErrorKind::Corrupt, message))
    })
}

fn subject(entry: &RunEntry) -> log_line::Subject {
    log_line::Subject {
        execution: entry.execution.clone(),
        workflow_type: entry.workflow_type.clone(),
    }
}

impl ExecutionMail {
    /// Whether it asks for the end of its run, which a damaged run can have, too.
    fn ends_the_run(&self) -> bool {
        matches!(
            self,
            Self::Replace(_) | Self::Request(ExecutionRequest::Terminate(..), _)
        )
    }

    /// Answers mail that reaches no execution.
    pub(in crate::actor) fn refuse(self, refusal: Refusal) {
        match self {
            Self::Start(_, reply)
            | Self::AnswerStart(reply, _)
            | Self::SignalForStart(_, reply)
            | Self::UpdateForStart(_, reply, _) => {
                drop(reply.send(Err(refusal)));
            }
            Self::Replace(replacement) => drop(replacement.reply.send(Err(refusal))),
            Self::Reset(reset) => drop(reset.reply.send(Err(refusal))),
            Self::Delete(_, reply) => drop(reply.send(Err(refusal))),
            Self::Request(request, _) => request.refuse(refusal),
            // A slot goes back when its offer is dropped.
            Self::Attempt(_)
            | Self::Offer(_)
            | Self::Settle(..)
            | Self::SendMessages
            | Self::AskAgain
            | Self::Wake
            | Self::Durable
            | Self::FailWorkflowTask(_)
            | Self::Evict => {}
        }
    }
}

impl ExecutionRequest {
    /// Answers a request that reaches no execution.
    pub(in crate::actor) fn refuse(self, refusal: Refusal) {
        // Whoever asked may have given up waiting.
        match self {
            Self::Signal(_, reply)
            | Self::RequestCancel(_, reply)
            | Self::Receive(_, reply)
            | Self::Steer(_, reply)
            | Self::Terminate(_, reply) => {
                drop(reply.send(Err(refusal)));
            }
            Self::RetryNow(_, reply) => drop(reply.send(Err(refusal))),
            Self::ReportActivity(_, reply) => drop(reply.send(Err(refusal))),
            Self::Update(_, reply) | Self::AwaitUpdate(_, reply) => drop(reply.send(Err(refusal))),
            Self::Query(_, _, reply) => drop(reply.send(Err(refusal))),
            Self::AwaitClose(reply) => drop(reply.send(Err(refusal))),
            Self::Describe(reply) => drop(reply.send(Err(refusal))),
            Self::History(reply) => drop(reply.send(Err(refusal))),
        }
    }
}
