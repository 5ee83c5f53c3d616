//! The local activities of one run: which are open, and how the history says that they end.
//!
//! The history knows a local activity by the marker of its end, and by nothing else. One that the
//! program has asked for is open until then. In a replay the markers of a workflow task are looked
//! up before the program is told it; whenever the program has come to rest, the next of them says
//! what it is told. What is still open when the history is over has to be run, whether an earlier
//! process has run it or not.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use crate::{
    machine::replay::{
        ActivationJob, ActivitySequence, LocalActivityEnd, LocalActivityOutcome,
        LocalActivityRequest, LocalActivityResolution, LocalActivityTask, LocalBackoff,
        chunk::StartedTask,
        divergence::{Attempted, Divergence, Nondeterminism, Recorded},
        flags::IdentityRule,
        local_marker::LocalMarker,
    },
    model::{
        ActivityId, ActivityType, Command, Failure, HistoryEvent, Payloads, Timestamp, UserMetadata,
    },
};

/// The local activities that have not ended, and what is known about the end of some.
#[derive(Default, Debug)]
pub(super) struct LocalActivities {
    open: BTreeMap<ActivitySequence, Open>,
    /// The markers of the workflow task that the program is told, those behind which it has not come.
    ahead: VecDeque<(LocalMarker, Box<HistoryEvent>)>,
    /// What there is to say of those that run.
    requests: Vec<LocalActivityRequest>,
    /// The workflow task that the program was told last.
    task: Option<StartedTask>,
    /// How many activations it has had.
    activations: u32,
}

#[derive(Debug)]
struct Open {
    activity: ActivitySequence,
    activity_id: ActivityId,
    activity_type: ActivityType,
    /// When the program asked for it, by its own time.
    asked_at: Timestamp,
    /// What running it takes, until it is handed out to be run.
    task: Option<Box<LocalActivityTask>>,
    /// What is said of it to people.
    user_metadata: Option<Box<UserMetadata>>,
}

/// The end of a local activity: the command that records it, and what the program is told.
pub(super) struct Resolved {
    pub(super) marker: Command,
    pub(super) job: ActivationJob,
}

impl LocalActivities {
    /// The program is told a workflow task; in a replay its markers are known.
    pub(super) fn handle_task(&mut self, task: StartedTask) {
        self.task = Some(task);
        self.activations = 0;
    }

    /// The program was activated once more in the workflow task.
    pub(super) fn handle_activation(&mut self) {
        self.activations += 1;
    }

    /// The workflow task that the program was told last.
    pub(super) fn task(&self) -> Option<StartedTask> {
        self.task
    }

    /// Forgets the markers that the program did not come to.
    pub(super) fn forget_ahead(&mut self) {
        self.ahead.clear();
    }

    /// Takes note of a marker that is still to come.
    pub(super) fn look_ahead(&mut self, marker: LocalMarker, event: &HistoryEvent) {
        self.ahead.push_back((marker, Box::new(event.clone())));
    }

    /// The program asks for a local activity.
    pub(super) fn handle_request(&mut self, task: Box<LocalActivityTask>) {
        let open = Open {
            activity: task.activity,
            activity_id: task.activity_id.clone(),
            activity_type: task.activity_type.clone(),
            asked_at: self.task.unwrap_or_default().at,
            user_metadata: task.options.user_metadata.clone().into_attribute(),
            task: Some(task),
        };
        self.open.insert(open.activity, open);
    }

    /// Whether any is open.
    pub(super) fn any(&self) -> bool {
        !self.open.is_empty()
    }

    /// The program asks one to stop, and waits for its end.
    pub(super) fn request_cancel(&mut self, activity: ActivitySequence) {
        let Some(open) = self.open.get_mut(&activity) else {
            return;
        };
        match &mut open.task {
            Some(task) => task.cancel_requested = true,
            None => self.requests.push(LocalActivityRequest::Cancel(activity)),
        }
    }

    /// The program no longer waits for one, which is asked to stop or left alone; returns what
    /// records that.
    pub(super) fn give_up(&mut self, activity: ActivitySequence, stop: bool) -> Option<Command> {
        let open = self.open.remove(&activity)?;
        if open.task.is_none() {
            self.requests.push(if stop {
                LocalActivityRequest::Stop(activity)
            } else {
                LocalActivityRequest::Abandon(activity)
            });
        }
        // Replay: it is recorded as it was; the clock of another process stands in it.
        let recorded = self.ahead.iter();
        let recorded = recorded
            .enumerate()
            .find(|(_, (marker, _))| marker.activity() == activity)
            .map(|(place, _)| place);
        if let Some((_, event)) = recorded.and_then(|place| self.ahead.remove(place)) {
            return LocalMarker::command_of(&event.attributes);
        }
        let marker = LocalMarker {
            original_schedule_time: Some(open.asked_at.into()),
            // Replay: not that of the activation under way, which the markers before it belong to.
            activation_index: Some(self.activations + 1),
            ..open.marker()
        };
        let failure = Failure::canceled("activity canceled", Payloads::EMPTY);
        let failure = Some(Box::new(failure));
        Some(marker.to_command(None, failure, open.user_metadata))
    }

    /// A local activity has ended, or waits for a timer; `None` if the program does not wait for it.
    pub(super) fn handle_end(&mut self, end: LocalActivityEnd) -> Option<Resolved> {
        let LocalActivityEnd {
            activity,
            attempt,
            originally_scheduled_at,
            completed_at,
            outcome,
        } = end;
        let open = self.open.remove(&activity)?;
        let marker = LocalMarker {
            attempt,
            complete_time: Some(completed_at.into()),
            original_schedule_time: Some(originally_scheduled_at.into()),
            activation_index: Some(self.activations),
            ..open.marker()
        };
        let said = open.user_metadata;
        let (marker, resolution) = match outcome {
            LocalActivityOutcome::Completed(result) => (
                marker.to_command(Some(result.clone()), None, said),
                LocalActivityResolution::Completed(result),
            ),
            LocalActivityOutcome::Failed(failure) => (
                marker.to_command(None, Some(failure.clone()), said),
                LocalActivityResolution::Failed(failure),
            ),
            LocalActivityOutcome::BackOff { failure, duration } => (
                backing_off(marker, duration).to_command(None, Some(failure), said),
                LocalActivityResolution::BackOff(LocalBackoff {
                    duration,
                    attempt: attempt.saturating_add(1),
                    originally_scheduled_at,
                }),
            ),
        };
        Some(Resolved {
            marker,
            job: ActivationJob::ResolveLocalActivity {
                activity,
                resolution,
            },
        })
    }

    /// What the next markers say that the program is told in one activation, now that it has come to
    /// rest; nothing if the first of them is of an activity that it has not asked for.
    // Replay: one activation for each marker, unless those who wrote them say otherwise.
    pub(super) fn take_ahead(
        &mut self,
        rule: IdentityRule,
    ) -> Result<Vec<Resolved>, Nondeterminism> {
        let mut resolved = Vec::new();
        let mut index = None;
        while let Some((marker, event)) = self.ahead.front() {
            let together = resolved.is_empty() || marker.activation_index == index;
            let Some(open) = self.open.get(&marker.activity()).filter(|_| together) else {
                break;
            };
            open.check_identity(marker, event, rule)?;
            index = marker.activation_index;
            resolved.extend(self.take_first_ahead());
            if index.is_none() {
                break;
            }
        }
        Ok(resolved)
    }

    fn take_first_ahead(&mut self) -> Option<Resolved> {
        let (marker, event) = self.ahead.pop_front()?;
        let activity = marker.activity();
        self.open.remove(&activity);
        Some(Resolved {
            marker: LocalMarker::command_of(&event.attributes)?,
            job: ActivationJob::ResolveLocalActivity {
                activity,
                resolution: marker.resolution(&event.attributes),
            },
        })
    }

    /// Takes what there is to do: what has to be run, in program order, and what runs and has to be
    /// told something.
    pub(super) fn take_requests(&mut self) -> Vec<LocalActivityRequest> {
        let mut requests = std::mem::take(&mut self.requests);
        let tasks = self.open.values_mut().filter_map(|open| open.task.take());
        requests.extend(tasks.map(LocalActivityRequest::Run));
        requests
    }
}

impl Open {
    fn marker(&self) -> LocalMarker {
        LocalMarker::of(
            self.activity,
            self.activity_id.clone(),
            self.activity_type.clone(),
        )
    }

    /// That a marker is of what the program has asked for under its number.
    fn check_identity(
        &self,
        recorded: &LocalMarker,
        event: &HistoryEvent,
        rule: IdentityRule,
    ) -> Result<(), Nondeterminism> {
        let same_type = recorded.activity_type == self.activity_type;
        let same_id = recorded.activity_id == self.activity_id;
        let fits = match rule {
            IdentityRule::Compared => same_type && same_id,
            IdentityRule::Unstated => same_type,
            IdentityRule::Ignored => true,
        };
        if fits {
            return Ok(());
        }
        Err(Nondeterminism {
            divergence: Divergence::OtherIdentity,
            recorded: Recorded::new(event),
            attempted: Some(Attempted::new(
                1,
                &self.marker().to_command(None, None, None),
            )),
        })
    }
}

fn backing_off(marker: LocalMarker, duration: Duration) -> LocalMarker {
    LocalMarker {
        backoff: Some(duration.into()),
        ..marker
    }
}
