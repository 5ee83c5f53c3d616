//! What is told of calls that arrive.

use crate::{interceptor::InboundCall, model::Failure};

/// Is told of every call before its code is run, and may refuse it or run it in a scope.
///
/// # Examples
/// ```
/// use sempre::{
///     ApplicationFailure, Failure as _,
///     interceptor::{CallScope, Inbound, InboundCall},
///     model::Failure,
/// };
///
/// /// Lets no activity be run that does not say for whom.
/// struct Tenants;
///
/// impl Inbound for Tenants {
///     fn inbound(&self, call: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
///         match call {
///             InboundCall::Activity(it) if it.header.payload("tenant").is_none() => {
///                 Err(ApplicationFailure::new("no tenant", "NoTenant").to_failure())
///             }
///             _ => Ok(None),
///         }
///     }
/// }
/// ```
pub trait Inbound: Send + Sync + 'static {
    /// Code of a call is about to be run.
    ///
    /// # Errors
    /// [`Failure`] if it is not to be run: the attempt fails with it, and is tried again as its policy
    /// says; the workflow task fails with it, and is tried again; the query fails.
    fn inbound(&self, call: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure>;
}

/// What stands around the code of one call.
///
/// An async call is run in stretches, from one `await` to the next, perhaps on different threads.
///
/// # Examples
/// ```
/// use sempre::interceptor::CallScope;
///
/// /// Has what is logged by the code of a call stand in a span.
/// struct InSpan(tracing::Span);
///
/// impl CallScope for InSpan {
///     fn run(&mut self, code: &mut dyn FnMut()) {
///         self.0.in_scope(code);
///     }
/// }
/// ```
pub trait CallScope: Send + 'static {
    /// Runs a stretch of the code, by calling it once.
    fn run(&mut self, code: &mut dyn FnMut());

    /// The call has ended, with this failure if it has failed.
    fn end(&mut self, failure: Option<&Failure>) {
        let _ = failure;
    }
}
