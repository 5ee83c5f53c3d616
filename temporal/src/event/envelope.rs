//! The envelope of an event, and the list of the event types that both sides model.

use sempre::model::{
    self, EventAttributes, EventId, HistoryEvent, RequestId, UserMetadata, event::foreign::Foreign,
};
use temporalio_protos::temporal::api::{
    common::v1::{
        Link,
        link::{
            Variant, WorkflowEvent,
            workflow_event::{Reference, RequestIdReference},
        },
    },
    enums::v1::{EventType, VersioningBehavior},
    history::v1::{self as proto, history_event::Attributes as Theirs},
};

use super::Attributes;
use crate::{
    error::ImportReason,
    field::{Field, Malformed},
    json::attributes_key,
};

/// The last `WorkflowTaskCompleted`, for events that a command caused without saying of which task.
#[derive(Clone, Copy, Default)]
pub(crate) struct CommandOrigin(pub(crate) EventId);

macro_rules! modelled {
    ($($name:ident => $theirs:ident),+ $(,)?) => {
        fn to_theirs(attributes: &EventAttributes) -> Option<Theirs> {
            Some(match attributes {
                $( EventAttributes::$name(it) => Theirs::$theirs(it.to_attributes()), )+
                _ => return None,
            })
        }

        fn from_theirs(
            theirs: &Theirs,
        ) -> Result<Option<EventAttributes>, (&'static str, Malformed)> {
            Ok(Some(match theirs {
                $( Theirs::$theirs(it) => {
                    EventAttributes::$name(Attributes::from_attributes(it)?)
                } )+
                _ => return Ok(None),
            }))
        }
    };
}

modelled! {
    WorkflowExecutionStarted => WorkflowExecutionStartedEventAttributes,
    WorkflowExecutionCompleted => WorkflowExecutionCompletedEventAttributes,
    WorkflowExecutionFailed => WorkflowExecutionFailedEventAttributes,
    WorkflowExecutionTimedOut => WorkflowExecutionTimedOutEventAttributes,
    WorkflowTaskScheduled => WorkflowTaskScheduledEventAttributes,
    WorkflowTaskStarted => WorkflowTaskStartedEventAttributes,
    WorkflowTaskCompleted => WorkflowTaskCompletedEventAttributes,
    WorkflowTaskTimedOut => WorkflowTaskTimedOutEventAttributes,
    WorkflowTaskFailed => WorkflowTaskFailedEventAttributes,
    ActivityTaskScheduled => ActivityTaskScheduledEventAttributes,
    ActivityTaskStarted => ActivityTaskStartedEventAttributes,
    ActivityTaskCompleted => ActivityTaskCompletedEventAttributes,
    ActivityTaskFailed => ActivityTaskFailedEventAttributes,
    ActivityTaskTimedOut => ActivityTaskTimedOutEventAttributes,
    ActivityTaskCancelRequested => ActivityTaskCancelRequestedEventAttributes,
    ActivityTaskCanceled => ActivityTaskCanceledEventAttributes,
    TimerStarted => TimerStartedEventAttributes,
    TimerFired => TimerFiredEventAttributes,
    TimerCanceled => TimerCanceledEventAttributes,
    WorkflowExecutionCancelRequested => WorkflowExecutionCancelRequestedEventAttributes,
    WorkflowExecutionCanceled => WorkflowExecutionCanceledEventAttributes,
    WorkflowExecutionSignaled => WorkflowExecutionSignaledEventAttributes,
    WorkflowExecutionTerminated => WorkflowExecutionTerminatedEventAttributes,
    RequestCancelExternalWorkflowExecutionInitiated
        => RequestCancelExternalWorkflowExecutionInitiatedEventAttributes,
    RequestCancelExternalWorkflowExecutionFailed
        => RequestCancelExternalWorkflowExecutionFailedEventAttributes,
    ExternalWorkflowExecutionCancelRequested
        => ExternalWorkflowExecutionCancelRequestedEventAttributes,
    StartChildWorkflowExecutionInitiated
        => StartChildWorkflowExecutionInitiatedEventAttributes,
    StartChildWorkflowExecutionFailed => StartChildWorkflowExecutionFailedEventAttributes,
    ChildWorkflowExecutionStarted => ChildWorkflowExecutionStartedEventAttributes,
    ChildWorkflowExecutionCompleted => ChildWorkflowExecutionCompletedEventAttributes,
    ChildWorkflowExecutionFailed => ChildWorkflowExecutionFailedEventAttributes,
    ChildWorkflowExecutionCanceled => ChildWorkflowExecutionCanceledEventAttributes,
    ChildWorkflowExecutionTimedOut => ChildWorkflowExecutionTimedOutEventAttributes,
    ChildWorkflowExecutionTerminated => ChildWorkflowExecutionTerminatedEventAttributes,
    SignalExternalWorkflowExecutionInitiated
        => SignalExternalWorkflowExecutionInitiatedEventAttributes,
    SignalExternalWorkflowExecutionFailed
        => SignalExternalWorkflowExecutionFailedEventAttributes,
    ExternalWorkflowExecutionSignaled => ExternalWorkflowExecutionSignaledEventAttributes,
    WorkflowExecutionUpdateAccepted => WorkflowExecutionUpdateAcceptedEventAttributes,
    WorkflowExecutionUpdateCompleted => WorkflowExecutionUpdateCompletedEventAttributes,
    WorkflowExecutionUpdateAdmitted => WorkflowExecutionUpdateAdmittedEventAttributes,
    WorkflowExecutionContinuedAsNew => WorkflowExecutionContinuedAsNewEventAttributes,
    WorkflowExecutionPaused => WorkflowExecutionPausedEventAttributes,
    WorkflowExecutionUnpaused => WorkflowExecutionUnpausedEventAttributes,
    MarkerRecorded => MarkerRecordedEventAttributes,
    UpsertWorkflowSearchAttributes => UpsertWorkflowSearchAttributesEventAttributes,
    WorkflowPropertiesModified => WorkflowPropertiesModifiedEventAttributes,
}

/// The event in Temporal's words; `None` if there are none.
pub(crate) fn to_message(event: &HistoryEvent) -> Option<proto::HistoryEvent> {
    let mut attributes = to_theirs(&event.attributes)?;
    if let Theirs::WorkflowTaskCompletedEventAttributes(it) = &mut attributes
        && it.deployment_version.is_some()
    {
        it.versioning_behavior = VersioningBehavior::Pinned.into();
    }
    let mut message = proto::HistoryEvent {
        event_id: event.id.to_field(),
        event_time: event.time.to_field(),
        event_type: i32::from(event.event_type().number()),
        attributes: Some(attributes),
        worker_may_ignore: matches!(
            event.attributes,
            EventAttributes::WorkflowExecutionPaused(_)
                | EventAttributes::WorkflowExecutionUnpaused(_)
        ),
        ..Default::default()
    };
    message.links.extend(match &event.attributes {
        EventAttributes::WorkflowExecutionStarted(it) => to_link(&it.request_id, &message),
        EventAttributes::WorkflowExecutionCancelRequested(it) => to_link(&it.request_id, &message),
        _ => None,
    });
    let said = user_metadata(&event.attributes);
    message.user_metadata = said.and_then(Field::to_field);
    Some(message)
}

macro_rules! with_user_metadata {
    ($attributes:expr, $it:ident => $said:expr) => {
        match $attributes {
            EventAttributes::WorkflowExecutionStarted($it) => Some($said),
            EventAttributes::ActivityTaskScheduled($it) => Some($said),
            EventAttributes::TimerStarted($it) => Some($said),
            EventAttributes::StartChildWorkflowExecutionInitiated($it) => Some($said),
            EventAttributes::MarkerRecorded($it) => Some($said),
            _ => None,
        }
    };
}

/// What an event says to people, if events of its type say anything.
fn user_metadata(attributes: &EventAttributes) -> Option<&Option<Box<UserMetadata>>> {
    with_user_metadata!(attributes, it => &it.user_metadata)
}

fn user_metadata_mut(attributes: &mut EventAttributes) -> Option<&mut Option<Box<UserMetadata>>> {
    with_user_metadata!(attributes, it => &mut it.user_metadata)
}

/// What sempre makes of an event.
pub(crate) fn from_message(
    message: &proto::HistoryEvent,
    origin: CommandOrigin,
) -> Result<HistoryEvent, ImportReason> {
    let malformed = |path: &str, what: Malformed| ImportReason::MalformedField {
        path: path.to_owned(),
        message: what.to_string(),
    };
    let modelled = match &message.attributes {
        Some(theirs) => from_theirs(theirs).map_err(|(field, what)| malformed(field, what))?,
        None => None,
    };
    let mut attributes = modelled.unwrap_or_else(|| foreign(message, origin).into());
    check_type(message, &attributes)?;
    if let Some(said) = user_metadata_mut(&mut attributes) {
        *said = Field::from_field(&message.user_metadata)
            .map_err(|what| malformed("user_metadata", what))?;
    }
    match &mut attributes {
        EventAttributes::WorkflowExecutionStarted(it) => {
            it.request_id = from_links(message);
        }
        EventAttributes::WorkflowExecutionCancelRequested(it) => {
            it.request_id = from_links(message);
        }
        _ => {}
    }
    Ok(HistoryEvent {
        id: Field::from_field(&message.event_id).map_err(|what| malformed("event_id", what))?,
        time: Field::from_field(&message.event_time)
            .map_err(|what| malformed("event_time", what))?,
        attributes,
    })
}

/// Refuses an event whose type is unknown, or is not that of its attributes.
fn check_type(
    message: &proto::HistoryEvent,
    attributes: &EventAttributes,
) -> Result<(), ImportReason> {
    let known = EventType::try_from(message.event_type).unwrap_or_default();
    if known == EventType::Unspecified && !message.worker_may_ignore {
        let event_type = message.event_type.to_string();
        return Err(ImportReason::UnknownEventType { event_type });
    }
    let modelled = u16::try_from(message.event_type)
        .ok()
        .and_then(model::EventType::from_number);
    if modelled.unwrap_or(model::EventType::Foreign) != attributes.event_type() {
        let expected = attributes_key(known.as_str_name());
        return Err(ImportReason::ForeignAttributes { expected });
    }
    Ok(())
}

/// A request id as a link to the event that the request caused, which is this one.
fn to_link(request_id: &RequestId, message: &proto::HistoryEvent) -> Option<Link> {
    let request_id = request_id.as_str();
    (!request_id.is_empty()).then(|| Link {
        variant: Some(Variant::WorkflowEvent(WorkflowEvent {
            reference: Some(Reference::RequestIdRef(RequestIdReference {
                request_id: request_id.to_owned(),
                event_type: message.event_type,
            })),
            ..Default::default()
        })),
    })
}

fn from_links(message: &proto::HistoryEvent) -> RequestId {
    let own = message.links.iter().find_map(|link| match &link.variant {
        Some(Variant::WorkflowEvent(WorkflowEvent {
            workflow_id,
            reference: Some(Reference::RequestIdRef(it)),
            ..
        })) if workflow_id.is_empty() && it.event_type == message.event_type => {
            Some(it.request_id.as_str())
        }
        _ => None,
    });
    own.unwrap_or_default().into()
}

/// What an event without a model means for the events around it.
fn foreign(message: &proto::HistoryEvent, origin: CommandOrigin) -> Foreign {
    Foreign {
        event_type: u16::try_from(message.event_type).unwrap_or_default(),
        worker_may_ignore: message.worker_may_ignore,
        workflow_task_completed_event_id: is_command_event(message.event_type())
            .then_some(origin.0),
        // Sempre has a model of every event that does.
        closes_the_run: false,
    }
}

/// Whether an event of a type without a model is written as the direct result of a command.
fn is_command_event(event_type: EventType) -> bool {
    matches!(
        event_type,
        EventType::NexusOperationScheduled | EventType::NexusOperationCancelRequested
    )
}
