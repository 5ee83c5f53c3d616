//! All interceptors of an engine.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    interceptor::{Inbound, InboundCall, Outbound, OutboundCall, Scopes, spans::Spans},
    model::{Failure, Header},
    panic::catch,
};

/// The type of the failure of a call whose interceptor panicked.
const PANIC: &str = "InterceptorPanic";

/// All interceptors of an engine; the first one is told of a call first, and its scope is outermost.
///
/// A cheap clone. Those that an engine begins with are its spans.
#[derive(Clone, Debug, Default)]
pub struct Interceptors(Option<Arc<Lists>>);

#[derive(Clone, Debug, Default)]
struct Lists {
    #[debug(skip)]
    outbound: Vec<Arc<dyn Outbound>>,
    #[debug(skip)]
    inbound: Vec<Arc<dyn Inbound>>,
}

impl Interceptors {
    /// None at all.
    pub const NONE: Self = Self(None);

    /// The spans of the engine, by `tracing`.
    pub fn spans() -> Self {
        Self::NONE.outbound(Spans).inbound(Spans)
    }

    /// These and one more of calls that leave.
    #[must_use]
    pub fn outbound(self, interceptor: impl Outbound) -> Self {
        self.with(|lists| lists.outbound.push(Arc::new(interceptor)))
    }

    /// These and one more of calls that arrive.
    #[must_use]
    pub fn inbound(self, interceptor: impl Inbound) -> Self {
        self.with(|lists| lists.inbound.push(Arc::new(interceptor)))
    }

    /// Whether nobody is told of anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn with(self, change: impl FnOnce(&mut Lists)) -> Self {
        let mut lists = self.0.unwrap_or_default();
        change(Arc::make_mut(&mut lists));
        Self(Some(lists))
    }

    /// Tells all that a call is about to leave with this header.
    pub(crate) fn leave(&self, call: &OutboundCall<'_>, header: &mut Header) -> Scopes {
        let mut scopes = Scopes::default();
        if call.is_of_engine() {
            return scopes;
        }
        for interceptor in self.0.iter().flat_map(|it| &it.outbound) {
            let mut scope = None;
            scopes.run(&mut || {
                scope = catch(|| interceptor.outbound(call, header)).unwrap_or_else(|panic| {
                    tracing::error!(%call, %panic, "an interceptor panicked; the call goes on");
                    None
                });
            });
            scopes.add(scope);
        }
        scopes
    }

    /// Tells all that a call has arrived.
    ///
    /// # Errors
    /// [`Failure`] if its code is not to be run.
    pub(crate) fn arrive(&self, call: &InboundCall<'_>) -> Result<Scopes, Failure> {
        let mut scopes = Scopes::default();
        if call.is_of_engine() {
            return Ok(scopes);
        }
        for interceptor in self.0.iter().flat_map(|it| &it.inbound) {
            let mut scope = Ok(None);
            scopes.run(&mut || {
                scope = catch(|| interceptor.inbound(call)).unwrap_or_else(|panic| {
                    let message = format!("an interceptor panicked: {panic}");
                    Err(Failure::own(message, PANIC))
                });
            });
            match scope {
                Ok(scope) => scopes.add(scope),
                Err(failure) => {
                    scopes.end(Some(&failure));
                    return Err(failure);
                }
            }
        }
        Ok(scopes)
    }
}
