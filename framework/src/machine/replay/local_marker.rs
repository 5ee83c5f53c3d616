//! The marker of a local activity: all that the history says of it.
//!
//! It is written when the activity has ended for good, and when its next attempt has to wait for a
//! timer. Name and content are those of Temporal's SDKs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    machine::replay::{
        ActivitySequence, LocalActivityResolution, LocalBackoff, marker::MarkerKind,
    },
    model::{
        ActivityId, ActivityType, Command, EventAttributes, Failure, Payload, Payloads,
        RecordMarker, Timestamp, UserMetadata,
    },
};

/// Markers of local activities, as those of Temporal's SDKs.
const MARKER: MarkerKind = MarkerKind {
    name: "core_local_activity",
    key: "data",
};
/// Where it has the result, if there is one.
const RESULT_KEY: &str = "result";

/// What the marker of a local activity says, result and failure aside.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LocalMarker {
    /// The number of the activity in its program.
    pub(super) seq: u32,
    /// Which attempt was the last one; 0 if the program did not wait for its end.
    pub(super) attempt: u32,
    pub(super) activity_id: ActivityId,
    pub(super) activity_type: ActivityType,
    pub(super) complete_time: Option<Time>,
    /// How long the next attempt has to wait, if there is to be one.
    pub(super) backoff: Option<Time>,
    /// When the first attempt was asked for.
    pub(super) original_schedule_time: Option<Time>,
    /// Which activation of its workflow task told the program, from 0.
    pub(super) activation_index: Option<u32>,
}

/// A moment or a duration, as Temporal's SDKs write it here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Time {
    seconds: u64,
    nanos: u32,
}

impl From<Duration> for Time {
    fn from(duration: Duration) -> Self {
        Self {
            seconds: duration.as_secs(),
            nanos: duration.subsec_nanos(),
        }
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Duration::from_nanos(at.as_nanos()).into()
    }
}

impl Time {
    fn duration(self) -> Duration {
        Duration::from_secs(self.seconds).saturating_add(Duration::from_nanos(self.nanos.into()))
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::EPOCH.after(self.duration())
    }
}

impl LocalMarker {
    /// A marker of this activity.
    pub(super) fn of(
        activity: ActivitySequence,
        activity_id: ActivityId,
        activity_type: ActivityType,
    ) -> Self {
        Self {
            seq: activity.0,
            activity_id,
            activity_type,
            ..Self::default()
        }
    }

    /// The activity it is of.
    pub(super) fn activity(&self) -> ActivitySequence {
        ActivitySequence(self.seq)
    }

    /// What an event says of a local activity, if it is the marker of one.
    pub(super) fn in_event(attributes: &EventAttributes) -> Option<Self> {
        MARKER.in_event(attributes)
    }

    /// What a command says of a local activity, if it is the marker of one.
    pub(super) fn in_command(command: &Command) -> Option<Self> {
        MARKER.in_command(command)
    }

    /// The marker that says this, with how the activity ended.
    pub(super) fn to_command(
        &self,
        result: Option<Payloads>,
        failure: Option<Box<Failure>>,
        user_metadata: Option<Box<UserMetadata>>,
    ) -> Command {
        // Invariant: texts and numbers can be written.
        let said = Payload::encode(self).unwrap_or_default();
        let data = (MARKER.key.to_owned(), said.into());
        let result = result.map(|result| (RESULT_KEY.to_owned(), result));
        Command::RecordMarker(RecordMarker {
            marker_name: MARKER.name.to_owned(),
            details: [data].into_iter().chain(result).collect(),
            failure,
            user_metadata,
        })
    }

    /// The command that an event of such a marker confirms.
    pub(super) fn command_of(attributes: &EventAttributes) -> Option<Command> {
        let EventAttributes::MarkerRecorded(it) = attributes else {
            return None;
        };
        Some(Command::RecordMarker(RecordMarker {
            marker_name: it.marker_name.clone(),
            details: it.details.clone(),
            failure: it.failure.clone(),
            user_metadata: it.user_metadata.clone(),
        }))
    }

    /// What the program is told when it comes to this marker again.
    pub(super) fn resolution(&self, attributes: &EventAttributes) -> LocalActivityResolution {
        let EventAttributes::MarkerRecorded(it) = attributes else {
            return LocalActivityResolution::Completed(Payloads::EMPTY);
        };
        if let Some(backoff) = self.backoff {
            let scheduled = self.original_schedule_time.unwrap_or_default();
            return LocalActivityResolution::BackOff(LocalBackoff {
                duration: backoff.duration(),
                attempt: self.attempt.saturating_add(1),
                originally_scheduled_at: scheduled.timestamp(),
            });
        }
        if let Some(failure) = &it.failure {
            return LocalActivityResolution::Failed(failure.clone());
        }
        let result = it.details.get(RESULT_KEY);
        LocalActivityResolution::Completed(result.cloned().unwrap_or_default())
    }
}
