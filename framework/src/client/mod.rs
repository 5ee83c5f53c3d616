//! Floor 6: the face to callers: start, signal, query, cancel, terminate, describe, result.
//!
//! A [`WorkflowHandle`] names an execution and knows its types. Where the engine is, the handle
//! does not know: it speaks to a [`WorkflowService`], in this process or, one day, in another.
//!
//! Absent on purpose: state. A handle is a name; two handles of one execution are the same.

mod activity;
mod apart;
mod archive;
mod at_rest;
mod coded;
mod count;
mod delete;
mod description;
mod directory;
mod engine;
mod error;
mod finder;
mod handle;
mod intercepted;
mod list;
mod list_ids;
mod listed_run;
mod namespaced;
mod nowhere;
mod page_token;
mod patches;
mod pause;
mod read;
mod reset;
mod result;
mod retry;
mod service;
mod service_layer;
mod signal;
mod start;
mod start_with_update;
mod stop;
mod store_report;
mod stored_runs;
mod untyped;
mod update;

pub use crate::{
    actor::{
        Description, Outage, Reach, Refusal, RequestOutcome, StartRequest, Started, Target,
        UpdateAnswer, UpdateStand,
    },
    machine::execution::{Problem, ProblemKind, decide::HeartbeatResponse},
    visibility::FilterError,
};

pub(crate) use self::{
    apart::Apart,
    archive::AnyArchive,
    coded::{CodedService, Coding},
    count::count_runs,
    directory::{LookAtRuns, RunDirectory, Search, Sight, stored_entries},
    finder::RunFinder,
    intercepted::InterceptedService,
    namespaced::NamespacedService,
    patches::find_patches,
    service_layer::ServiceLayer,
    store_report::report_store,
};

pub use self::{
    activity::AsyncActivityHandle,
    archive::{Archive, ArchivedRun},
    count::RunCount,
    description::{
        ActivityDescription, ChildDescription, PauseDescription, TimerDescription,
        WorkflowDescription, WorkflowTaskDescription,
    },
    engine::EngineClient,
    error::{
        DeleteWorkflowError, ListRunsError, QueryWorkflowError, ReportActivityError, RequestError,
        ResetWorkflowError, ResultError, ResumeWorkflowError, RetryNowError, SignalWorkflowError,
        StartWorkflowError, SteerWorkflowError, StopWorkflowError, UpdateError,
        UpdateWithStartError, WorkflowFailure,
    },
    handle::{ExecutionHandle, WorkflowHandle},
    list::{ListRuns, RunPage},
    list_ids::{IdPage, ListIds},
    listed_run::ListedRun,
    page_token::{InvalidPageToken, PageToken},
    patches::PatchUse,
    pause::UnpauseActivity,
    reset::ResetWorkflow,
    service::{Answer, WorkflowService},
    signal::SendSignal,
    start::StartWorkflow,
    start_with_update::StartWithUpdate,
    store_report::{HeldRuns, StoreReport},
    stored_runs::StoredRuns,
    untyped::{AnyWorkflow, UntypedHandle},
    update::{SendUpdate, UpdateHandle},
};
