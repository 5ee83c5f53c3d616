//! The clients of a world: what they have asked, and what they were told.

use std::collections::BTreeMap;

use derive_more::{Debug, Display};
use futures::{FutureExt as _, future::LocalBoxFuture};
use sempre::{
    Failure as _,
    client::{
        Description, Reach, Refusal, RequestOutcome, StartRequest, Started, Target, UpdateAnswer,
        WorkflowService,
    },
    machine::execution::decide::{
        AttemptName, Pause, PauseActivity, ReportActivity, ReportedOutcome, RequestCancel,
        ResetRun, RetryNow, SignalMessage, Steer, Terminate, Unpause, UnpauseActivity,
    },
    model::{
        ActivityId, EventAttributes, EventId, Header, History, Identity, Payloads, QueryName,
        Reapplied, RequestId, ResetPoint, RunId, SignalName, StartOptions, UpdateId, UpdateName,
        WorkflowExecution, WorkflowId, WorkflowType, event::update,
    },
    schedule::{ScheduleDescription, ScheduleError},
};
use serde::Serialize;

use crate::simulation::{
    activity::{Left, WorkError},
    plan::{Ask, Point, ResetAsk, StartAsk, What},
    program::Fate,
    script::{Standing, span},
    world::OWN,
};

/// The clients of a world.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    /// What was asked, by the numbers of the requests.
    pub(crate) asked: BTreeMap<u32, Asked>,
    waiting: Vec<Waiting>,
}

/// A request, and what has become of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    /// How often it was asked.
    pub(crate) times: u32,
    /// How often it was said that it was not done.
    pub(crate) not_done: u32,
}

#[derive(Debug)]
struct Waiting {
    id: u32,
    #[debug(skip)]
    answer: Sent,
}

/// An answer to come.
pub(crate) type Sent = LocalBoxFuture<'static, Answer>;

/// What a client is told.
#[derive(Debug, Display)]
pub(crate) enum Answer {
    #[display("run {} is_new={}", _0.run_id, _0.is_new)]
    Started(Started),
    #[display("done")]
    Done,
    #[display("run {} {:?}", _0.run_id, _0.stand)]
    Updated(UpdateAnswer),
    #[display("reported")]
    Reported,
    #[display("{_0} retried")]
    Retried(usize),
    #[display("run {_0} goes on")]
    Reset(RunId),
    #[display("{_0:?}")]
    Standing(Standing),
    #[display("{}", _0.event_type())]
    Closed(Box<EventAttributes>),
    #[display("{} at event {}", _0.state.status(), _0.state.last_event_id())]
    Described(Box<Description>),
    #[display("{} events", _0.len())]
    History(History),
    #[display("done, by the schedule")]
    Scheduled,
    #[display("{} started, {} skipped", _0.started_actions, _0.skipped_actions)]
    ScheduleDescribed(Box<ScheduleDescription>),
    #[display("refused, {}: {_0}", _0.outcome())]
    Unscheduled(ScheduleError),
    #[display("refused, {}: {_0}", _0.outcome())]
    Refused(Refusal),
}

impl Asked {
    /// The id under which it is recorded.
    pub(crate) fn request_id(&self) -> RequestId {
        RequestId::new(format!("request-{}", self.ask.id))
    }

    /// The execution that is meant.
    pub(crate) fn workflow_id(&self) -> WorkflowId {
        self.ask.workflow_id.clone()
    }

    /// Whether the world itself has asked.
    pub(crate) fn is_own(&self) -> bool {
        self.ask.id >= OWN
    }

    /// Whether all who have asked were told that it was not done.
    pub(crate) fn is_not_done(&self) -> bool {
        self.times == self.not_done
    }
}

/// The namespace of every other execution, which all reach by ids that name it.
pub(crate) const ELSEWHERE: &str = "elsewhere";

/// The id of an execution. Two at a time have the same, in different namespaces.
pub(crate) fn workflow_id(execution: u32) -> WorkflowId {
    let id = WorkflowId::new(format!("execution-{}", execution / 2));
    if execution % 2 == 1 {
        id.within(&ELSEWHERE.into())
    } else {
        id
    }
}

impl Clients {
    /// Asks, once more if it has been asked already.
    pub(crate) fn ask(&mut self, ask: &Ask, send: impl FnOnce(&Asked) -> Sent) {
        let asked = self.asked.entry(ask.id).or_insert_with(|| Asked {
            ask: ask.clone(),
            times: 0,
            not_done: 0,
        });
        asked.times += 1;
        let answer = send(asked);
        let waiting = Waiting { id: ask.id, answer };
        self.waiting.push(waiting);
    }

    /// What has been answered by now.
    pub(crate) fn take_answers(&mut self) -> Vec<(Asked, Answer)> {
        let mut answers = Vec::new();
        let asked = &mut self.asked;
        self.waiting.retain_mut(|waiting| {
            let Some(answer) = (&mut waiting.answer).now_or_never() else {
                return true;
            };
            if let Some(asked) = asked.get_mut(&waiting.id) {
                let not_done = matches!(
                    &answer,
                    Answer::Refused(refusal) if refusal.outcome() == RequestOutcome::NotDone
                ) || matches!(
                    &answer,
                    Answer::Unscheduled(error) if error.outcome() == RequestOutcome::NotDone
                );
                asked.not_done += u32::from(not_done);
                answers.push((asked.clone(), answer));
            }
            false
        });
        answers
    }

    /// Whose process has died, and who will not be answered any more.
    pub(crate) fn die(&mut self) {
        self.waiting.clear();
    }

    /// The requests that have no answer yet.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = u32> {
        self.waiting.iter().map(|waiting| waiting.id)
    }
}

/// Sends a request to an engine.
pub(crate) fn send(asked: &Asked, service: &dyn WorkflowService) -> Sent {
    let target = Target::latest(asked.workflow_id());
    let id = asked.request_id();
    match &asked.ask.what {
        What::Start(start) => {
            let request = start_request(asked, start);
            told(service.start(request), Answer::Started)
        }
        What::Call(number) => told(service.signal(target, signal("call", number, id)), |()| {
            Answer::Done
        }),
        What::Errand(work) => told(service.signal(target, signal("errand", work, id)), |()| {
            Answer::Done
        }),
        What::Change(number) => told(
            service.update(target, update("change", number, asked)),
            Answer::Updated,
        ),
        What::Mission(work) => told(
            service.update(target, update("mission", work, asked)),
            Answer::Updated,
        ),
        What::Outcome(of) => told(
            service.await_update(target, update_id(*of)),
            Answer::Updated,
        ),
        What::Stray => told(service.signal(target, signal("stray", &(), id)), |()| {
            Answer::Done
        }),
        What::Cancel => told(service.request_cancel(target, cancel(id)), |()| {
            Answer::Done
        }),
        What::Terminate => told(service.terminate(target, terminate(&id)), |()| Answer::Done),
        What::RetryNow => told(
            service.retry_now(target, RetryNow::default()),
            Answer::Retried,
        ),
        What::Pause | What::Unpause => told(service.steer(target, steer(asked)), |()| Answer::Done),
        What::PauseActivity(_) | What::UnpauseActivity(_) => {
            told(service.steer(target, steer(asked)), |()| Answer::Reported)
        }
        What::Reset(how) => told(service.reset(target, reset(how, id)), Answer::Reset),
        What::Query => {
            let standing = service.query(target, QueryName::new("standing"), Payloads::default());
            told(standing, |standing| {
                Answer::Standing(standing.decode().unwrap_or_default())
            })
        }
        What::Result => told(service.await_close(target), |close| {
            Answer::Closed(Box::new(close))
        }),
        What::Describe => told(service.describe(target), Answer::Described),
        What::History => told(service.history(target), Answer::History),
        // Those are asked by the handle of the schedule.
        What::Schedule(_) => futures::future::pending().boxed_local(),
        What::Report { left, is_end } => told(
            service.report_activity(at_run(left.token.execution()), report(left, *is_end)),
            |_| Answer::Reported,
        ),
    }
}

fn cancel(request_id: RequestId) -> RequestCancel {
    RequestCancel {
        cause: request_id.to_string(),
        identity: client(),
        request_id,
    }
}

fn terminate(request_id: &RequestId) -> Terminate {
    Terminate {
        reason: request_id.to_string(),
        details: Payloads::default(),
        identity: client(),
    }
}

/// What an operator wants to be done.
fn steer(asked: &Asked) -> Steer {
    let (reason, identity, request_id) = (String::new(), client(), asked.request_id());
    match asked.ask.what {
        What::PauseActivity(number) => Steer::PauseActivity(PauseActivity {
            activity_id: ActivityId::new(number.to_string()),
            reason,
            identity,
        }),
        What::UnpauseActivity(number) => Steer::UnpauseActivity(UnpauseActivity {
            activity_id: ActivityId::new(number.to_string()),
            // Attempts keep their numbers, by which they are known from each other.
            resets_attempts: false,
            forgets_heartbeat: false,
        }),
        What::Unpause => Steer::Unpause(Unpause {
            reason,
            identity,
            request_id,
        }),
        _ => Steer::Pause(Pause {
            reason,
            identity,
            request_id,
        }),
    }
}

fn reset(how: &ResetAsk, request_id: RequestId) -> ResetRun {
    ResetRun {
        point: point(how.to),
        reason: String::new(),
        reapplied: Reapplied {
            signals: how.signals,
            updates: how.updates,
        },
        request_id,
    }
}

fn point(to: Point) -> ResetPoint {
    match to {
        Point::FirstTask => ResetPoint::FirstTask,
        Point::LastTask => ResetPoint::LastTask,
        Point::LastFailedActivity => ResetPoint::LastFailedActivity,
        Point::Event(event) => ResetPoint::Event(EventId::new(event.into())),
    }
}

fn told<T: 'static>(
    answer: sempre::client::Answer<T>,
    tell: impl FnOnce(T) -> Answer + 'static,
) -> LocalBoxFuture<'static, Answer> {
    answer
        .map(|answer| answer.map_or_else(Answer::Refused, tell))
        .boxed_local()
}

fn start_request(asked: &Asked, start: &StartAsk) -> StartRequest {
    let mut options = StartOptions::default();
    options.id_reuse_policy = start.reuse;
    options.id_conflict_policy = start.conflict;
    options.run_timeout = start.run_timeout.map(span);
    options.execution_timeout = start.execution_timeout.map(span);
    StartRequest {
        workflow_id: asked.workflow_id(),
        workflow_type: WorkflowType::new("Script"),
        input: encoded(&start.program),
        options,
        request_id: asked.request_id(),
        identity: client(),
        signal: None,
        update: None,
        inheritance: None,
    }
}

fn at_run(run: &WorkflowExecution) -> Target {
    Target {
        workflow_id: run.workflow_id.clone(),
        run_id: Some(run.run_id),
        reach: Reach::Run,
    }
}

/// What somebody says of an activity that was left to them.
fn report(left: &Left, is_end: bool) -> ReportActivity {
    let attempt = left.token.attempt();
    let outcome = match left.fate {
        _ if !is_end => ReportedOutcome::Heartbeat(encoded(&attempt)),
        Fate::Done => ReportedOutcome::Completed(encoded(&attempt)),
        Fate::FailedForGood => ReportedOutcome::Failed(Box::new(WorkError::Never.to_failure())),
        _ => ReportedOutcome::Failed(Box::new(WorkError::NotNow.to_failure())),
    };
    ReportActivity {
        attempt: AttemptName::Token {
            scheduled_event_id: left.token.scheduled_event_id(),
            attempt,
        },
        outcome,
        identity: client(),
    }
}

fn signal(name: &'static str, input: &impl Serialize, request_id: RequestId) -> SignalMessage {
    SignalMessage {
        name: SignalName::new(name),
        input: encoded(input),
        header: Header::EMPTY,
        identity: client(),
        request_id,
    }
}

fn update(name: &'static str, input: &impl Serialize, asked: &Asked) -> update::Request {
    update::Request {
        update_id: update_id(asked.ask.id),
        identity: client(),
        name: UpdateName::new(name),
        input: encoded(input),
        header: Header::EMPTY,
    }
}

/// The id of the update that this request is.
pub(crate) fn update_id(request: u32) -> UpdateId {
    UpdateId::new(format!("request-{request}"))
}

fn client() -> Identity {
    Identity::new("client")
}

/// What goes into a message.
fn encoded(input: &impl Serialize) -> Payloads {
    // Invariant: what a plan is made of always becomes a payload.
    Payloads::encode(input).unwrap_or_default()
}
