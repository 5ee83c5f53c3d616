//! Floor 0: the vocabulary. Ids, time, payloads, failures, events, commands and transitions.
//!
//! Everything here is plain data in the terms Temporal defines: it knows no clock, no store and no
//! actor. What is stored is serialized from these types, so fields are only ever appended and
//! numbers are never reused (see `storage::record`).
//!
//! Absent on purpose: behaviour. Rules live in `machine`, wire conversions in `storage`.

mod activity_options;
pub mod bulk;
mod codec;
mod command;
mod control;
pub mod event;
mod failure;
mod grammar;
mod header;
mod history;
mod id;
mod info;
pub mod limits;
mod lineage;
mod memo;
mod message;
mod named_payloads;
mod namespace;
mod namespaces;
mod options;
mod payload;
mod priority;
mod progress;
mod reset;
mod retention;
mod retry;
pub mod schedule;
mod search_attribute;
pub mod system;
mod task_token;
mod time;
pub mod transition;
mod user_metadata;
mod version;
mod wire;
mod workflow_id;

#[cfg(feature = "runtime")]
pub(crate) use self::payload::readable;
pub use self::{
    activity_options::ActivityOptionsChange,
    codec::{Codec, CodecError, Codecs, PayloadContext, PayloadUse, UserData, UserDataVisitor},
    command::{
        Command, ContinueAsNew, RecordMarker, RequestCancelExternalWorkflow, ScheduleActivityTask,
        SignalExternalWorkflow, StartChildWorkflow,
    },
    control::Control,
    event::{EventAttributes, EventType, HistoryEvent},
    failure::{
        ActivityFailureInfo, ApplicationErrorCategory, ApplicationFailureInfo, CanceledFailureInfo,
        ChildWorkflowFailureInfo, Failure, FailureInfo, RESERVED_FAILURE_PREFIX,
        ResetWorkflowFailureInfo, RetryState, ServerFailureInfo, TerminatedFailureInfo,
        TimeoutFailureInfo, TimeoutType,
    },
    grammar::{GrammarRule, GrammarViolation},
    header::Header,
    history::History,
    id::{
        ActivityId, ActivityType, BuildId, EventId, Identity, QueryName, RequestId, RunId,
        SignalName, TaskQueue, TimerId, UpdateId, UpdateName, WorkflowType,
    },
    info::{ExecutionStatus, WorkflowExecution, WorkflowInfo},
    lineage::{ContinueAsNewInitiator, Lineage, Parent},
    memo::{Memo, MemoUpdate},
    message::{MessageId, MessageKind},
    namespace::Namespace,
    namespaces::{NamespaceRules, Namespaces},
    options::{
        ActivityOptions, ChildOptions, LocalActivityOptions, ParentClosePolicy, StartOptions,
        WorkflowIdConflictPolicy, WorkflowIdReusePolicy,
    },
    payload::{
        ContentKey, ContentKeyError, Encoding, Payload, PayloadError, Payloads, StoredPayload,
    },
    priority::Priority,
    progress::{Progress, ProgressMark, RESERVED_SIGNAL_PREFIX},
    reset::{Reapplied, ResetPoint},
    retention::Retention,
    retry::RetryPolicy,
    search_attribute::{
        CHANGE_VERSION, SearchAttribute, SearchAttributeContent, SearchAttributeSchema,
        SearchAttributeType, SearchAttributeUpdate, SearchAttributeValue, SearchAttributes,
    },
    task_token::{TaskToken, TaskTokenError},
    time::Timestamp,
    transition::{AttemptFailure, Change, Entry, RecordNumber, Transition, Wake},
    user_metadata::UserMetadata,
    version::{ContinueAsNewVersioningBehavior, WorkflowVersion},
    workflow_id::WorkflowId,
};
pub(crate) use self::{grammar::GrammarReader, payload::packed};

#[cfg(test)]
mod tests;
