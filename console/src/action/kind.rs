//! The actions, by their names.

use crate::{
    action::{ActionOutcome, backup, bulk, pause, queue, reset, run, schedule},
    problem::Problem,
    visit::Visit,
};

/// Something that can be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ActionKind {
    Start,
    Signal,
    Query,
    Update,
    Cancel,
    Terminate,
    RetryNow,
    RetryActivityNow,
    Resume,
    Reset,
    Pause,
    Unpause,
    PauseActivity,
    UnpauseActivity,
    ResetActivity,
    Delete,
    PauseSchedule,
    UnpauseSchedule,
    TriggerSchedule,
    BackfillSchedule,
    DeleteSchedule,
    PauseQueue,
    UnpauseQueue,
    LimitQueue,
    RestoreQueue,
    PauseType,
    UnpauseType,
    StartBulk,
    PauseBulk,
    ResumeBulk,
    CancelBulk,
    DeleteBulk,
    Backup,
}

const NAMES: [(&str, ActionKind); 33] = [
    ("start", ActionKind::Start),
    ("signal", ActionKind::Signal),
    ("query", ActionKind::Query),
    ("update", ActionKind::Update),
    ("cancel", ActionKind::Cancel),
    ("terminate", ActionKind::Terminate),
    ("retry", ActionKind::RetryNow),
    ("retry-activity", ActionKind::RetryActivityNow),
    ("resume", ActionKind::Resume),
    ("reset", ActionKind::Reset),
    ("pause", ActionKind::Pause),
    ("unpause", ActionKind::Unpause),
    ("pause-activity", ActionKind::PauseActivity),
    ("unpause-activity", ActionKind::UnpauseActivity),
    ("reset-activity", ActionKind::ResetActivity),
    ("delete", ActionKind::Delete),
    ("pause-schedule", ActionKind::PauseSchedule),
    ("unpause-schedule", ActionKind::UnpauseSchedule),
    ("trigger-schedule", ActionKind::TriggerSchedule),
    ("backfill-schedule", ActionKind::BackfillSchedule),
    ("delete-schedule", ActionKind::DeleteSchedule),
    ("pause-queue", ActionKind::PauseQueue),
    ("unpause-queue", ActionKind::UnpauseQueue),
    ("limit-queue", ActionKind::LimitQueue),
    ("restore-queue", ActionKind::RestoreQueue),
    ("pause-type", ActionKind::PauseType),
    ("unpause-type", ActionKind::UnpauseType),
    ("bulk", ActionKind::StartBulk),
    ("pause-bulk", ActionKind::PauseBulk),
    ("resume-bulk", ActionKind::ResumeBulk),
    ("cancel-bulk", ActionKind::CancelBulk),
    ("delete-bulk", ActionKind::DeleteBulk),
    ("backup", ActionKind::Backup),
];

impl ActionKind {
    /// The action of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let kind = NAMES.iter().find(|(known, _)| *known == name);
        kind.map(|(_, kind)| *kind)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        let name = NAMES.iter().find(|(_, kind)| *kind == self);
        name.map_or("", |(name, _)| name)
    }

    /// Whether it changes something; a question does not.
    pub(crate) fn changes(self) -> bool {
        self != Self::Query
    }

    /// Whether the engine itself records it in its trail.
    pub(crate) fn is_recorded_by_engine(self) -> bool {
        matches!(
            self,
            Self::PauseQueue
                | Self::UnpauseQueue
                | Self::LimitQueue
                | Self::RestoreQueue
                | Self::PauseType
                | Self::UnpauseType
        )
    }

    /// Carries it out.
    pub(crate) async fn carry_out(self, visit: &Visit) -> Result<ActionOutcome, Problem> {
        match self {
            Self::Start => run::start(visit).await,
            Self::Signal => run::signal(visit).await,
            Self::Query => run::query(visit).await,
            Self::Update => run::update(visit).await,
            Self::Cancel => run::cancel(visit).await,
            Self::Terminate => run::terminate(visit).await,
            Self::RetryNow => run::retry_now(visit).await,
            Self::RetryActivityNow => run::retry_activity_now(visit).await,
            Self::Resume => run::resume(visit).await,
            Self::Reset => reset::reset(visit).await,
            Self::Pause => pause::pause(visit).await,
            Self::Unpause => pause::unpause(visit).await,
            Self::PauseActivity => pause::pause_activity(visit).await,
            Self::UnpauseActivity => pause::unpause_activity(visit).await,
            Self::ResetActivity => pause::reset_activity(visit).await,
            Self::Delete => run::delete(visit).await,
            Self::PauseSchedule => schedule::pause(visit, true).await,
            Self::UnpauseSchedule => schedule::pause(visit, false).await,
            Self::TriggerSchedule => schedule::trigger(visit).await,
            Self::BackfillSchedule => schedule::backfill(visit).await,
            Self::DeleteSchedule => schedule::delete(visit).await,
            Self::PauseQueue => queue::pause(visit, true).await,
            Self::UnpauseQueue => queue::pause(visit, false).await,
            Self::LimitQueue => queue::limit(visit).await,
            Self::RestoreQueue => queue::restore(visit).await,
            Self::PauseType => queue::pause_type(visit, true).await,
            Self::UnpauseType => queue::pause_type(visit, false).await,
            Self::StartBulk => bulk::start(visit).await,
            Self::PauseBulk => bulk::pause(visit).await,
            Self::ResumeBulk => bulk::resume(visit).await,
            Self::CancelBulk => bulk::cancel(visit).await,
            Self::DeleteBulk => bulk::delete(visit).await,
            Self::Backup => backup::backup(visit).await,
        }
    }
}
