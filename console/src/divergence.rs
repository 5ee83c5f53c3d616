//! The report of code that does not fit its history, taken apart: what the history has, what the code
//! asked for, and what to do.
//!
//! The engine tells it as a text, which stands in the history and in what a run is in trouble for, so a
//! console reads it from there, of a store at rest as well.

use sempre::{
    client::WorkflowDescription,
    model::{EventAttributes as E, History},
};

/// Events before the one at which they part that are shown.
const BEFORE: usize = 6;
/// What a report begins with.
const CODE: &str = "[TMPRL1100]";
/// How the parts of a report begin.
const RECORDED: &str = "- recorded:";
const ATTEMPTED: &str = "+ attempted:";
const DIFFERS: &str = "differs:";
const CAUSE: &str = "likely cause:";
const REMEDY: &str = "remedy:";

/// A report.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Divergence {
    /// What history has, such as `event 5 TimerStarted timer_id=1`.
    pub(crate) recorded: Side,
    /// What the code asked for.
    pub(crate) attempted: Side,
    /// The fields in which two of a kind differ.
    pub(crate) differences: Vec<String>,
    pub(crate) likely_cause: String,
    pub(crate) remedy: String,
}

/// One side of a report.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Side {
    /// The number of the event, or of the command within its workflow task, if there is one.
    pub(crate) number: Option<u64>,
    /// What it is, with the fields that are compared.
    pub(crate) what: String,
}

impl Divergence {
    /// The report in this text, if there is one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let report = text.split_once(CODE)?.1;
        let mut read = Self::default();
        for line in report.lines().map(str::trim) {
            let part = |name: &str| line.strip_prefix(name).map(str::trim);
            if let Some(side) = part(RECORDED) {
                read.recorded = Side::read(side, "event");
            } else if let Some(side) = part(ATTEMPTED) {
                read.attempted = Side::read(side, "command");
            } else if let Some(difference) = part(DIFFERS) {
                read.differences.push(difference.to_owned());
            } else if let Some(cause) = part(CAUSE) {
                cause.clone_into(&mut read.likely_cause);
            } else if let Some(remedy) = part(REMEDY) {
                remedy.clone_into(&mut read.remedy);
            }
        }
        Some(read).filter(|it| !it.recorded.what.is_empty())
    }
}

impl Side {
    /// Reads `event 5 TimerStarted timer_id=1`.
    fn read(text: &str, kind: &str) -> Self {
        let numbered = text.strip_prefix(kind).map(str::trim_start);
        let numbered = numbered.and_then(|rest| rest.split_once(' '));
        let numbered = numbered.and_then(|(number, what)| Some((number.parse().ok()?, what)));
        match numbered {
            Some((number, what)) => Self {
                number: Some(number),
                what: what.trim().to_owned(),
            },
            None => Self {
                number: None,
                what: text.to_owned(),
            },
        }
    }
}

/// The reports in what a run is in trouble for.
pub(crate) fn divergences(run: &WorkflowDescription) -> Vec<Divergence> {
    let causes = run.problems.iter().map(|problem| &*problem.cause);
    causes.filter_map(Divergence::read).collect()
}

/// The last events that came of commands before this one: up to there the code asked for what it has.
pub(crate) fn commands_before(history: &History, event: Option<u64>) -> Vec<(u64, String)> {
    let until = event.unwrap_or(u64::MAX);
    let events = history.events.iter().rev();
    let events = events.filter(|it| it.id.get() < until && it.attributes.is_command_event());
    let told = events.take(BEFORE).map(|event| {
        let (kind, subject) = (event.event_type().name(), subject(&event.attributes));
        (
            event.id.get(),
            format!("{kind} {subject}").trim_end().to_owned(),
        )
    });
    let mut told: Vec<_> = told.collect();
    told.reverse();
    told
}

/// What tells the event of a command from others of its kind, in the words of the report.
fn subject(attributes: &E) -> String {
    match attributes {
        E::ActivityTaskScheduled(it) => {
            format!(
                "activity_id={} activity_type={}",
                it.activity_id, it.activity_type
            )
        }
        E::TimerStarted(it) => format!("timer_id={}", it.timer_id),
        E::StartChildWorkflowExecutionInitiated(it) => {
            format!(
                "workflow_id={} workflow_type={}",
                it.workflow_id, it.workflow_type
            )
        }
        E::MarkerRecorded(it) => format!("marker={}", it.marker_name),
        _ => String::new(),
    }
}
