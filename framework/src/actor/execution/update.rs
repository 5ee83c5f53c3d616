//! Updates: handed to the program in a step of their own, and answered when that is durable.
//!
//! An update is nowhere but in memory until the program has accepted it. Where no workflow task is
//! to come, the program is asked first whether it would, as by a query: one that it rejects has then
//! caused nothing, neither an event nor a workflow task. Where one is to come anyway, the update
//! goes along with it, and waits until it does. A run that waits for its first workflow task goes on
//! waiting if it rejects an update and has nothing else to say. Decision record 0021 says why that is
//! enough.

use actix::Context;
use futures::channel::oneshot;

use crate::{
    actor::{
        Outage, Refusal, Reply, UpdateAnswer, UpdateStand,
        execution::{Execution, load, program::Unrecorded, waiting::WaitingUpdate},
        message::{Started, UpdateTaker},
        pipeline::Fate,
        service::send_reply,
        shard::ShardNote,
        watch::UserCode,
    },
    machine::{
        execution::{
            Draft, Rejection, Surroundings, UpdateProgress,
            decide::{self, Admission, Start},
        },
        task::WorkflowTaskCompletion,
    },
    model::{
        Command, EventAttributes, EventId, Failure, HistoryEvent, RequestId, UpdateId,
        event::update::{Outcome, Request},
        limits,
    },
    storage::StorageError,
};

/// The update that a step hands to the program.
#[derive(Debug)]
pub(super) struct OfferedUpdate {
    request: Request,
    /// What the program has made of it, once a workflow task with it is completed.
    verdict: Option<Verdict>,
    /// Where the answer goes, if the update has waited for the workflow task.
    reply: Option<Reply<UpdateAnswer>>,
}

#[derive(Debug)]
enum Verdict {
    Rejected(Box<Failure>),
    Accepted,
    Completed(Outcome),
}

impl From<WaitingUpdate> for OfferedUpdate {
    fn from(update: WaitingUpdate) -> Self {
        Self {
            request: update.request,
            verdict: None,
            reply: Some(update.reply),
        }
    }
}

impl OfferedUpdate {
    /// What the next workflow task has to bring.
    pub(super) fn pending(&self) -> Option<Request> {
        self.verdict.is_none().then(|| self.request.clone())
    }

    /// Takes note of the answer to the workflow task that brought it, if that answer is to hold.
    pub(super) fn verdict_in(&self, completion: &WorkflowTaskCompletion) -> Option<NewVerdict> {
        if self.verdict.is_some() {
            return None;
        }
        let update_id = &self.request.update_id;
        let rejected = completion.rejected_updates.iter();
        let rejected = rejected
            .filter(|rejected| rejected.update_id == *update_id)
            .map(|rejected| Verdict::Rejected(Box::new(rejected.failure.clone())));
        let said = completion
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::AcceptUpdate { request } if request.update_id == *update_id => {
                    Some(Verdict::Accepted)
                }
                Command::CompleteUpdate {
                    update_id: answered,
                    outcome,
                } if answered == update_id => Some(Verdict::Completed(outcome.clone())),
                _ => None,
            });
        rejected.chain(said).last().map(NewVerdict)
    }

    /// The answer holds.
    pub(super) fn take_note(&mut self, verdict: NewVerdict) {
        self.verdict = Some(verdict.0);
    }
}

/// A verdict that does not hold yet.
pub(super) struct NewVerdict(Verdict);

impl Execution {
    /// Has an update carried out, unless one of its id was before.
    pub(super) fn update(
        &mut self,
        request: Request,
        reply: Reply<UpdateAnswer>,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let refusal = match decide::admit_update(&self.state, &request) {
            Ok(Admission::Known(UpdateProgress::Completed { event_id })) => {
                self.hand_out_outcome(event_id, reply);
                return Ok(());
            }
            Ok(Admission::Known(UpdateProgress::Accepted { .. })) => {
                let stand = if self.state.status().is_open() {
                    UpdateStand::Accepted
                } else {
                    UpdateStand::Completed(unfinished())
                };
                self.reply(reply, Ok(self.update_answer(stand)));
                return Ok(());
            }
            Ok(Admission::New) => self.why_no_updates().or_else(|| self.why_none_waits()),
            Ok(Admission::Waits) => Some(self.why_not_delivered()),
            Err(rejection) => Some(rejection.into()),
        };
        if let Some(refusal) = refusal {
            self.reply(reply, Err(refusal));
            return Ok(());
        }
        if self.open.is_some() {
            self.waiting.push(WaitingUpdate { request, reply });
            return Ok(());
        }
        if !self.program.can_run() {
            if self.flight.is_under_way() {
                self.postpone_update(request, reply);
                return Ok(());
            }
            if let Err(error) = self.reload_program() {
                return Err(super::request::refuse_broken(reply, error));
            }
        }
        let rejected = if self.state.first_workflow_task_at().is_some() {
            self.rejected_in_delay(&request)
        } else {
            self.rejected_at_once(&request)
        };
        if let Some(refusal) = rejected {
            self.reply(reply, Err(refusal));
            return Ok(());
        }
        self.offer(request, reply, ctx)
    }

    /// Takes the update that a start brings along with the first workflow task of the run.
    pub(super) fn expect_update(&mut self, start: &Start) {
        self.offered = start.update.as_deref().map(|request| {
            Box::new(OfferedUpdate {
                request: request.clone(),
                verdict: None,
                reply: None,
            })
        });
    }

    /// What has become of the update that the start of this run brought, if it brought one.
    pub(super) fn take_update_of_start(&mut self) -> Option<Box<Result<UpdateAnswer, Refusal>>> {
        let offered = self.offered.take()?;
        Some(Box::new(self.answer_of(offered.verdict)))
    }

    /// Carries out the update of a start that has found this run; or has the start decided upon again.
    pub(super) fn update_for_start(
        &mut self,
        start: Box<Start>,
        reply: Reply<Started>,
        taker: UpdateTaker,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let run_id = self.run_id();
        let Some(request) = start.update.as_deref().cloned() else {
            return Ok(());
        };
        let takes = match taker {
            UpdateTaker::Always => true,
            UpdateTaker::IfOpen => self.state.status().is_open(),
            UpdateTaker::Never => false,
        };
        if !takes && self.state.update(&request.update_id).is_none() {
            // Bound: one note for each such start.
            self.shard.do_send(ShardNote::StartAgain {
                start,
                reply,
                closed: run_id,
            });
            return Ok(());
        }
        let (answered, answer): (Reply<UpdateAnswer>, _) = oneshot::channel();
        actix::spawn(async move {
            let lost = |_| Err(Refusal::Unknown(Outage::Dropped));
            let update = answer.await.unwrap_or_else(lost);
            let started = Started {
                run_id: update.as_ref().map_or(run_id, |it| it.run_id),
                is_new: false,
                update: Some(Box::new(update)),
            };
            // The caller may have given up waiting.
            let _gone = reply.send(Ok(started));
        });
        self.update(request, answered, ctx)
    }

    /// Answers with what came of an update, once that is known.
    pub(super) fn await_update(&self, update_id: UpdateId, reply: Reply<UpdateAnswer>) {
        match self.state.update(&update_id) {
            None => {
                let rejection = Rejection::NotFound { what: "update" };
                self.reply(reply, Err(rejection.into()));
            }
            Some(UpdateProgress::Completed { event_id }) => self.hand_out_outcome(*event_id, reply),
            Some(UpdateProgress::Accepted { .. }) if self.state.status().is_open() => {
                self.shared.await_update(self.run_id(), update_id, reply);
            }
            Some(UpdateProgress::Accepted { .. }) => {
                let answer = self.update_answer(UpdateStand::Completed(unfinished()));
                self.reply(reply, Ok(answer));
            }
        }
    }

    /// Asks again when what is under way is on disk, where the program is rebuilt from.
    fn postpone_update(&self, request: Request, reply: Reply<UpdateAnswer>) {
        let (shard, run_id) = (self.shard.clone(), self.run_id());
        let update = WaitingUpdate { request, reply };
        self.shared
            .when_durable(self.summary.ticket.get(), move |_: &Fate| {
                shard.do_send(update.again(run_id));
            });
    }

    /// Answers the update that has waited for a workflow task of the step that was taken, and has those
    /// decided upon again that no workflow task is to bring.
    pub(super) fn go_on_with_updates(&mut self) {
        if let Some(offered) = self.offered.take_if(|offered| offered.reply.is_some())
            && let Some(reply) = offered.reply
        {
            self.reply(reply, self.answer_of(offered.verdict));
            if let Some(open) = self.open.as_mut().filter(|_| self.waiting.len() > 0) {
                open.beat_next();
                // Bound: one for each update that waits.
                self.shard.do_send(ShardNote::GoOn(self.waiting.run_id()));
            }
        }
        if self.open.is_none() {
            self.waiting.give_back();
        }
    }

    /// The refusal of an update that the program would reject, where nothing else is to be done.
    fn rejected_at_once(&mut self, request: &Request) -> Option<Refusal> {
        let begun = self.state.has_completed_workflow_task();
        let is_to_come = self.state.workflow_task().is_some();
        if !begun || is_to_come {
            return None;
        }
        let factory = self.factory()?;
        let watched = self.watched(UserCode::Validator);
        let _watching = self.shared.services.watch.begin(watched);
        match self
            .program
            .check_update((self.run_id(), &factory), request)
        {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(Refusal::UpdateRejected(Box::new(failure))),
            Err(failure) => {
                self.program.discard();
                Some(Refusal::NotReady {
                    reason: failure.failure.to_string(),
                })
            }
        }
    }

    /// The refusal of an update that would end the wait for the first workflow task for nothing.
    ///
    /// A program that has not begun cannot be asked, so the task is tried on copies of state and
    /// program. If the program rejects the update and asks for nothing, all of that is forgotten.
    fn rejected_in_delay(&self, request: &Request) -> Option<Refusal> {
        let factory = self.factory()?;
        let mut program = self.program.copy()?;
        let mut state = self.state.clone();
        let mut draft = Draft::new(&mut state, self.shared.now());
        decide::schedule_update(&mut draft).ok()?;
        let start = decide::StartWorkflowTask {
            identity: self.shared.services.identity.clone(),
            request_id: RequestId::default(),
        };
        decide::start_workflow_task(&mut draft, start).ok()?;
        let unrecorded = Unrecorded {
            transient: Vec::new(),
            update: Some(request.clone()),
        };
        let watched = self.watched(UserCode::WorkflowTask);
        let _watching = self.shared.services.watch.begin(watched);
        let answer = program.run((self.run_id(), &factory), draft.events(), unrecorded);
        // A task that fails, or waits for local activities, is a task for history.
        let completion = answer.ok().flatten()?;
        let mut rejected = completion.rejected_updates.into_iter();
        let rejected = rejected.find(|it| it.update_id == request.update_id)?;
        let asks = !completion.commands.is_empty();
        (!asks).then(|| Refusal::UpdateRejected(Box::new(rejected.failure)))
    }

    /// Hands an update to the program, and answers with what it says.
    fn offer(
        &mut self,
        request: Request,
        reply: Reply<UpdateAnswer>,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let offered = OfferedUpdate {
            request,
            verdict: None,
            reply: None,
        };
        self.offered = Some(Box::new(offered));
        let decided = self.step(ctx, decide::schedule_update);
        let offered = self.offered.take();
        let decided = match decided {
            Ok(decided) => decided,
            Err(error) => return Err(super::request::refuse_broken(reply, error)),
        };
        let verdict = offered.and_then(|offered| offered.verdict);
        let answer = match decided {
            Err(rejection) => Err(rejection.into()),
            Ok(()) => self.answer_of(verdict),
        };
        self.reply(reply, answer);
        Ok(())
    }

    /// What a caller is told of an update that was handed to the program.
    fn answer_of(&self, verdict: Option<Verdict>) -> Result<UpdateAnswer, Refusal> {
        match verdict {
            Some(Verdict::Rejected(failure)) => Err(Refusal::UpdateRejected(failure)),
            Some(Verdict::Accepted) => Ok(self.update_answer(UpdateStand::Accepted)),
            Some(Verdict::Completed(outcome)) => {
                Ok(self.update_answer(UpdateStand::Completed(outcome)))
            }
            None => Err(self.why_not_delivered()),
        }
    }

    /// Why no update is handed to the program, if none is.
    fn why_no_updates(&self) -> Option<Refusal> {
        if let Some(cause) = self.quarantined.clone() {
            return Some(Refusal::Quarantined { cause });
        }
        if let Some(lost) = self.state.lost_records().first() {
            let cause = lost.cause.clone();
            return Some(Refusal::Damaged { cause });
        }
        // A workflow task that backs off has failed twice. The update does not wait for it, so that the
        // run can go on without one that it fails because of.
        let backs_off = self.state.workflow_task().is_some()
            && self.open.is_none()
            && !self.state.workflow_task_is_startable(self.shared.now());
        let is_paused = self.state.started().is_some_and(|it| {
            let paused = Surroundings::paused(self, &it.workflow_type, &it.task_queue);
            paused.is_some()
        });
        (backs_off || is_paused || self.factory().is_none()).then(|| self.why_not_delivered())
    }

    /// Why no update waits for a workflow task, if none may.
    fn why_none_waits(&self) -> Option<Refusal> {
        let limit = limits::UPDATES_IN_FLIGHT_MAX;
        let in_flight = self.state.updates_in_flight() + self.waiting.len();
        (in_flight >= limit).then(|| Rejection::TooManyUpdatesInFlight { limit }.into())
    }

    /// Why a workflow task has not brought the program an update.
    fn why_not_delivered(&self) -> Refusal {
        if let Err(rejection) = self.state.check_open() {
            return rejection.into();
        }
        let task = self.state.workflow_task();
        let failure = task.and_then(|task| task.last_failure.as_ref());
        let reason = match failure {
            Some(problem) => format!("its workflow task fails: {problem}"),
            None => self.reasons(),
        };
        Refusal::NotReady { reason }
    }

    fn update_answer(&self, stand: UpdateStand) -> UpdateAnswer {
        UpdateAnswer {
            run_id: self.run_id(),
            stand,
        }
    }

    /// Answers with an outcome that the history says.
    fn hand_out_outcome(&self, completed: EventId, reply: Reply<UpdateAnswer>) {
        let (run_id, last) = (self.run_id(), self.state.last_record());
        let lost = self.state.lost_records().to_vec();
        let store = self.shared.services.store.clone();
        self.shared
            .when_durable(self.summary.ticket.get(), move |fate: &Fate| {
                let answer = load::read_history(&*store, run_id, last, &lost)
                    .map_err(|error| Refusal::unreadable(&error))
                    .and_then(|history| outcome_at(completed, history))
                    .map(|outcome| UpdateAnswer {
                        run_id,
                        stand: UpdateStand::Completed(outcome),
                    });
                send_reply(reply, answer, fate);
            });
    }
}

/// What came of an update that was accepted by a run that has closed without completing it.
pub(super) fn unfinished() -> Outcome {
    let message =
        "Workflow Update failed because the Workflow completed before the Update completed.";
    Outcome::Failure(Box::new(Failure::application(message, UNFINISHED)))
}

/// What Temporal calls the failure of an update that its run has not completed.
pub(crate) const UNFINISHED: &str = "AcceptedUpdateCompletedWorkflow";

fn outcome_at(completed: EventId, history: Vec<HistoryEvent>) -> Result<Outcome, Refusal> {
    let mut events = history.into_iter();
    let event = events.find(|event| event.id == completed);
    match event.map(|event| event.attributes) {
        Some(EventAttributes::WorkflowExecutionUpdateCompleted(it)) => Ok(it.outcome),
        _ => Err(Refusal::Damaged {
            cause: format!("the outcome of the update is lost event_id={completed}"),
        }),
    }
}
