//! One thing that a run has done or was told, as a row of a table or a bar over time.

use sempre::{
    Timestamp,
    model::{EventId, Failure, Payloads, WorkflowExecution},
};

/// A row.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row<'h> {
    pub(crate) kind: RowKind,
    /// What it is called: a type, a signal's name.
    pub(crate) name: String,
    /// What tells it from others of that name.
    pub(crate) id: String,
    pub(crate) state: RowState,
    /// Its first event, and its last one so far.
    pub(crate) events: (EventId, EventId),
    pub(crate) began: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    /// How many attempts it took, as far as the history says; 0 where there are none.
    pub(crate) attempts: u32,
    pub(crate) input: Option<&'h Payloads>,
    pub(crate) outcome: Outcome<'h>,
    /// The run that it is about, if it is another one.
    pub(crate) run: Option<&'h WorkflowExecution>,
}

/// What a row is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RowKind {
    Run,
    Activity,
    Timer,
    Child,
    Signal,
    SignalToOther,
    CancelOfOther,
    Update,
    CancelRequest,
    WorkflowTask,
    Pause,
    Marker,
    Property,
    Foreign,
}

/// How it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RowState {
    /// It goes on.
    Open,
    /// It has come to a good end.
    Done,
    Failed,
    TimedOut,
    Canceled,
    Terminated,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Outcome<'h> {
    Nothing,
    Result(&'h Payloads),
    Failure(&'h Failure),
    Text(String),
}

impl RowKind {
    /// The kind in a word or two.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Activity => "Activity",
            Self::Timer => "Timer",
            Self::Child => "Child",
            Self::Signal => "Signal",
            Self::SignalToOther => "Signal to",
            Self::CancelOfOther => "Cancel of",
            Self::Update => "Update",
            Self::CancelRequest => "Cancel request",
            Self::WorkflowTask => "Workflow task",
            Self::Pause => "Pause",
            Self::Marker => "Marker",
            Self::Property => "Property",
            Self::Foreign => "Foreign event",
        }
    }
}

impl RowState {
    /// The state in a word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::TimedOut => "Timed out",
            Self::Canceled => "Canceled",
            Self::Terminated => "Terminated",
        }
    }
}
