//! The point to which a run is reset: which workflow task of its history is meant, and whether the
//! history can be cut there.
//!
//! A history can be cut behind an event if a workflow task is pending then: it is what fails in the new
//! run. The start and the end of an activity are one fact in two events, which no cut comes between.

use crate::{
    machine::execution::Rejection,
    model::{ActivityId, BuildId, EventAttributes, EventId, HistoryEvent, ResetPoint, Timestamp},
};

/// Bound: points that a refusal lists, the last ones.
const LISTED_MAX: usize = 20;

/// A workflow task of a history.
#[derive(Clone, PartialEq, Debug)]
struct Task {
    scheduled: EventId,
    started: Option<EventId>,
    completed: Option<Completed>,
}

#[derive(Clone, PartialEq, Debug)]
struct Completed {
    event_id: EventId,
    at: Timestamp,
    build: Option<BuildId>,
}

impl Task {
    /// The last event that is kept where the run is reset to this task.
    fn last_kept(&self) -> EventId {
        self.started.unwrap_or(self.scheduled)
    }
}

/// What a history says about where it can be cut.
#[derive(Default)]
struct Points {
    tasks: Vec<Task>,
    /// The events behind which it can be cut.
    cuts: Vec<EventId>,
    last_event_id: EventId,
}

impl Points {
    fn of(history: &[HistoryEvent]) -> Self {
        let mut points = Self::default();
        let mut is_pending = false;
        for event in history {
            is_pending = points.take(event, is_pending);
            points.last_event_id = event.id;
            let is_half = matches!(event.attributes, EventAttributes::ActivityTaskStarted(_));
            if is_pending && !is_half {
                points.cuts.push(event.id);
            }
        }
        // There is nothing to cut off behind the last event.
        let last = points.last_event_id;
        points.cuts.retain(|cut| *cut < last);
        points
    }

    /// Takes the next event; says whether a workflow task is pending behind it.
    fn take(&mut self, event: &HistoryEvent, is_pending: bool) -> bool {
        match &event.attributes {
            EventAttributes::WorkflowTaskScheduled(_) => self.tasks.push(Task {
                scheduled: event.id,
                started: None,
                completed: None,
            }),
            EventAttributes::WorkflowTaskStarted(_) => {
                if let Some(task) = self.tasks.last_mut() {
                    task.started = Some(event.id);
                }
            }
            EventAttributes::WorkflowTaskCompleted(completed) => {
                if let Some(task) = self.tasks.last_mut() {
                    task.completed = Some(Completed {
                        event_id: event.id,
                        at: event.time,
                        build: completed.worker_version.clone(),
                    });
                }
                return false;
            }
            EventAttributes::WorkflowTaskFailed(_) | EventAttributes::WorkflowTaskTimedOut(_) => {
                return false;
            }
            attributes if attributes.closes_the_run() => return false,
            _ => return is_pending,
        }
        true
    }

    fn first(&self, is_meant: impl Fn(&Completed) -> bool) -> Option<&Task> {
        let mut tasks = self.tasks.iter();
        tasks.find(|task| task.completed.as_ref().is_some_and(&is_meant))
    }

    fn last(&self) -> Option<&Task> {
        let mut tasks = self.tasks.iter().rev();
        let completed = tasks.clone().find(|task| task.completed.is_some());
        completed.or_else(|| tasks.find(|task| task.started.is_some()))
    }

    /// The task that has asked for what this event records.
    fn of_command(&self, event: Option<&HistoryEvent>) -> Option<&Task> {
        let completed = event?.attributes.workflow_task_completed_event_id()?;
        self.first(|it| it.event_id == completed)
    }

    fn refuse(&self, problem: String) -> Rejection {
        let listed = self.cuts.len().saturating_sub(LISTED_MAX);
        let cuts = self.cuts.iter().skip(listed);
        Rejection::ResetPoint {
            problem,
            legal: cuts.map(|cut| cut.next()).collect(),
        }
    }
}

/// The last event that is kept where a run with this history is reset to this point.
///
/// # Errors
/// [`Rejection::ResetPoint`] if there is no such point, with those that there are.
pub fn reset_point(history: &[HistoryEvent], point: &ResetPoint) -> Result<EventId, Rejection> {
    let points = Points::of(history);
    let (task, problem) = match point {
        ResetPoint::Event(event_id) => return cut_before(&points, *event_id),
        ResetPoint::FirstTask => (points.tasks.first(), "it has no workflow task".to_owned()),
        ResetPoint::LastTask => (points.last(), "no workflow task has started".to_owned()),
        ResetPoint::LastFailedActivity => (
            points.of_command(last_failed(history)),
            "no activity has failed for good".to_owned(),
        ),
        ResetPoint::Activity(activity_id) => (
            points.of_command(last_asked(history, activity_id)),
            format!("no activity of this id was asked for activity_id={activity_id}"),
        ),
        ResetPoint::Time(time) => (
            points.first(|it| it.at >= *time),
            format!("no workflow task was completed at this time or later time={time}"),
        ),
        ResetPoint::Build(build) => (
            points.first(|it| it.build.as_ref() == Some(build)),
            format!("this build has completed no workflow task build_id={build}"),
        ),
    };
    let last_kept = task.map(Task::last_kept);
    last_kept
        .filter(|kept| points.cuts.contains(kept))
        .ok_or_else(|| points.refuse(problem))
}

fn cut_before(points: &Points, event_id: EventId) -> Result<EventId, Rejection> {
    let last = points.last_event_id;
    if event_id <= EventId::FIRST || event_id > last {
        let range = format!("it is not above 1 and at most {last}, event_id={event_id}");
        return Err(points.refuse(range));
    }
    let kept = EventId::new(event_id.get() - 1);
    if !points.cuts.contains(&kept) {
        let problem = format!("no workflow task is pending before this event event_id={event_id}");
        return Err(points.refuse(problem));
    }
    Ok(kept)
}

/// The `ActivityTaskScheduled` of the activity that was the last to fail for good.
fn last_failed(history: &[HistoryEvent]) -> Option<&HistoryEvent> {
    let mut events = history.iter().rev();
    let scheduled = events.find_map(|event| match &event.attributes {
        EventAttributes::ActivityTaskFailed(it) => Some(it.scheduled_event_id),
        EventAttributes::ActivityTaskTimedOut(it) => Some(it.scheduled_event_id),
        _ => None,
    })?;
    events.find(|event| event.id == scheduled)
}

/// The last `ActivityTaskScheduled` of an activity of this id.
fn last_asked<'h>(
    history: &'h [HistoryEvent],
    activity_id: &ActivityId,
) -> Option<&'h HistoryEvent> {
    history.iter().rfind(|event| match &event.attributes {
        EventAttributes::ActivityTaskScheduled(it) => it.activity_id == *activity_id,
        _ => false,
    })
}
