//! A history in Temporal's words, with everything Temporal can say.

use prost_reflect::prost::Message;
use sempre::model::{
    EventAttributes, EventId, History, HistoryEvent, WorkflowExecution,
    event::{foreign::Foreign, workflow_task::SdkMetadata},
};
use serde_json::{Value, json};
use temporalio_protos::temporal::api::{enums::v1::EventType, history::v1 as proto};

use crate::{
    error::{ExportError, ExportReason, ImportError, ImportReason},
    event::{CommandOrigin, from_message, to_message},
    field::Field,
    json::{
        Read, Remainder, attributes_key, check_event, describe, parse, read_event, write_event,
    },
};

/// A history in Temporal's words.
///
/// What was read obeys the grammar of histories.
///
/// # Examples
/// ```
/// use sempre_temporal::TemporalHistory;
///
/// let json = r#"{"events": [{
///     "eventId": "1",
///     "eventTime": "2026-01-01T00:00:00Z",
///     "eventType": "WorkflowExecutionStarted",
///     "workflowExecutionStartedEventAttributes": { "workflowType": { "name": "Hello" } }
/// }]}"#;
/// let [history] = TemporalHistory::from_json(json)?.try_into().expect("one history");
/// assert_eq!(history.history().len(), 1);
/// assert_eq!(history.to_json()["events"][0]["eventType"], "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED");
/// # Ok::<(), sempre_temporal::ImportError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct TemporalHistory {
    events: Vec<TemporalEvent>,
}

/// An event as Temporal says it, and what sempre makes of it.
#[derive(Clone, PartialEq, Debug)]
struct TemporalEvent {
    content: TemporalForm,
    event: HistoryEvent,
}

#[derive(Clone, PartialEq, Debug)]
enum TemporalForm {
    /// All that Temporal defines, and what its file said beyond that.
    Defined(Box<proto::HistoryEvent>, Remainder),
    /// An event of an unknown type that may be ignored, as it was written.
    Ignorable(Value),
}

impl TemporalHistory {
    /// The histories of a JSON file: one `{"events": […]}`, or a list of them.
    ///
    /// # Errors
    /// [`ImportError`] with the first event that is not as it should be.
    pub fn from_json(text: &str) -> Result<Vec<Self>, ImportError> {
        parse(text)?.into_iter().map(Self::read).collect()
    }

    /// The history in canonical proto3 JSON, `{"events": […]}`.
    pub fn to_json(&self) -> Value {
        let events = self.events.iter().map(|event| match &event.content {
            TemporalForm::Defined(message, rest) => write_event(message, rest),
            TemporalForm::Ignorable(json) => json.clone(),
        });
        json!({ "events": events.collect::<Vec<_>>() })
    }

    /// A history from the protobuf message `temporal.api.history.v1.History`.
    ///
    /// # Errors
    /// [`ImportError`] with the first event that is not as it should be.
    pub fn from_protobuf(bytes: &[u8]) -> Result<Self, ImportError> {
        let history = proto::History::decode(bytes).map_err(|error| {
            let message = describe(&error);
            ImportError::new(None, ImportReason::Protobuf { message })
        })?;
        let defined = |it: proto::HistoryEvent| {
            let content = TemporalForm::Defined(Box::new(it), Remainder::default());
            content.check_message()?;
            Ok(content)
        };
        Self::gather(history.events.into_iter().map(defined))
    }

    /// The protobuf message `temporal.api.history.v1.History`.
    ///
    /// An event of an unknown type that may be ignored keeps its id, its time and the number of its
    /// type if it has one, and nothing else.
    pub fn to_protobuf(&self) -> Vec<u8> {
        let events = self.events.iter().map(|event| match &event.content {
            TemporalForm::Defined(message, _) => (**message).clone(),
            TemporalForm::Ignorable(json) => proto::HistoryEvent {
                event_id: event.event.id.to_field(),
                event_time: event.event.time.to_field(),
                event_type: type_number(json).unwrap_or_default(),
                worker_may_ignore: true,
                ..Default::default()
            },
        });
        let events = events.collect();
        proto::History { events }.encode_to_vec()
    }

    /// A history of sempre's in Temporal's words.
    ///
    /// # Errors
    /// [`ExportError`] with the first event that Temporal has no words for, that sempre has no
    /// attributes of, or that Temporal's tools would not read.
    pub fn from_history(history: &History) -> Result<Self, ExportError> {
        let events = history.events.iter().map(|event| {
            let refused = |reason| ExportError {
                event_id: event.id,
                event_type: event.event_type(),
                reason,
            };
            let message = to_message(event).ok_or(refused(ExportReason::NoAttributes))?;
            check_event(&message)
                .map_err(|message| refused(ExportReason::Unreadable { message }))?;
            Ok(TemporalEvent {
                content: TemporalForm::Defined(Box::new(message), Remainder::default()),
                event: event.clone(),
            })
        });
        let events = events.collect::<Result<_, _>>()?;
        Ok(Self { events })
    }

    /// What sempre makes of it: attributes it does not use are gone, and events it has no model of
    /// are [`Foreign`].
    pub fn history(&self) -> History {
        let events: Vec<_> = self.events.iter().map(|it| it.event.clone()).collect();
        let execution = match events.first().map(|event| &event.attributes) {
            Some(EventAttributes::WorkflowExecutionStarted(started)) => WorkflowExecution {
                workflow_id: started.workflow_id.clone(),
                run_id: started.lineage.original_execution_run_id,
            },
            _ => WorkflowExecution::default(),
        };
        History { execution, events }
    }

    fn read(events: Vec<Value>) -> Result<Self, ImportError> {
        Self::gather(events.into_iter().map(|json| {
            let event_id = event_id(&json);
            read_event(json)
                .map(|read| match read {
                    Read::Defined(message, rest) => TemporalForm::Defined(message, rest),
                    Read::Ignorable(json) => TemporalForm::Ignorable(json),
                })
                .map_err(|reason| ImportError::new(event_id, reason))
        }))
    }

    /// Puts events together, and checks that they make a history.
    fn gather(
        contents: impl Iterator<Item = Result<TemporalForm, ImportError>>,
    ) -> Result<Self, ImportError> {
        let mut events = Vec::new();
        let mut origin = CommandOrigin::default();
        let mut author = Author::default();
        let mut expected = EventId::FIRST;
        for content in contents {
            let content = content?;
            let mut event = view(&content, origin)
                .map_err(|reason| ImportError::new(content.event_id(), reason))?;
            if event.id != expected {
                let reason = ImportReason::Gap { expected };
                return Err(ImportError::new(Some(event.id), reason));
            }
            if let EventAttributes::WorkflowTaskCompleted(completed) = &mut event.attributes {
                origin = CommandOrigin(event.id);
                author.sign(&mut completed.sdk_metadata);
            }
            expected = event.id.next();
            events.push(TemporalEvent { content, event });
        }
        if events.is_empty() {
            let expected = "there is no event".to_owned();
            return Err(ImportError::new(None, ImportReason::Shape { expected }));
        }
        let history = Self { events };
        history.history().check_grammar().map_err(|violation| {
            let event_id = Some(violation.event_id);
            ImportError::new(event_id, ImportReason::Grammar { violation })
        })?;
        Ok(history)
    }
}

/// Whose rules the flags of a history are about.
#[derive(Default)]
struct Author {
    is_known: bool,
}

/// What histories of Temporal's core are signed with that are older than its signatures.
const TEMPORAL_CORE: &str = "temporal";

impl Author {
    /// Signs for an author who recorded flags before Temporal's core signed histories, so that the
    /// flags are not taken for ours.
    fn sign(&mut self, metadata: &mut SdkMetadata) {
        self.is_known |= !metadata.sdk_name.is_empty();
        if !self.is_known && !metadata.core_used_flags.is_empty() {
            TEMPORAL_CORE.clone_into(&mut metadata.sdk_name);
            self.is_known = true;
        }
    }
}

impl TemporalForm {
    /// Refuses what protobuf can hold and JSON cannot say, and attributes of another type.
    fn check_message(&self) -> Result<(), ImportError> {
        let Self::Defined(message, _) = self else {
            return Ok(());
        };
        let refused = |reason| Err(ImportError::new(self.event_id(), reason));
        let event_type = EventType::try_from(message.event_type).unwrap_or_default();
        let expected = attributes_key(event_type.as_str_name());
        match check_event(message) {
            Err(message) => refused(ImportReason::MalformedField {
                path: expected,
                message,
            }),
            Ok(found)
                if event_type != EventType::Unspecified && found.as_ref() != Some(&expected) =>
            {
                refused(ImportReason::ForeignAttributes { expected })
            }
            Ok(_) => Ok(()),
        }
    }

    fn event_id(&self) -> Option<EventId> {
        match self {
            Self::Defined(message, _) => EventId::from_field(&message.event_id).ok(),
            Self::Ignorable(json) => event_id(json),
        }
    }
}

fn view(content: &TemporalForm, origin: CommandOrigin) -> Result<HistoryEvent, ImportReason> {
    match content {
        TemporalForm::Defined(message, _) => from_message(message, origin),
        TemporalForm::Ignorable(json) => ignorable(json),
    }
}

/// What sempre makes of an event that it may ignore: its place, and nothing else.
fn ignorable(json: &Value) -> Result<HistoryEvent, ImportReason> {
    let missing = |path: &str| ImportReason::MalformedField {
        path: path.to_owned(),
        message: "missing or malformed".to_owned(),
    };
    let time = json.get("eventTime").and_then(Value::as_str);
    let time = time.and_then(|text| humantime::parse_rfc3339(text).ok());
    Ok(HistoryEvent {
        id: event_id(json).ok_or_else(|| missing("eventId"))?,
        time: time.ok_or_else(|| missing("eventTime"))?.into(),
        attributes: Foreign {
            event_type: type_number(json)
                .and_then(|number| number.try_into().ok())
                .unwrap_or_default(),
            worker_may_ignore: true,
            ..Foreign::default()
        }
        .into(),
    })
}

/// The id that an event gives itself, as text or as a number.
fn event_id(json: &Value) -> Option<EventId> {
    let id = json.get("eventId").or_else(|| json.get("event_id"))?;
    let number = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
    Some(EventId::new(number))
}

/// The number of the type of an event, if it is written as one.
fn type_number(json: &Value) -> Option<i32> {
    let written = json.get("eventType").or_else(|| json.get("event_type"))?;
    i32::try_from(written.as_i64()?).ok()
}
