//! Log lines of workflow code: told once, and with whose they are.
//!
//! The macros are those of `tracing`, with the context before all else. They tell nothing while the code
//! is replayed, and add the fields `workflow_id`, `run_id` and `workflow_type`. Levels, targets, fields
//! and messages are as in `tracing`: the target is the module that the macro stands in.
//!
//! A workflow task that fails is run again, and tells its lines again; so does one whose completion was
//! not written when the process died.
//!
//! # Examples
//! ```
//! use sempre::{Canceled, WorkflowContext, workflow::log};
//! use std::time::Duration;
//!
//! async fn brew<W>(ctx: WorkflowContext<W>, cups: u32) -> Result<(), Canceled> {
//!     log::info!(ctx, cups, "the water boils");
//!     ctx.sleep(Duration::from_secs(240)).await?;
//!     log::debug!(ctx, "it has drawn for {} minutes", 4);
//!     Ok(())
//! }
//! ```

#[doc(hidden)]
pub use tracing as __tracing;

use crate::model::{RunId, WorkflowId, WorkflowType};
#[doc(inline)]
pub use crate::{
    __log_debug as debug, __log_error as error, __log_info as info, __log_trace as trace,
    __log_warn as warn,
};

/// Whose log lines these are.
#[doc(hidden)]
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LogSubject {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The run.
    pub run_id: RunId,
    /// Its program.
    pub workflow_type: WorkflowType,
}

/// Tells a log line of a level, unless the code is replayed.
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($level:ident, $ctx:expr, $($line:tt)+) => {
        if let Some(subject) = $ctx.__log_subject() {
            $crate::workflow::log::__tracing::event!(
                $crate::workflow::log::__tracing::Level::$level,
                workflow_id = %subject.workflow_id,
                run_id = %subject.run_id,
                workflow_type = %subject.workflow_type,
                $($line)+
            );
        }
    };
}

/// Tells of something in great detail; see [`log`](crate::workflow::log).
#[doc(hidden)]
#[macro_export]
macro_rules! __log_trace {
    ($ctx:expr, $($line:tt)+) => {
        $crate::__log!(TRACE, $ctx, $($line)+)
    };
}

/// Tells of something that helps to find faults; see [`log`](crate::workflow::log).
#[doc(hidden)]
#[macro_export]
macro_rules! __log_debug {
    ($ctx:expr, $($line:tt)+) => {
        $crate::__log!(DEBUG, $ctx, $($line)+)
    };
}

/// Tells of something that has happened; see [`log`](crate::workflow::log).
#[doc(hidden)]
#[macro_export]
macro_rules! __log_info {
    ($ctx:expr, $($line:tt)+) => {
        $crate::__log!(INFO, $ctx, $($line)+)
    };
}

/// Tells of something that should not be so; see [`log`](crate::workflow::log).
#[doc(hidden)]
#[macro_export]
macro_rules! __log_warn {
    ($ctx:expr, $($line:tt)+) => {
        $crate::__log!(WARN, $ctx, $($line)+)
    };
}

/// Tells of something that has gone wrong; see [`log`](crate::workflow::log).
#[doc(hidden)]
#[macro_export]
macro_rules! __log_error {
    ($ctx:expr, $($line:tt)+) => {
        $crate::__log!(ERROR, $ctx, $($line)+)
    };
}
