//! What is told of calls that leave.

use crate::{
    interceptor::{CallScope, OutboundCall},
    model::Header,
};

/// Is told of every call before it leaves, and may add to the header that travels with it.
///
/// A client's call begins with the header that its caller has given; one of workflow code with that
/// of its run, unless the code has said otherwise. What an interceptor adds is recorded with the call,
/// so it need not be the same in every process. Of calls that are repeated while a history is replayed
/// it is not told.
///
/// # Examples
/// ```
/// use sempre::{
///     interceptor::{CallScope, Outbound, OutboundCall},
///     model::{Header, Payload},
/// };
///
/// /// Says where each workflow was started from.
/// struct Region(Payload);
///
/// impl Outbound for Region {
///     fn outbound(&self, call: &OutboundCall<'_>, header: &mut Header) -> Option<Box<dyn CallScope>> {
///         if let OutboundCall::StartWorkflow { .. } = call {
///             header.insert("region", self.0.clone());
///         }
///         None
///     }
/// }
/// ```
pub trait Outbound: Send + Sync + 'static {
    /// A call is about to leave with this header. The scope that is returned is around everything that
    /// is done until a client has its answer; that of a call of workflow code is dropped, because such
    /// a call waits in the history.
    fn outbound(&self, call: &OutboundCall<'_>, header: &mut Header) -> Option<Box<dyn CallScope>>;
}
