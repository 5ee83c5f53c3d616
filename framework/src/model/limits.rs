//! The bounds that every execution keeps, with the values Temporal's server defaults to.

use std::{ops::RangeInclusive, time::Duration};

/// Bytes of one payload or of the payloads of one call.
pub const PAYLOAD_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of an id or a name.
pub const ID_BYTES_MAX: usize = 1_000;
/// Failures in one chain of causes.
pub const FAILURE_CHAIN_MAX: usize = 100;
/// Activities of one run that are pending at the same time.
pub const PENDING_ACTIVITIES_MAX: usize = 2_000;
/// Child workflows of one run that are pending at the same time.
pub const PENDING_CHILDREN_MAX: usize = 2_000;
/// Signals of one run to other executions whose delivery is pending at the same time.
pub const PENDING_SIGNALS_MAX: usize = 2_000;
/// Requests of one run that other executions stop whose delivery is pending at the same time.
pub const PENDING_CANCEL_REQUESTS_MAX: usize = 2_000;
/// Signals that one run accepts.
pub const SIGNALS_MAX: usize = 10_000;
/// Bytes of what one report of progress says.
pub const PROGRESS_BYTES_MAX: usize = 64 * 1024;
/// Events of a history from which no report of progress is recorded in it any more: the other half is
/// the program's own.
pub const PROGRESS_EVENTS_MAX: u64 = HISTORY_EVENTS_MAX / 2;
/// Bytes of a history from which no report of progress is recorded in it any more.
pub const PROGRESS_HISTORY_BYTES_MAX: u64 = HISTORY_BYTES_MAX / 2;
/// Messages of a workflow to one activity.
pub const CONTROLS_MAX: usize = 1_000;
/// Bytes of all messages of a workflow to one activity: each attempt is told all of them.
pub const CONTROLS_BYTES_MAX: usize = PAYLOAD_BYTES_MAX;
/// Updates that one run accepts.
pub const UPDATES_MAX: usize = 2_000;
/// Updates from which a workflow is advised to continue as new.
pub const SUGGEST_CONTINUE_AS_NEW_UPDATES: usize = UPDATES_MAX / 10 * 9;
/// Updates of one run that are accepted and not completed, at the same time.
pub const UPDATES_IN_FLIGHT_MAX: usize = 10;
/// Names under which a run counts the signals that its program did not take; those of further names
/// are counted together.
pub const DROPPED_SIGNAL_NAMES_MAX: usize = 32;
/// Search attributes of one run.
pub const SEARCH_ATTRIBUTES_MAX: usize = 100;
/// Bytes of the value of one search attribute.
pub const SEARCH_ATTRIBUTE_BYTES_MAX: usize = 2 * 1024;
/// Bytes of all search attributes of one run, with their names.
pub const SEARCH_ATTRIBUTES_BYTES_MAX: usize = 40 * 1024;
/// Bytes of the memo of one run.
pub const MEMO_BYTES_MAX: usize = PAYLOAD_BYTES_MAX;
/// Bytes of the header of one call, with its names. It is written again with everything that the call
/// causes.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// The last of the priorities that work can have; the first is 1.
pub const PRIORITY_KEY_MAX: u8 = 5;
/// How much one of those who share in turn can get beside the others.
pub const FAIRNESS_WEIGHTS: RangeInclusive<f32> = 0.001..=1_000.0;
/// Bytes of the name of those who share in turn.
pub const FAIRNESS_KEY_BYTES_MAX: usize = 64;
/// Bytes of a summary for people.
pub const SUMMARY_BYTES_MAX: usize = 400;
/// Bytes of details for people.
pub const DETAILS_BYTES_MAX: usize = 20_000;
/// Events buffered while a workflow task runs elsewhere.
pub const BUFFERED_EVENTS_MAX: usize = 100;
/// Events of one history; past it the run is terminated.
pub const HISTORY_EVENTS_MAX: u64 = 50 * 1024;
/// Bytes of one history; past it the run is terminated.
pub const HISTORY_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Bytes of a run's records that leave no event, as an estimate: started and failed attempts,
/// heartbeats, attempts of its workflow task past the first.
///
/// Past it, heartbeats still count as signs of life and are not recorded, so a later attempt does
/// not see their details; and an attempt of an activity that fails is the last one. Both lose less
/// than closing the run would. Attempts of the workflow task go on; at twice as many bytes the run
/// is terminated, as one is whose history is too large.
pub const EVENTLESS_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Bytes of such records from which a run says that they are many.
pub const EVENTLESS_BYTES_WARN: u64 = EVENTLESS_BYTES_MAX / 2;
/// For how long a closed run is kept at least: within this time a request that is repeated finds the
/// run that it was for, and a start that is repeated the run that it has started.
pub const RETENTION_MIN: Duration = Duration::from_secs(60 * 60);
/// How old a run has to be for the one that it continues as to begin at once.
pub const CONTINUE_AS_NEW_INTERVAL_MIN: Duration = Duration::from_secs(1);
/// Events from which a workflow is advised to continue as new.
pub const SUGGEST_CONTINUE_AS_NEW_EVENTS: u64 = 4_096;
/// Bytes from which a workflow is advised to continue as new.
pub const SUGGEST_CONTINUE_AS_NEW_BYTES: u64 = 4 * 1024 * 1024;
/// The time a workflow task may take where nothing else is said.
pub const WORKFLOW_TASK_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time a workflow task may be given.
pub const WORKFLOW_TASK_TIMEOUT_MAX: Duration = Duration::from_secs(120);
