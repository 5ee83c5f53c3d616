//! Matching: the commands that history has yet to confirm, in the order they were asked for.
//!
//! Each command event has to be the one that the oldest unconfirmed command becomes. Compared are
//! the kind, of activities and timers the id and the type, and of updates the id. Not compared, and
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
        ActivitySequence, ExternalSequence, TimerSequence,
        divergence::{Attempted, Divergence, Nondeterminism, Recorded},
        flags::IdentityRule,
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
    External(ExternalSequence),
    /// What the program said about an update.
    Update,
    Close,
}

/// The commands that history has yet to confirm.
#[derive(Default, Debug)]
pub(super) struct Unconfirmed {
    commands: VecDeque<(Subject, Command)>,
    /// How many commands of the current workflow task are confirmed.
    confirmed: u32,
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
        self.commands.push_back((subject, command));
    }

    /// Takes a command back that nobody has seen.
    pub(super) fn retract(&mut self, subject: Subject) {
        self.commands.retain(|(other, _)| *other != subject);
    }

    /// Begins to count the commands of the next workflow task.
    pub(super) fn handle_workflow_task_completed(&mut self) {
        self.confirmed = 0;
    }

    /// Confirms the oldest command by its event; says what the command was about.
    pub(super) fn handle_command_event(
        &mut self,
        event: &HistoryEvent,
        rule: IdentityRule,
    ) -> Result<Subject, Nondeterminism> {
        let Some((subject, command)) = self.commands.front() else {
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
        Ok(subject)
    }

    /// Refuses a history that goes on although the program has closed the run.
    pub(super) fn check_still_open(&self, event: &HistoryEvent) -> Result<(), Nondeterminism> {
        let position = self
            .commands
            .iter()
            .position(|(subject, _)| *subject == Subject::Close);
        match position {
            Some(position) => Err(self.diverge_at(position, Divergence::ClosedEarly, event)),
            None => Ok(()),
        }
    }

    /// The unconfirmed commands, in order.
    pub(super) fn commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter().map(|(_, command)| command)
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
                .map(|(_, command)| Attempted::new(index, command)),
        }
    }
}

impl Subject {
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
        (Command::AcceptUpdate { request }, E::WorkflowExecutionUpdateAccepted(recorded)) => {
            Fit::of_subject(request.update_id == recorded.protocol_instance_id)
        }
        (
            Command::CompleteUpdate { update_id, .. },
            E::WorkflowExecutionUpdateCompleted(recorded),
        ) => Fit::of_subject(*update_id == recorded.update_id),
        (
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
