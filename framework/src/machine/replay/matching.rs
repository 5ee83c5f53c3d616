//! Matching: the commands that history has yet to confirm, in the order they were asked for.
//!
//! Each command event has to be the one that the oldest unconfirmed command becomes. Compared are
//! the kind, of activities, timers and children the id and the type, of updates the id, and of
//! markers the name, and of those of local activities the number. Not compared, and
//! therefore safe to change in code, are inputs, results, timeouts, retry policies, task queues and
//! durations, and whom a message to another workflow is for.
//!
//! | what the history says of its author's rules | kind | type | id |
//! |---|---|---|---|
//! | it compared ids and types ([`IdentityRule::Compared`]) | yes | yes | yes |
//! | nothing ([`IdentityRule::Unstated`]) | yes | yes | if its first id is numbered as ours are |
//! | it compared neither ([`IdentityRule::Ignored`]) | yes | no | no |
//!
//! A command that is still unconfirmed when a history ends is a new command.

use std::collections::VecDeque;

use crate::{
    machine::replay::{
        ActivitySequence, ChildSequence, ExternalSequence, TimerSequence,
        divergence::{Attempted, Divergence, Nondeterminism, Recorded},
        flags::IdentityRule,
        local_marker::LocalMarker,
        patch::{self, PatchMarker},
    },
    model::{Command, EventAttributes, HistoryEvent},
};

/// What a command is about, in the program's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Subject {
    Activity(ActivitySequence),
    ActivityCancellation(ActivitySequence),
    Timer(TimerSequence),
    TimerCancellation(TimerSequence),
    Child(ChildSequence),
    ChildCancellation(ChildSequence),
    External(ExternalSequence),
    /// The end of a local activity.
    LocalActivity,
    /// The marker of a patch.
    Patch,
    /// The list of patches, behind that.
    PatchList,
    /// What the program said that nothing follows from: about an update, about its run.
    Statement,
    Close,
}

/// The commands that history has yet to confirm.
#[derive(Default, Debug)]
pub(super) struct Unconfirmed {
    /// Boxed: the room for them is kept while there are none, which is nearly always.
    commands: VecDeque<Box<(Subject, Command)>>,
    /// How many commands of the current workflow task are confirmed.
    confirmed: u32,
    /// Whether the event before was the marker of a patch, and was passed over.
    passed_over: bool,
    numbering: Numbering,
}

/// Who numbered the activities and timers of a history that states no rules.
///
/// Other SDKs number activities by events or name them by UUIDs; the first id tells.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Numbering {
    #[default]
    Unknown,
    Ours,
    Foreign,
}

impl Unconfirmed {
    /// Adds a command that the program asked for.
    pub(super) fn push(&mut self, subject: Subject, command: Command) {
        self.commands.push_back(Box::new((subject, command)));
    }

    /// Takes a command back that nobody has seen.
    pub(super) fn retract(&mut self, subject: Subject) {
        self.commands.retain(|asked| asked.0 != subject);
    }

    /// Begins to count the commands of the next workflow task.
    pub(super) fn handle_workflow_task_completed(&mut self) {
        self.confirmed = 0;
    }

    /// Confirms the oldest command by its event; says what the command was about, or that the event
    /// is passed over.
    pub(super) fn handle_command_event(
        &mut self,
        event: &HistoryEvent,
        rule: IdentityRule,
    ) -> Result<Option<Subject>, Nondeterminism> {
        if self.passes_over(event)? {
            return Ok(None);
        }
        let Some((subject, command)) = self.commands.front().map(|asked| &**asked) else {
            return Err(self.diverge(Divergence::MissingCommand, event));
        };
        let subject = *subject;
        let fit = fits(command, &event.attributes);
        let is_same = match fit {
            Fit::Exact => true,
            Fit::Not => return Err(self.diverge(Divergence::OtherCommand, event)),
            Fit::OtherId => match rule {
                IdentityRule::Compared => false,
                IdentityRule::Unstated => self.numbering != Numbering::Ours,
                IdentityRule::Ignored => true,
            },
            Fit::OtherSubject => rule == IdentityRule::Ignored,
        };
        if !is_same {
            return Err(self.diverge(Divergence::OtherIdentity, event));
        }
        if self.numbering == Numbering::Unknown && subject.is_numbered() {
            self.numbering = match fit {
                Fit::Exact => Numbering::Ours,
                _ => Numbering::Foreign,
            };
        }
        self.commands.pop_front();
        self.confirmed += 1;
        Ok(Some(subject))
    }

    /// Decides on patches, of which history and program may say different things; says whether the
    /// event is passed over. See the table of `patch`.
    fn passes_over(&mut self, event: &HistoryEvent) -> Result<bool, Nondeterminism> {
        let after_passed = std::mem::take(&mut self.passed_over);
        let Some(recorded) = PatchMarker::in_event(&event.attributes) else {
            let is_list = patch::lists_patches(&event.attributes);
            if after_passed && is_list {
                return Ok(true);
            }
            self.drop_while(|(subject, _)| match subject {
                Subject::Patch => true,
                Subject::PatchList => !is_list,
                _ => false,
            });
            return Ok(false);
        };
        let is_same = |command: &Command| {
            let asked = PatchMarker::in_command(command);
            asked.is_some_and(|asked| asked.id == recorded.id)
        };
        let leading = self.commands.iter().map(|asked| &**asked);
        let mut leading = leading.take_while(|(subject, _)| subject.is_of_patch());
        if leading.any(|(_, command)| is_same(command)) {
            // Those before it stand in an earlier part of the history.
            self.drop_while(|(_, command)| !is_same(command));
            return Ok(false);
        }
        if !recorded.deprecated {
            return Err(self.diverge(Divergence::MissingPatch, event));
        }
        self.passed_over = true;
        Ok(true)
    }

    fn drop_while(&mut self, drops: impl Fn(&(Subject, Command)) -> bool) {
        while self.commands.front().is_some_and(|asked| drops(asked)) {
            self.commands.pop_front();
        }
    }

    /// Forgets what was said of patches and never recorded.
    pub(super) fn forget_patches(&mut self) {
        self.passed_over = false;
        self.commands.retain(|asked| !asked.0.is_of_patch());
    }

    /// Refuses a history that goes on although the program has closed the run.
    pub(super) fn check_still_open(&self, event: &HistoryEvent) -> Result<(), Nondeterminism> {
        let position = self
            .commands
            .iter()
            .position(|asked| asked.0 == Subject::Close);
        match position {
            Some(position) => Err(self.diverge_at(position, Divergence::ClosedEarly, event)),
            None => Ok(()),
        }
    }

    /// The unconfirmed commands, in order.
    pub(super) fn commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter().map(|asked| &asked.1)
    }

    /// The report of an event that does not fit the oldest command.
    pub(super) fn diverge(&self, divergence: Divergence, event: &HistoryEvent) -> Nondeterminism {
        self.diverge_at(0, divergence, event)
    }

    fn diverge_at(
        &self,
        position: usize,
        divergence: Divergence,
        event: &HistoryEvent,
    ) -> Nondeterminism {
        let index = u32::try_from(position).unwrap_or(u32::MAX);
        let index = self.confirmed.saturating_add(index).saturating_add(1);
        Nondeterminism {
            divergence,
            recorded: Recorded::new(event),
            attempted: self
                .commands
                .get(position)
                .map(|asked| Attempted::new(index, &asked.1)),
        }
    }
}

impl Subject {
    /// Whether its command is about a patch.
    fn is_of_patch(self) -> bool {
        matches!(self, Self::Patch | Self::PatchList)
    }

    /// Whether the event of its command brings a new id.
    fn is_numbered(self) -> bool {
        matches!(self, Self::Activity(_) | Self::Timer(_))
    }
}

/// How well a command and an event fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fit {
    Exact,
    /// Of the same kind and type, under another id.
    OtherId,
    /// Of the same kind, about something else.
    OtherSubject,
    /// Of another kind.
    Not,
}

impl Fit {
    fn of_subject(is_same: bool) -> Self {
        if is_same {
            Self::Exact
        } else {
            Self::OtherSubject
        }
    }

    fn of_id(is_same: bool) -> Self {
        if is_same { Self::Exact } else { Self::OtherId }
    }
}

// Replay: what is compared here decides which changes of code old histories survive; a new
// comparison needs an engine flag.
fn fits(command: &Command, attributes: &EventAttributes) -> Fit {
    use EventAttributes as E;
    match (command, attributes) {
        (Command::ScheduleActivityTask(asked), E::ActivityTaskScheduled(recorded)) => {
            match Fit::of_subject(asked.activity_type == recorded.activity_type) {
                Fit::Exact => Fit::of_id(asked.activity_id == recorded.activity_id),
                other => other,
            }
        }
        (
            Command::RequestCancelActivityTask { scheduled_event_id },
            E::ActivityTaskCancelRequested(recorded),
        ) => Fit::of_subject(*scheduled_event_id == recorded.scheduled_event_id),
        (Command::StartTimer { timer_id, .. }, E::TimerStarted(recorded)) => {
            Fit::of_id(*timer_id == recorded.timer_id)
        }
        (Command::CancelTimer { timer_id }, E::TimerCanceled(recorded)) => {
            Fit::of_id(*timer_id == recorded.timer_id)
        }
        (
            Command::StartChildWorkflowExecution(asked),
            E::StartChildWorkflowExecutionInitiated(recorded),
        ) => match Fit::of_subject(asked.workflow_type == recorded.workflow_type) {
            Fit::Exact => Fit::of_id(asked.workflow_id == recorded.workflow_id),
            other => other,
        },
        (Command::AcceptUpdate { request }, E::WorkflowExecutionUpdateAccepted(recorded)) => {
            Fit::of_subject(request.update_id == recorded.protocol_instance_id)
        }
        (
            Command::CompleteUpdate { update_id, .. },
            E::WorkflowExecutionUpdateCompleted(recorded),
        ) => Fit::of_subject(*update_id == recorded.update_id),
        // What is live is the same to the last byte, and need not be read.
        (Command::RecordMarker(asked), E::MarkerRecorded(recorded))
            if asked.details == recorded.details =>
        {
            Fit::of_subject(asked.marker_name == recorded.marker_name)
        }
        (Command::RecordMarker(asked), E::MarkerRecorded(recorded)) => {
            let numbers = (
                LocalMarker::in_command(command).map(|marker| marker.activity()),
                LocalMarker::in_event(attributes).map(|marker| marker.activity()),
            );
            Fit::of_subject(asked.marker_name == recorded.marker_name && numbers.0 == numbers.1)
        }
        (Command::UpsertWorkflowSearchAttributes { .. }, E::UpsertWorkflowSearchAttributes(_))
        | (Command::ModifyWorkflowProperties { .. }, E::WorkflowPropertiesModified(_))
        | (
            Command::SignalExternalWorkflowExecution(_),
            E::SignalExternalWorkflowExecutionInitiated(_),
        )
        | (
            Command::RequestCancelExternalWorkflowExecution(_),
            E::RequestCancelExternalWorkflowExecutionInitiated(_),
        )
        | (Command::CompleteWorkflowExecution { .. }, E::WorkflowExecutionCompleted(_))
        | (Command::FailWorkflowExecution { .. }, E::WorkflowExecutionFailed(_))
        | (Command::CancelWorkflowExecution { .. }, E::WorkflowExecutionCanceled(_))
        | (Command::ContinueAsNewWorkflowExecution(_), E::WorkflowExecutionContinuedAsNew(_)) => {
            Fit::Exact
        }
        _ => Fit::Not,
    }
}
