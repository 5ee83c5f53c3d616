//! What a workflow program is told, and what it asks for, without any id of the history.
//!
//! A program numbers its activities and timers itself, from 1, in the order it asks for them. The
//! replay machine knows which event each number stands for.

use std::time::Duration;

use derive_more::{Display, From};

use crate::model::{
    ActivityOptions, ActivityType, ChildOptions, ContinueAsNew, EventId, Failure, Identity, Memo,
    Payloads, RecordMarker, RequestCancelExternalWorkflow, SearchAttributes,
    SignalExternalWorkflow, SignalName, Timestamp, UpdateId, WorkflowExecution, WorkflowInfo,
    WorkflowType, event::update,
};

/// The number of an activity among those its program asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display, From)]
pub struct ActivitySequence(pub u32);

/// The number of a timer among those its program asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display, From)]
pub struct TimerSequence(pub u32);

/// The number of a message to another workflow among those its program asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display, From)]
pub struct ExternalSequence(pub u32);

/// The number of a child workflow among those its program asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display, From)]
pub struct ChildSequence(pub u32);

/// One step of a workflow program: what has happened since the last one.
#[derive(Clone, PartialEq, Debug)]
pub struct Activation {
    /// The workflow's time: when the workflow task started.
    pub now: Timestamp,
    /// Whether the answer to this activation is already in the history.
    pub replaying: bool,
    /// The number of events the program has been told about.
    pub history_length: u64,
    /// Bytes of the history.
    pub history_size_bytes: u64,
    /// Whether continuing as new is advised.
    pub suggest_continue_as_new: bool,
    /// The `WorkflowTaskStarted` this activation belongs to.
    pub started_event_id: EventId,
    /// What to do, in order: initialize, then patches, then signals and cancellation, then updates, then
    /// resolutions.
    pub jobs: Vec<ActivationJob>,
}

/// One thing that a program is told.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum ActivationJob {
    /// Begin. Always the first job of the first activation.
    Initialize {
        /// The run's facts.
        info: Box<WorkflowInfo>,
        /// The program's arguments.
        input: Payloads,
        /// Seeds the program's random numbers.
        random_seed: u64,
    },
    /// The run takes the new way of a patch, the history says.
    NotifyPatch {
        /// Which one.
        patch_id: String,
    },
    /// A signal arrived.
    Signal {
        /// Which one.
        name: SignalName,
        /// Its arguments.
        input: Payloads,
        /// Who sent it.
        identity: Identity,
    },
    /// Somebody asked the run to stop.
    Cancel {
        /// The reason given.
        cause: String,
    },
    /// An update is asked for.
    Update {
        /// What is asked.
        request: Box<update::Request>,
        /// Whether the program has a choice; if not, it has accepted the update before.
        validate: bool,
    },
    /// A timer fired.
    FireTimer {
        /// Which one.
        timer: TimerSequence,
    },
    /// An activity has ended for good.
    ResolveActivity {
        /// Which one.
        activity: ActivitySequence,
        /// How.
        resolution: ActivityResolution,
    },
    /// A child workflow was started, or was not.
    ResolveChildStart {
        /// Which one.
        child: ChildSequence,
        /// What became of its start.
        resolution: ChildStart,
    },
    /// The chain of runs of a child workflow has ended.
    ResolveChild {
        /// Which one.
        child: ChildSequence,
        /// How.
        resolution: ChildResolution,
    },
    /// A message to another workflow was answered.
    ResolveExternal {
        /// Which one.
        external: ExternalSequence,
        /// How.
        resolution: ExternalResolution,
    },
}

/// What became of the start of a child workflow.
#[derive(Clone, PartialEq, Debug)]
pub enum ChildStart {
    /// This is its first run.
    Started(WorkflowExecution),
    /// It was not started, and never will be: a failure whose kind is `ChildWorkflow`, and why as its
    /// cause.
    Failed(Box<Failure>),
}

/// How the chain of runs of a child workflow has ended.
#[derive(Clone, PartialEq, Debug)]
pub enum ChildResolution {
    /// With a result.
    Completed(Payloads),
    /// With a failure whose kind is `ChildWorkflow`, and what happened as its cause.
    Failed(Box<Failure>),
}

/// What became of a message to another workflow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExternalResolution {
    /// It was delivered.
    Delivered,
    /// There is no run that it could be for: there never was, or it has closed.
    NotFound,
    /// The run accepts no further signals.
    TooManySignals,
}

/// How an activity ended for good.
#[derive(Clone, PartialEq, Debug)]
pub enum ActivityResolution {
    /// With a result.
    Completed(Payloads),
    /// With a failure whose kind is `Activity`, and what happened as its cause.
    Failed(Box<Failure>),
}

/// One thing that a program asks for.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum ProgramCommand {
    /// Run an activity.
    ScheduleActivity {
        /// Its number.
        activity: ActivitySequence,
        /// Its type.
        activity_type: ActivityType,
        /// Its arguments.
        input: Payloads,
        /// How to schedule it.
        options: ActivityOptions,
    },
    /// Ask an activity to stop. Only for one whose scheduling left an earlier activation.
    CancelActivity {
        /// Its number.
        activity: ActivitySequence,
    },
    /// Wake the program later.
    StartTimer {
        /// Its number.
        timer: TimerSequence,
        /// How much later.
        duration: Duration,
    },
    /// Forget a timer. Only for one whose start left an earlier activation.
    CancelTimer {
        /// Its number.
        timer: TimerSequence,
    },
    /// Start a child workflow.
    StartChild {
        /// Its number.
        child: ChildSequence,
        /// Its type.
        workflow_type: WorkflowType,
        /// Its arguments.
        input: Payloads,
        /// How to start it; its id is given.
        options: Box<ChildOptions>,
    },
    /// Ask a child workflow to stop. Only for one whose start left an earlier activation.
    CancelChild {
        /// Its number.
        child: ChildSequence,
        /// The reason given; empty if there is none.
        reason: String,
    },
    /// Send a signal to another workflow.
    SignalExternal {
        /// Its number.
        external: ExternalSequence,
        /// Whom, and what.
        signal: SignalExternalWorkflow,
    },
    /// Ask another workflow to stop.
    RequestCancelExternal {
        /// Its number.
        external: ExternalSequence,
        /// Whom, and why.
        request: RequestCancelExternalWorkflow,
    },
    /// Make a note that a replay finds again.
    RecordMarker(RecordMarker),
    /// Say that the run takes the new way of a patch. Once for each.
    SetPatch {
        /// Which one.
        patch_id: String,
        /// Whether the program has no other way any more.
        deprecated: bool,
    },
    /// Change search attributes of the run.
    UpsertSearchAttributes(SearchAttributes),
    /// Change the memo of the run.
    UpsertMemo(Memo),
    /// Carry an update out. Before anything else that is asked for on its behalf.
    AcceptUpdate {
        /// What was asked.
        request: Box<update::Request>,
    },
    /// Do not carry an update out; never in a replay.
    RejectUpdate {
        /// Which one.
        update_id: UpdateId,
        /// Why not.
        failure: Failure,
    },
    /// Answer an update that was accepted.
    CompleteUpdate {
        /// Which one.
        update_id: UpdateId,
        /// What came of it.
        outcome: update::Outcome,
    },
    /// Close the run with its result.
    Complete {
        /// The result.
        result: Payloads,
    },
    /// Close the run with a failure.
    Fail {
        /// What went wrong.
        failure: Failure,
    },
    /// Close the run as canceled.
    Cancel {
        /// What the program has to say about it.
        details: Payloads,
    },
    /// Close the run and begin another in its place.
    ContinueAsNew(ContinueAsNew),
}
