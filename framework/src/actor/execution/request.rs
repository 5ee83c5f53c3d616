//! Requests from outside: each is decided, or answered, in one place.

use actix::{AsyncContext as _, Context};

use crate::{
    actor::{
        Refusal, Reply,
        execution::{Execution, load},
        message::{Description, ExecutionMail, ExecutionRequest, Reach, Started},
        pipeline::Fate,
        service::{CloseWaiter, send_reply},
        shard::ShardNote,
        watch::UserCode,
    },
    machine::execution::{
        Draft, MessageContent, Rejection,
        decide::{self, Start},
    },
    model::{History, Payload, Payloads, QueryName, RunId},
    storage::StorageError,
};

/// A workflow task that has failed this often is taken for broken, and queries are refused.
const FAILING_FROM_ATTEMPT: u32 = 2;

/// A query, and where its answer goes.
struct Question {
    name: QueryName,
    input: Payloads,
    reply: Reply<Payload>,
    reach: Reach,
}

impl Execution {
    pub(super) fn answer(
        &mut self,
        request: ExecutionRequest,
        reach: Reach,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        if let Some((run_id, reach)) = self.whose(&request, reach) {
            // Bound: one note for each request.
            self.pass_on(run_id, request, reach);
            return Ok(());
        }
        match request {
            ExecutionRequest::Signal(message, reply) => {
                self.decide(ctx, reply, |draft| decide::signal(draft, message))
            }
            ExecutionRequest::RequestCancel(message, reply) => {
                self.decide(ctx, reply, |draft| decide::request_cancel(draft, message))
            }
            ExecutionRequest::Receive(message, reply) => self.hear(&message, reply, ctx),
            ExecutionRequest::Terminate(message, reply) => {
                let lost = self.lost.clone();
                self.decide(ctx, reply, |draft| {
                    decide::terminate_damaged(draft, message, &lost)
                })
            }
            ExecutionRequest::RetryNow(message, reply) => {
                self.decide(ctx, reply, |draft| decide::retry_now(draft, &message))
            }
            ExecutionRequest::Steer(message, reply) => {
                self.decide(ctx, reply, |draft| decide::steer(draft, *message))
            }
            ExecutionRequest::ReportActivity(message, reply) => {
                self.decide(ctx, reply, |draft| decide::report_activity(draft, *message))
            }
            ExecutionRequest::Update(request, reply) => self.update(request, reply, ctx),
            ExecutionRequest::AwaitUpdate(update_id, reply) => {
                self.await_update(update_id, reply);
                Ok(())
            }
            ExecutionRequest::Query(name, input, reply) => self.query(
                Question {
                    name,
                    input,
                    reply,
                    reach,
                },
                ctx,
            ),
            ExecutionRequest::AwaitClose(reply) => {
                self.await_close(CloseWaiter { reply, reach });
                Ok(())
            }
            ExecutionRequest::Describe(reply) => {
                let description = Description {
                    state: self.state.clone(),
                    problems: self.problems_now(),
                };
                self.reply(reply, Ok(Box::new(description)));
                self.forget_history();
                Ok(())
            }
            ExecutionRequest::History(reply) => {
                self.hand_out_history(reply);
                Ok(())
            }
        }
    }

    /// The run that a request is for, if that is not this one any more.
    fn whose(&self, request: &ExecutionRequest, reach: Reach) -> Option<(RunId, Reach)> {
        if reach == Reach::Chain
            && !self.has_the_update(request)
            && let Some(run_id) = self.successor()
        {
            // It was on its way when this run closed.
            return Some((run_id, Reach::Chain));
        }
        if let ExecutionRequest::Receive(message, _) = request
            && let MessageContent::ChildClosed {
                initiated_event_id, ..
            } = &message.content
            && let Some(run_id) = self.state.reset_with_child(*initiated_event_id)
        {
            // It is that run that waits for the child, and no run that has followed it.
            return Some((run_id, Reach::Run));
        }
        None
    }

    /// Passes a request on to a run that has followed this one.
    fn pass_on(&self, run_id: RunId, request: ExecutionRequest, reach: Reach) {
        let workflow_id = self.state.execution().workflow_id;
        self.shard.do_send(ShardNote::Follow {
            workflow_id,
            run_id,
            request,
            reach,
        });
    }

    /// Whether it is about an update that this run has taken: no other knows what came of it.
    fn has_the_update(&self, request: &ExecutionRequest) -> bool {
        let update_id = match request {
            ExecutionRequest::Update(request, _) => &request.update_id,
            ExecutionRequest::AwaitUpdate(update_id, _) => update_id,
            _ => return false,
        };
        self.state.update(update_id).is_some()
    }

    fn decide<T: 'static>(
        &mut self,
        ctx: &Context<Self>,
        reply: Reply<T>,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<T, Rejection>,
    ) -> Result<(), StorageError> {
        match self.step(ctx, decide) {
            Ok(answer) => {
                self.reply(reply, answer.map_err(Refusal::from));
                Ok(())
            }
            Err(error) => Err(refuse_broken(reply, error)),
        }
    }

    /// Takes the signal of a start; where this run has closed, the start is decided upon again.
    pub(super) fn signal_for_start(
        &mut self,
        start: Box<Start>,
        reply: Reply<Started>,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let run_id = self.run_id();
        let Some(signal) = start.signal.clone() else {
            return Ok(());
        };
        let taken = match self.step(ctx, |draft| decide::signal_with_start(draft, signal)) {
            Ok(taken) => taken,
            Err(error) => return Err(refuse_broken(reply, error)),
        };
        if let Err(Rejection::AlreadyClosed { .. }) = taken {
            // Bound: one note for each such start.
            self.shard.do_send(ShardNote::StartAgain {
                start,
                reply,
                closed: run_id,
            });
            return Ok(());
        }
        let answer = Started {
            run_id,
            is_new: false,
            update: None,
        };
        self.reply(reply, taken.map(|()| answer).map_err(Refusal::from));
        Ok(())
    }

    fn await_close(&self, waiter: CloseWaiter) {
        match self.state.close() {
            Some(close) => self.reply(waiter.reply, Ok(close.clone())),
            None => self.shared.await_close(self.run_id(), waiter),
        }
    }

    fn hand_out_history(&self, reply: Reply<History>) {
        let (run_id, last) = (self.run_id(), self.state.last_record());
        let execution = self.state.execution();
        let lost = self.state.lost_records().to_vec();
        let store = self.shared.services.store.clone();
        self.shared
            .when_durable(self.summary.ticket.get(), move |fate: &Fate| {
                let answer = load::read_history(&*store, run_id, last, &lost)
                    .map(|events| History { execution, events })
                    .map_err(|error| Refusal::unreadable(&error));
                send_reply(reply, answer, fate);
            });
    }

    fn query(&mut self, question: Question, ctx: &Context<Self>) -> Result<(), StorageError> {
        let Question {
            name,
            input,
            reply,
            reach,
        } = question;
        if self.is_ahead_of_record() {
            // What the program has learned in the open task could be taken back by a crash.
            let again = ExecutionRequest::Query(name, input, reply);
            self.hold(ExecutionMail::Request(again, reach));
            return Ok(());
        }
        if let Some(refusal) = self.why_not_ready() {
            self.reply(reply, Err(refusal));
            return Ok(());
        }
        if !self.program.can_run() {
            if self.flight.is_under_way() {
                let (again, address) = (ExecutionRequest::Query(name, input, reply), ctx.address());
                self.shared
                    .when_durable(self.summary.ticket.get(), move |_: &Fate| {
                        address.do_send(ExecutionMail::Request(again, reach));
                    });
                return Ok(());
            }
            if let Err(error) = self.reload_program() {
                return Err(refuse_broken(reply, error));
            }
        }
        let answer = match self.factory() {
            None => Err(Refusal::NotReady {
                reason: self.reasons(),
            }),
            Some(factory) => {
                let watched = self.watched(UserCode::Query);
                let _watching = self.shared.services.watch.begin(watched);
                let program = (self.run_id(), &factory);
                match self.program.query(program, &name, &input) {
                    Ok(answer) => answer.map_err(Refusal::from),
                    Err(failure) => {
                        self.program.discard();
                        Err(Refusal::NotReady {
                            reason: failure.failure.to_string(),
                        })
                    }
                }
            }
        };
        self.reply(reply, answer);
        Ok(())
    }

    /// All problems of the run, in words.
    pub(super) fn reasons(&self) -> String {
        let problems = self.problems();
        let reasons: Vec<String> = problems.iter().map(ToString::to_string).collect();
        reasons.join("; ")
    }

    fn why_not_ready(&self) -> Option<Refusal> {
        if let Some(cause) = self.quarantined.clone() {
            return Some(Refusal::Quarantined { cause });
        }
        if let Some(lost) = self.state.lost_records().first() {
            let cause = lost.cause.clone();
            return Some(Refusal::Damaged { cause });
        }
        if !self.state.has_completed_workflow_task() {
            let reason = "it has not completed its first workflow task yet".to_owned();
            return Some(Refusal::NotReady { reason });
        }
        let task = self.state.workflow_task()?;
        let failing = task.attempt >= FAILING_FROM_ATTEMPT;
        failing.then(|| {
            let reason = match &task.last_failure {
                Some(problem) => format!("its workflow task fails: {problem}"),
                None => "its workflow task fails".to_owned(),
            };
            Refusal::NotReady { reason }
        })
    }
}

/// Answers a request whose step could not be taken, and gives the error back.
///
/// Nothing of such a step has been handed to the committer, so there is nothing to wait for.
pub(super) fn refuse_broken<T>(reply: Reply<T>, error: StorageError) -> StorageError {
    // Whoever asked may have given up waiting.
    drop(reply.send(Err(Refusal::unreadable(&error))));
    error
}
