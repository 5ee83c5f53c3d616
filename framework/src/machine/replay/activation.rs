//! What a workflow program is told, and what it asks for, without any id of the history.
//!
//! A program numbers its activities and timers itself, from 1, in the order it asks for them. The
//! replay machine knows which event each number stands for.

use std::time::Duration;

use derive_more::{Display, From};

use crate::model::{
    ActivityId, ActivityOptions, ActivityType, ChildOptions, ContinueAsNew, EventId, Failure,
    Header, Identity, LocalActivityOptions, Memo, Payloads, RecordMarker,
    RequestCancelExternalWorkflow, RunId, SearchAttributes, SignalExternalWorkflow, SignalName,
    Timestamp, UpdateId, UserMetadata, WorkflowExecution, WorkflowInfo, WorkflowType,
    event::update,
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
    /// What to do, in order: initialize, then patches, then a reset, then signals and cancellation,
    /// then updates, then resolutions, those of local activities last.
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
    /// The run goes on from one that was reset: from here on it is another one.
    Reset {
        /// The run that goes on.
        run_id: RunId,
        /// Seeds the program's random numbers anew.
        random_seed: u64,
    },
    /// A signal arrived.
    Signal {
        /// Which one.
        name: SignalName,
        /// Its arguments.
        input: Payloads,
        /// Who sent it.
        identity: Identity,
        /// What came with it.
        header: Header,
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
    /// An activity that has not ended says how far it has got.
    ReportProgress {
        /// Which one.
        activity: ActivitySequence,
        /// What it says.
        value: Payloads,
    },
    /// An activity has ended for good.
    ResolveActivity {
        /// Which one.
        activity: ActivitySequence,
        /// How.
        resolution: ActivityResolution,
    },
    /// A local activity has ended, or its next attempt has to wait.
    ResolveLocalActivity {
        /// Which one; nothing more is said of it under this number.
        activity: ActivitySequence,
        /// How.
        resolution: LocalActivityResolution,
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

/// How a local activity ended.
#[derive(Clone, PartialEq, Debug)]
pub enum LocalActivityResolution {
    /// With a result.
    Completed(Payloads),
    /// With what happened, as it is.
    Failed(Box<Failure>),
    /// Its last attempt has failed, and the next one has to wait for a timer. The program asks for
    /// that, and then for the activity again, under a new number.
    BackOff(LocalBackoff),
}

/// How the next attempt of a local activity waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalBackoff {
    /// How long.
    pub duration: Duration,
    /// Which attempt it will be.
    pub attempt: u32,
    /// When the first one was asked for.
    pub originally_scheduled_at: Timestamp,
}

/// What becomes of a local activity that the program gives up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalCancellation {
    /// It is asked to stop, and the program waits for its end.
    Wait,
    /// It is asked to stop, and its end is no news any more.
    Stop,
    /// It goes on, and its end is no news any more.
    Abandon,
}

/// A local activity, with all that running it takes.
#[derive(Clone, PartialEq, Debug)]
pub struct LocalActivityTask {
    /// Its number.
    pub activity: ActivitySequence,
    /// Its id.
    pub activity_id: ActivityId,
    /// Its type.
    pub activity_type: ActivityType,
    /// Its arguments.
    pub input: Payloads,
    /// Its limits, and when it is tried again.
    pub options: LocalActivityOptions,
    /// Which attempt is to be made first, from 1.
    pub attempt: u32,
    /// When the first one was asked for; `None` if this is it.
    pub originally_scheduled_at: Option<Timestamp>,
    /// Whether it was asked to stop.
    pub cancel_requested: bool,
    /// What comes with the call; `None` is what came with the run.
    pub header: Option<Header>,
}

/// What has to be done about local activities.
#[derive(Clone, PartialEq, Debug)]
pub enum LocalActivityRequest {
    /// Run it, until it has ended or its next attempt has to wait for long.
    Run(Box<LocalActivityTask>),
    /// Ask it to stop; its end still counts.
    Cancel(ActivitySequence),
    /// Ask it to stop; its end no longer counts.
    Stop(ActivitySequence),
    /// Let it go on; its end no longer counts.
    Abandon(ActivitySequence),
}

/// The end of a local activity, as whoever runs it reports it.
#[derive(Clone, PartialEq, Debug)]
pub struct LocalActivityEnd {
    /// Which one.
    pub activity: ActivitySequence,
    /// Which attempt was the last one, from 1.
    pub attempt: u32,
    /// When the first one was asked for.
    pub originally_scheduled_at: Timestamp,
    /// When the last one ended.
    pub completed_at: Timestamp,
    /// How.
    pub outcome: LocalActivityOutcome,
}

/// What came of a local activity.
#[derive(Clone, PartialEq, Debug)]
pub enum LocalActivityOutcome {
    /// A result.
    Completed(Payloads),
    /// A failure, and no further attempt.
    Failed(Box<Failure>),
    /// A failure, and the next attempt has to wait so long that a timer is to bring it.
    BackOff {
        /// The failure.
        failure: Box<Failure>,
        /// How long.
        duration: Duration,
    },
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
    /// Tell an activity something. Only for one whose scheduling left in this activation or earlier.
    ControlActivity {
        /// Its number.
        activity: ActivitySequence,
        /// What it is told.
        message: Payloads,
    },
    /// Run a local activity. Numbered together with the others.
    ScheduleLocalActivity(Box<LocalActivityTask>),
    /// Give a local activity up. Only for one that was asked for in an earlier activation.
    CancelLocalActivity {
        /// Its number.
        activity: ActivitySequence,
        /// What becomes of it.
        cancellation: LocalCancellation,
    },
    /// Wake the program later.
    StartTimer {
        /// Its number.
        timer: TimerSequence,
        /// How much later.
        duration: Duration,
        /// What is said of it to people.
        user_metadata: Option<Box<UserMetadata>>,
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
