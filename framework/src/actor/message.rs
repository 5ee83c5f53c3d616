//! The mail of shards: everything that anybody can ask of an execution.

use derive_more::Debug;
use futures::channel::oneshot;

use crate::{
    actor::{
        Refusal, Watched,
        port::{AttemptKey, FreedSlot, Permit, Place, WaitingKey},
        replacement::Replacement,
        reset::RunReset,
        stock::ShardStock,
    },
    machine::execution::{
        ExecutionState, Message, MessageOutcome, Problem,
        decide::{
            AttemptOutcome, HeartbeatResponse, Inheritance, LastWords, ReportActivity,
            RequestCancel, ResetRun, RetryNow, SignalMessage, Start, Steer, Terminate,
        },
    },
    model::{
        EventAttributes, History, Identity, MessageId, Namespaces, Payload, Payloads, QueryName,
        RequestId, RunId, StartOptions, TaskQueue, UpdateId, WorkflowExecution, WorkflowId,
        WorkflowType, event::update,
    },
};

/// Where an answer goes. The receiver may be gone; nobody minds.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// Which run is meant: the latest of an execution, unless one is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The execution.
    pub workflow_id: WorkflowId,
    /// The run, or the latest one.
    pub run_id: Option<RunId>,
    /// Whether the run alone is meant, or stands for the chain it belongs to.
    pub reach: Reach,
}

/// How far a request reaches that finds its run followed by another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reach {
    /// To the run that is open now, or was the last of the chain. The default.
    #[default]
    Chain,
    /// To the run itself.
    Run,
}

impl Target {
    /// This run, whatever has followed it.
    pub(super) fn run(execution: WorkflowExecution) -> Self {
        Self {
            workflow_id: execution.workflow_id,
            run_id: Some(execution.run_id),
            reach: Reach::Run,
        }
    }

    /// The latest run of an execution.
    pub fn latest(workflow_id: WorkflowId) -> Self {
        Self {
            workflow_id,
            run_id: None,
            reach: Reach::Chain,
        }
    }
}

/// A request to start an execution.
#[derive(Clone, PartialEq, Debug)]
pub struct StartRequest {
    /// The execution's id.
    pub workflow_id: WorkflowId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The program's arguments.
    pub input: Payloads,
    /// How to start it.
    pub options: StartOptions,
    /// The id that makes the request idempotent.
    pub request_id: RequestId,
    /// Who asks.
    pub identity: Identity,
    /// The signal that the run begins with, or that an open run gets instead of a start.
    pub signal: Option<SignalMessage>,
    /// The update that the run begins with, or that an open run carries out instead of a start.
    pub update: Option<Box<update::Request>>,
    /// What the run is told of runs before it that it does not follow.
    pub inheritance: Option<Box<Inheritance>>,
}

impl StartRequest {
    /// The start of a run with this id.
    pub(super) fn into_start(self, run_id: RunId, namespaces: &Namespaces) -> Start {
        let schema = namespaces.of(&self.workflow_id).schema.clone();
        let execution = WorkflowExecution {
            workflow_id: self.workflow_id,
            run_id,
        };
        Start {
            execution,
            workflow_type: self.workflow_type,
            input: self.input,
            options: self.options,
            identity: self.identity,
            request_id: self.request_id,
            signal: self.signal,
            update: self.update,
            schema,
            parent: None,
            inheritance: self.inheritance,
        }
    }
}

impl From<Start> for StartRequest {
    fn from(start: Start) -> Self {
        Self {
            workflow_id: start.execution.workflow_id,
            workflow_type: start.workflow_type,
            input: start.input,
            options: start.options,
            request_id: start.request_id,
            identity: start.identity,
            signal: start.signal,
            update: start.update,
            inheritance: start.inheritance,
        }
    }
}

/// The answer to a start.
#[derive(Clone, PartialEq, Debug)]
pub struct Started {
    /// The run that carries the id now.
    pub run_id: RunId,
    /// Whether this request started it.
    pub is_new: bool,
    /// What became of the update that the start brought, if it brought one.
    pub update: Option<Box<Result<UpdateAnswer, Refusal>>>,
}

/// Whether a run that a start finds carries out the update that the start brings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum UpdateTaker {
    /// It does, also to say that it has closed: the start is a repetition of its own.
    Always,
    /// It does while it is open.
    IfOpen,
    /// It does not; it only answers for updates that it knows.
    Never,
}

/// What can be asked of one execution.
#[derive(Debug)]
pub(crate) enum ExecutionRequest {
    /// Record a signal.
    Signal(SignalMessage, #[debug(skip)] Reply<()>),
    /// Record that the run should stop.
    RequestCancel(RequestCancel, #[debug(skip)] Reply<()>),
    /// Record what another run has to say.
    Receive(Box<Message>, #[debug(skip)] Reply<()>),
    /// End the run.
    Terminate(Terminate, #[debug(skip)] Reply<()>),
    /// Try again what backs off; the answer is how much that is.
    RetryNow(RetryNow, #[debug(skip)] Reply<usize>),
    /// Do what an operator wants to be done.
    Steer(Box<Steer>, #[debug(skip)] Reply<()>),
    /// Record what has become of an activity elsewhere; the answer is whether it is to stop.
    ReportActivity(Box<ReportActivity>, #[debug(skip)] Reply<HeartbeatResponse>),
    /// Have the program carry an update out.
    Update(update::Request, #[debug(skip)] Reply<UpdateAnswer>),
    /// Wait until an update that was accepted is completed, and say what came of it.
    AwaitUpdate(UpdateId, #[debug(skip)] Reply<UpdateAnswer>),
    /// Ask the program.
    Query(QueryName, Payloads, #[debug(skip)] Reply<Payload>),
    /// Wait until the run has closed, and say how.
    AwaitClose(#[debug(skip)] Reply<EventAttributes>),
    /// Say how the run stands.
    Describe(#[debug(skip)] Reply<Box<Description>>),
    /// Hand out the history.
    History(#[debug(skip)] Reply<History>),
}

/// The answer to an update.
#[derive(Clone, PartialEq, Debug)]
pub struct UpdateAnswer {
    /// The run that carries it out.
    pub run_id: RunId,
    /// How far it has got.
    pub stand: UpdateStand,
}

/// How far an update has got.
#[derive(Clone, PartialEq, Debug)]
pub enum UpdateStand {
    /// The program has accepted it, and is to complete it.
    Accepted,
    /// It is answered.
    Completed(update::Outcome),
}

/// How a run stands.
#[derive(Clone, Debug)]
pub struct Description {
    /// Its state as decided and durable.
    pub state: ExecutionState,
    /// What keeps it from going on, and what it has lost.
    pub problems: Vec<Problem>,
}

/// News of a running attempt.
#[derive(Debug)]
pub(crate) struct AttemptReport {
    /// Which attempt.
    pub key: AttemptKey,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// What was not reported yet when it ended.
    pub last_words: LastWords,
    /// The slot it ran in, if it has ended.
    pub freed: Option<FreedSlot>,
}

impl AttemptReport {
    /// Whether the attempt has ended.
    pub(super) fn ended(&self) -> bool {
        self.outcome.is_end()
    }
}

/// A slot for an activity that waited for one.
#[derive(Debug)]
pub(crate) struct SlotOffer {
    /// The activity.
    pub key: WaitingKey,
    /// The place it had in line.
    pub place: Place,
    /// The slot.
    pub permit: Permit,
}

/// The mail of a shard.
#[derive(Debug)]
pub(crate) enum ShardMail {
    /// Start an execution.
    Start(Box<StartRequest>, #[debug(skip)] Reply<Started>),
    /// Start the child that this message asks for.
    StartChild(Box<Message>, #[debug(skip)] Reply<Started>),
    /// Ask something of an execution.
    Request(Target, ExecutionRequest),
    /// News of a running attempt.
    Attempt(Box<AttemptReport>),
    /// An attempt of a local activity of this run has ended.
    LocalEnded(RunId),
    /// A slot for an activity that waited for one.
    Offer(SlotOffer),
    /// A gate was opened: those who waited for one look again.
    GateOpened,
    /// The line of a queue has room again, for runs that found none.
    LineHasRoom(TaskQueue),
    /// A run's code never came back, on a thread that was given up.
    CodeLost {
        /// The code.
        stuck: Box<Watched>,
        /// What is known about it.
        cause: String,
    },
    /// Take an execution back from quarantine.
    Resume(Target, #[debug(skip)] Reply<()>),
    /// Delete a run.
    Delete(Target, #[debug(skip)] Reply<()>),
    /// Reset a run; the answer is the run that goes on.
    Reset(Target, Box<ResetRun>, #[debug(skip)] Reply<RunId>),
    /// Say how the shard stands.
    TakeStock(#[debug(skip)] oneshot::Sender<ShardStock>),
    /// Take no more requests; answer when all that was decided is durable.
    Stop(#[debug(skip)] oneshot::Sender<()>),
}

impl ShardMail {
    /// The execution that a request is about.
    pub(super) fn workflow_id(&self) -> Option<&WorkflowId> {
        match self {
            Self::Start(request, _) => Some(&request.workflow_id),
            Self::StartChild(message, _) => Some(&message.receiver.workflow_id),
            Self::Request(target, _)
            | Self::Resume(target, _)
            | Self::Delete(target, _)
            | Self::Reset(target, ..) => Some(&target.workflow_id),
            Self::Attempt(_)
            | Self::LocalEnded(_)
            | Self::Offer(_)
            | Self::GateOpened
            | Self::LineHasRoom(_)
            | Self::CodeLost { .. }
            | Self::TakeStock(_)
            | Self::Stop(_) => None,
        }
    }
}

impl ShardMail {
    /// The bytes of what a caller gives to a request.
    pub(super) fn input_bytes(&self) -> usize {
        match self {
            Self::Start(request, _) => {
                let signal = request.signal.as_ref();
                let update = request.update.as_ref();
                request.input.size()
                    + signal.map_or(0, |signal| signal.input.size())
                    + update.map_or(0, |update| update.input.size())
            }
            Self::Request(_, ExecutionRequest::Signal(message, _)) => message.input.size(),
            Self::Request(_, ExecutionRequest::ReportActivity(message, _)) => {
                message.outcome.size()
            }
            Self::Request(_, ExecutionRequest::Update(request, _)) => request.input.size(),
            Self::Request(_, ExecutionRequest::Query(_, input, _)) => input.size(),
            Self::Request(_, ExecutionRequest::Terminate(message, _)) => message.details.size(),
            _ => 0,
        }
    }
}

impl actix::Message for ShardMail {
    type Result = ();
}

/// What an execution is told by its shard.
#[derive(Debug)]
pub(super) enum ExecutionMail {
    /// Begin; always the first message of a new run.
    Start(Box<Start>, #[debug(skip)] Reply<Started>),
    /// Give way to a new run of the execution.
    Replace(Box<Replacement>),
    /// Give way to a run that goes on from a point of the history.
    Reset(Box<RunReset>),
    /// Answer a start that came after the one of this run, once what it says is durable.
    AnswerStart(#[debug(skip)] Reply<Started>, Result<Started, Refusal>),
    /// Take the signal of a start that finds this run open, and answer the start.
    SignalForStart(Box<Start>, #[debug(skip)] Reply<Started>),
    /// Carry out the update of a start that finds this run, and answer the start; where this run does
    /// not know the update and is not to take it, the start is decided upon again.
    UpdateForStart(Box<Start>, #[debug(skip)] Reply<Started>, UpdateTaker),
    /// A request from outside.
    Request(ExecutionRequest, Reach),
    /// News of a running attempt.
    Attempt(Box<AttemptReport>),
    /// A slot for an activity that waited for one.
    Offer(SlotOffer),
    /// A message of this run, of so many bytes, was answered. It is under way until the run is told.
    Settle(MessageId, MessageOutcome, usize),
    /// Send what is not on its way: there is room, or it was lost.
    SendMessages,
    /// Ask for slots again: where there was no room in line, there is some now.
    AskAgain,
    /// A deadline has passed, or the run was loaded because something is due.
    Wake,
    /// All that was decided so far is durable.
    Durable,
    /// Give the workflow task up that never came back.
    FailWorkflowTask(String),
    /// Be deleted; a run in memory is never told.
    Delete(WorkflowExecution, #[debug(skip)] Reply<()>),
    /// Leave memory as soon as everything is durable.
    Evict,
}

impl actix::Message for ExecutionMail {
    type Result = ();
}
