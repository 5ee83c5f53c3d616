//! A journal: a history that grows under a program, told three ways at every workflow task.
//!
//! It is as much of an authority as program tests need. Each task is answered by the program that
//! is resident, by a new one that replays everything, and by one that was brought to the last
//! completed task and queried; the answers have to be the same.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{
    machine::{
        replay::{Program, Replayer},
        task::{RejectedUpdate, WorkflowTask, WorkflowTaskCompletion, WorkflowTaskFailure},
    },
    model::{
        ActivityId, Command, EventAttributes, EventId, Failure, HistoryEvent, Identity, Lineage,
        Payloads, ProgressMark, RetryState, RunId, SignalName, TaskQueue, TimerId, Timestamp,
        UpdateId, WorkflowExecution, WorkflowId, WorkflowType,
        event::{
            activity_task as activity, child_workflow as child, external_workflow as external,
            property, timer, update, workflow_execution as execution,
            workflow_task::{self, SdkMetadata},
        },
        transition::SignalDropped,
    },
};

/// The events of one run, written by hand.
#[derive(Clone, Default, Debug)]
pub(crate) struct HistoryBuilder {
    pub(crate) events: Vec<HistoryEvent>,
    activities: BTreeMap<ActivityId, EventId>,
    timers: BTreeMap<TimerId, EventId>,
    children: BTreeMap<WorkflowId, EventId>,
    accepted: BTreeMap<UpdateId, EventId>,
}

impl HistoryBuilder {
    /// A history of one event.
    pub(crate) fn start<T: Serialize>(input: &T) -> Self {
        let lineage = Lineage::first_run(RunId::from_u128(42));
        Self::start_with(Payloads::encode(input).unwrap(), lineage)
    }

    /// A history of one event, of a run that comes from somewhere.
    pub(crate) fn start_after(lineage: Lineage) -> Self {
        Self::start_with(Payloads::encode(&()).unwrap(), lineage)
    }

    fn start_with(input: Payloads, lineage: Lineage) -> Self {
        let mut events = Self::default();
        events.push(execution::Started {
            workflow_id: WorkflowId::from("order-42"),
            workflow_type: WorkflowType::from("Fulfilment"),
            task_queue: TaskQueue::from("orders"),
            input,
            lineage: Box::new(lineage),
            attempt: 1,
            ..Default::default()
        });
        events
    }

    /// Adds an event, one second after the last.
    pub(crate) fn push(&mut self, attributes: impl Into<EventAttributes>) -> EventId {
        let id = EventId::new(self.events.len() as u64 + 1);
        self.events.push(HistoryEvent {
            id,
            time: Timestamp::from_secs(id.get()),
            attributes: attributes.into(),
        });
        id
    }

    /// Schedules and starts a workflow task.
    pub(crate) fn task(&mut self) -> EventId {
        let scheduled_event_id = self.push(workflow_task::Scheduled::default());
        self.push(workflow_task::Started {
            scheduled_event_id,
            ..Default::default()
        })
    }

    /// Completes the started workflow task.
    pub(crate) fn completed(&mut self, sdk_metadata: SdkMetadata) -> EventId {
        let started_event_id = EventId::new(self.events.len() as u64);
        self.push(workflow_task::Completed {
            started_event_id,
            sdk_metadata,
            ..Default::default()
        })
    }

    /// Completes the started workflow task as this release does.
    pub(crate) fn completed_now(&mut self) -> EventId {
        self.completed(SdkMetadata {
            core_used_flags: vec![1],
            ..Default::default()
        })
    }

    pub(crate) fn signal<T: Serialize>(&mut self, name: &str, input: &T) {
        self.push(execution::Signaled {
            signal_name: name.into(),
            input: Payloads::encode(input).unwrap(),
            ..Default::default()
        });
    }

    pub(crate) fn request_cancel(&mut self) {
        self.push(execution::CancelRequested::default());
    }

    /// Writes the event of a command.
    #[expect(clippy::too_many_lines, reason = "an arm for each command")]
    pub(crate) fn command(&mut self, command: &Command) {
        match command {
            Command::ScheduleActivityTask(asked) => {
                let id = self.push(activity::Scheduled {
                    activity_id: asked.activity_id.clone(),
                    activity_type: asked.activity_type.clone(),
                    ..Default::default()
                });
                self.activities.insert(asked.activity_id.clone(), id);
            }
            Command::RequestCancelActivityTask { scheduled_event_id } => {
                self.push(activity::CancelRequested {
                    scheduled_event_id: *scheduled_event_id,
                    ..Default::default()
                });
            }
            Command::StartTimer { timer_id, .. } => {
                let id = self.push(timer::Started {
                    timer_id: timer_id.clone(),
                    ..Default::default()
                });
                self.timers.insert(timer_id.clone(), id);
            }
            Command::CancelTimer { timer_id } => {
                self.push(timer::Canceled {
                    timer_id: timer_id.clone(),
                    started_event_id: self.timers[timer_id],
                    ..Default::default()
                });
            }
            Command::StartChildWorkflowExecution(asked) => {
                let id = self.push(child::Initiated {
                    workflow_id: asked.workflow_id.clone(),
                    workflow_type: asked.workflow_type.clone(),
                    ..Default::default()
                });
                self.children.insert(asked.workflow_id.clone(), id);
            }
            Command::SignalExternalWorkflowExecution(asked) => {
                self.push(external::SignalInitiated {
                    workflow_execution: asked.workflow_execution.clone(),
                    signal_name: asked.signal_name.clone(),
                    ..Default::default()
                });
            }
            Command::RequestCancelExternalWorkflowExecution(asked) => {
                self.push(external::CancelInitiated {
                    workflow_execution: asked.workflow_execution.clone(),
                    ..Default::default()
                });
            }
            Command::RecordMarker(marker) => {
                self.push(property::MarkerRecorded {
                    marker_name: marker.marker_name.clone(),
                    details: marker.details.clone(),
                    failure: marker.failure.clone(),
                    ..Default::default()
                });
            }
            Command::UpsertWorkflowSearchAttributes { search_attributes } => {
                self.push(property::SearchAttributesUpserted {
                    search_attributes: search_attributes.clone(),
                    ..Default::default()
                });
            }
            Command::ModifyWorkflowProperties { upserted_memo } => {
                self.push(property::Modified {
                    upserted_memo: upserted_memo.clone(),
                    ..Default::default()
                });
            }
            Command::AcceptUpdate { request } => {
                let id = self.push(update::Accepted {
                    protocol_instance_id: request.update_id.clone(),
                    accepted_request: Some(update::Request::clone(request)),
                    ..Default::default()
                });
                self.accepted.insert(request.update_id.clone(), id);
            }
            Command::CompleteUpdate { update_id, outcome } => {
                self.push(update::Completed {
                    update_id: update_id.clone(),
                    accepted_event_id: self.accepted[update_id],
                    outcome: outcome.clone(),
                    ..Default::default()
                });
            }
            Command::CompleteWorkflowExecution { .. } => {
                self.push(execution::Completed::default());
            }
            Command::FailWorkflowExecution { .. } => {
                self.push(execution::Failed::default());
            }
            Command::CancelWorkflowExecution { .. } => {
                self.push(execution::Canceled::default());
            }
            Command::ContinueAsNewWorkflowExecution(_) => {
                self.push(execution::ContinuedAsNew::default());
            }
        }
    }

    pub(crate) fn complete_activity<T: Serialize>(&mut self, activity_id: &str, result: &T) {
        let (scheduled_event_id, started_event_id) = self.start_activity(activity_id);
        self.push(activity::Completed {
            result: Payloads::encode(result).unwrap(),
            scheduled_event_id,
            started_event_id,
            ..Default::default()
        });
    }

    /// A report of progress of the first attempt.
    pub(crate) fn progress<T: Serialize>(&mut self, activity_id: &str, number: u32, value: &T) {
        let mark = ProgressMark {
            scheduled_event_id: self.activities[&ActivityId::from(activity_id)],
            attempt: 1,
            number,
        };
        let value = Payloads::encode(value).unwrap();
        self.push(mark.to_signal(RunId::from_u128(42), value, Identity::default()));
    }

    pub(crate) fn fail_activity(&mut self, activity_id: &str, failure: Failure) {
        let (scheduled_event_id, started_event_id) = self.start_activity(activity_id);
        self.push(activity::Failed {
            failure: Box::new(failure),
            scheduled_event_id,
            started_event_id,
            retry_state: RetryState::MaximumAttemptsReached,
            ..Default::default()
        });
    }

    pub(crate) fn time_out_activity(&mut self, activity_id: &str, failure: Failure) {
        let (scheduled_event_id, started_event_id) = self.start_activity(activity_id);
        self.push(activity::TimedOut {
            failure: Box::new(failure),
            scheduled_event_id,
            started_event_id,
            retry_state: RetryState::Timeout,
        });
    }

    pub(crate) fn cancel_activity(&mut self, activity_id: &str) {
        let scheduled_event_id = self.activities[&ActivityId::from(activity_id)];
        self.push(activity::Canceled {
            scheduled_event_id,
            ..Default::default()
        });
    }

    pub(crate) fn fire_timer(&mut self, timer_id: &str) {
        let timer_id = TimerId::from(timer_id);
        let started_event_id = self.timers[&timer_id];
        self.push(timer::Fired {
            timer_id,
            started_event_id,
        });
    }

    pub(crate) fn start_child(&mut self, workflow_id: &str) {
        let initiated_event_id = self.children[&WorkflowId::from(workflow_id)];
        self.push(child::Started {
            initiated_event_id,
            workflow_execution: execution_of(workflow_id),
            ..Default::default()
        });
    }

    pub(crate) fn refuse_child(&mut self, workflow_id: &str) {
        let initiated_event_id = self.children[&WorkflowId::from(workflow_id)];
        self.push(child::StartFailed {
            workflow_id: workflow_id.into(),
            cause: child::StartFailedCause::WorkflowAlreadyExists,
            initiated_event_id,
            ..Default::default()
        });
    }

    pub(crate) fn complete_child<T: Serialize>(&mut self, workflow_id: &str, result: &T) {
        let initiated_event_id = self.children[&WorkflowId::from(workflow_id)];
        self.push(child::Completed {
            result: Payloads::encode(result).unwrap(),
            workflow_execution: execution_of(workflow_id),
            initiated_event_id,
            ..Default::default()
        });
    }

    pub(crate) fn cancel_child(&mut self, workflow_id: &str) {
        let initiated_event_id = self.children[&WorkflowId::from(workflow_id)];
        self.push(child::Canceled {
            workflow_execution: execution_of(workflow_id),
            initiated_event_id,
            ..Default::default()
        });
    }

    fn start_activity(&mut self, activity_id: &str) -> (EventId, EventId) {
        let scheduled_event_id = self.activities[&ActivityId::from(activity_id)];
        let started = self.push(activity::Started {
            scheduled_event_id,
            identity: "worker".into(),
            attempt: 1,
            ..Default::default()
        });
        (scheduled_event_id, started)
    }
}

fn execution_of(workflow_id: &str) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: RunId::from_u128(9),
    }
}

/// A run in progress.
#[derive(derive_more::Debug)]
pub(crate) struct Journal {
    /// What has happened; tests add to it between two tasks.
    pub(crate) history: HistoryBuilder,
    #[debug(skip)]
    make: Box<dyn Fn() -> Box<dyn Program>>,
    /// The resident program.
    pub(crate) resident: Replayer,
    /// Where the last completed workflow task ends.
    completed_to: usize,
    /// What the next workflow task brings besides events.
    pub(crate) updates: Vec<update::Request>,
    /// What the program has rejected of that, and why.
    pub(crate) rejected: Vec<RejectedUpdate>,
    /// The signals that the program had not taken by then.
    pub(crate) dropped_signals: BTreeMap<SignalName, SignalDropped>,
}

impl Journal {
    pub(crate) fn new<T: Serialize>(
        make: impl Fn() -> Box<dyn Program> + 'static,
        input: &T,
    ) -> Self {
        Self {
            history: HistoryBuilder::start(input),
            resident: Replayer::new(make()),
            make: Box::new(make),
            completed_to: 0,
            updates: Vec::new(),
            rejected: Vec::new(),
            dropped_signals: BTreeMap::new(),
        }
    }

    /// Runs a workflow task; returns its commands, one text each, after writing their events.
    #[track_caller]
    pub(crate) fn task(&mut self) -> Vec<String> {
        let completion = self.answer().expect("the workflow task is answered");
        self.history.completed(completion.sdk_metadata);
        for command in &completion.commands {
            self.history.command(command);
        }
        self.completed_to = self.history.events.len();
        self.dropped_signals = completion.dropped_signals;
        self.rejected = completion.rejected_updates;
        completion.commands.iter().map(summary).collect()
    }

    /// Runs a workflow task that fails; returns its failure.
    #[track_caller]
    pub(crate) fn failing_task(&mut self) -> WorkflowTaskFailure {
        self.answer().expect_err("the workflow task fails")
    }

    #[track_caller]
    fn answer(&mut self) -> Result<WorkflowTaskCompletion, WorkflowTaskFailure> {
        self.history.task();
        let events = &self.history.events;
        let updates = std::mem::take(&mut self.updates);
        let since = |replayer: &Replayer| {
            let told = usize::try_from(replayer.last_event_id().get()).unwrap();
            WorkflowTask {
                events: events[told..].to_vec(),
                updates: updates.clone(),
            }
        };
        let live_task = since(&self.resident);
        let live = self.resident.handle_workflow_task(&live_task);

        let mut replayed = Replayer::new((self.make)());
        let task = since(&replayed);
        assert_eq!(replayed.handle_workflow_task(&task), live, "full replay");

        let mut evicted = Replayer::new((self.make)());
        let told = evicted.handle_history(&events[..self.completed_to]);
        assert_eq!(told, Ok(()), "before eviction");
        let task = since(&evicted);
        assert_eq!(evicted.handle_workflow_task(&task), live, "after eviction");
        live
    }
}

/// A command in one line.
pub(crate) fn summary(command: &Command) -> String {
    let name = command.name();
    match command {
        Command::ScheduleActivityTask(asked) => {
            format!("{name} {} {}", asked.activity_id, asked.activity_type)
        }
        Command::RequestCancelActivityTask { scheduled_event_id } => {
            format!("{name} {scheduled_event_id}")
        }
        Command::StartTimer {
            timer_id,
            start_to_fire_timeout,
            ..
        } => format!("{name} {timer_id} {}", seconds(*start_to_fire_timeout)),
        Command::CancelTimer { timer_id } => format!("{name} {timer_id}"),
        Command::StartChildWorkflowExecution(asked) => {
            format!("{name} {} {}", asked.workflow_id, asked.workflow_type)
        }
        Command::SignalExternalWorkflowExecution(asked) => {
            let receiver = &asked.workflow_execution.workflow_id;
            format!("{name} {receiver} {}", asked.signal_name)
        }
        Command::RequestCancelExternalWorkflowExecution(asked) => {
            format!("{name} {}", asked.workflow_execution.workflow_id)
        }
        Command::RecordMarker(marker) => format!("{name} {}", marker.marker_name),
        Command::UpsertWorkflowSearchAttributes { search_attributes } => {
            let names: Vec<_> = search_attributes.iter().map(|it| it.0).collect();
            format!("{name} {}", names.join(","))
        }
        Command::ModifyWorkflowProperties { upserted_memo } => {
            let names: Vec<_> = upserted_memo.iter().map(|it| it.0).collect();
            format!("{name} {}", names.join(","))
        }
        Command::AcceptUpdate { request } => {
            format!("{name} accept {} {}", request.update_id, request.name)
        }
        Command::CompleteUpdate { update_id, outcome } => match outcome {
            update::Outcome::Success(result) => {
                let data = result.0.first().map(|payload| payload.data.clone());
                let data = data.unwrap_or_default();
                format!(
                    "{name} complete {update_id} {}",
                    String::from_utf8_lossy(&data)
                )
            }
            update::Outcome::Failure(failure) => format!("{name} fail {update_id} {failure}"),
        },
        Command::CompleteWorkflowExecution { result: payloads }
        | Command::CancelWorkflowExecution { details: payloads } => match payloads.0.first() {
            Some(payload) => format!("{name} {}", String::from_utf8_lossy(&payload.data)),
            None => name.to_owned(),
        },
        Command::FailWorkflowExecution { failure } => format!("{name} {failure}"),
        Command::ContinueAsNewWorkflowExecution(asked) => match asked.input.0.first() {
            Some(payload) => format!("{name} {}", String::from_utf8_lossy(&payload.data)),
            None => name.to_owned(),
        },
    }
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}
