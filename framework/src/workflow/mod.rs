//! Floor 2: what workflow authors use, and the driver that runs their code.
//!
//! Workflow code is an `async fn` that is given a [`WorkflowContext`]. What it asks for becomes
//! commands, what happens to the run resolves its futures, and between two workflow tasks it does
//! not move. The same history therefore leads to the same commands, in any process.
//!
//! Invariants:
//! * W1: commands leave in the order in which the code asked for them, never in the order in which
//!   futures were polled;
//! * W2: what was dropped before its command left appears nowhere, and takes no number;
//! * W3: tasks are polled in a fixed order, and nothing but the driver wakes them; who else could
//!   is found out when they have come to rest.
//!
//! Absent on purpose: when and where a program is activated, and every event id. That is
//! `machine::replay` and the actors.

mod begin;
mod branch;
mod call;
pub mod channel;
mod child;
mod child_error;
mod coded;
pub mod combinator;
mod context;
mod driver;
mod error;
mod external;
mod future;
mod handler;
mod host;
mod line;
mod local_call;
pub mod log;
pub mod mutex;
mod operation;
mod race;
mod random;
mod registry;
mod scope;
pub mod semaphore;
mod waker;

pub use self::{
    branch::BranchHandle,
    call::{ActivityCall, CancellationType},
    child::{ChildCall, ChildCancellationType, ChildId},
    child_error::ChildError,
    context::WorkflowContext,
    driver::Driver,
    error::{ActivityError, Canceled, WaitError},
    external::{ExternalWorkflow, ExternalWorkflowError},
    future::{
        ActivityHandle, ActivityProgress, CancelRequested, ChildHandle, ChildResult, ContinueAsNew,
        ExternalMessage, Foreign, LocalActivityHandle, Sleep, StartChild, TimedOut, Timeout,
        WaitUntil, WaitUntilTimeout,
    },
    handler::{
        HandleSignal, HandleUpdate, QueryHandler, SignalHandler, UpdateHandler, UpdateRun,
        WorkflowHandlers,
    },
    local_call::LocalActivityCall,
    random::WorkflowRandom,
    registry::{MessageNames, ProgramFactory, WorkflowCode, WorkflowRegistry},
};

#[cfg(test)]
mod tests;
