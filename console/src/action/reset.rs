//! A run is reset to a point of its history.

use sempre::model::{EventId, ResetPoint};
use serde_json::json;

use super::{
    ActionOutcome,
    run::{reason, request_id},
    schedule::time,
};
use crate::{problem::Problem, visit::Visit};

/// The kinds of points, by their names, with what each of them needs to know in the field `point`.
pub(crate) const POINTS: [(&str, &str); 7] = [
    ("last-task", ""),
    ("first-task", ""),
    ("last-failed-activity", ""),
    ("event", "number of the event"),
    ("activity", "activity id"),
    ("time", "time"),
    ("build", "build id"),
];

pub(super) async fn reset(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let id = visit.fields.required("id")?;
    let reset = visit.target()?.reset(point(visit)?);
    let reset = reset.reason(reason(visit)).request_id(request_id(visit));
    let reset = if visit.fields.is_set("exclude_signals") {
        reset.exclude_signals()
    } else {
        reset
    };
    let reset = if visit.fields.is_set("exclude_updates") {
        reset.exclude_updates()
    } else {
        reset
    };
    let again = reset.await?;
    let run = again.run_id().map(|it| it.to_string()).unwrap_or_default();
    let mut outcome = ActionOutcome::of_run(id, &run, "it was reset");
    outcome.answer = Some(json!({ "workflow_id": id, "run_id": run }));
    Ok(outcome)
}

pub(super) fn point(visit: &Visit) -> Result<ResetPoint, Problem> {
    let point = || visit.fields.required("point");
    Ok(match visit.fields.text("to").unwrap_or("last-task") {
        "last-task" => ResetPoint::LastTask,
        "first-task" => ResetPoint::FirstTask,
        "last-failed-activity" => ResetPoint::LastFailedActivity,
        "event" => {
            let number = point()?.parse();
            let number =
                number.map_err(|_| Problem::bad_request("point is not the number of an event"))?;
            ResetPoint::Event(EventId::new(number))
        }
        "activity" => ResetPoint::Activity(point()?.into()),
        "time" => ResetPoint::Time(time(visit, "point")?),
        "build" => ResetPoint::Build(point()?.into()),
        other => {
            let message = format!("a run cannot be reset to {other}");
            return Err(Problem::bad_request(message));
        }
    })
}
