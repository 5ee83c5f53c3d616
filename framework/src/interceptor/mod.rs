//! Floor 1: what is told of every call: those that leave code, and those that arrive at it.
//!
//! A call that leaves can be given a header, which is recorded with it and travels on to whatever it
//! causes; a call that arrives shows the header, and can be run in a scope of its own. An engine is
//! given interceptors by `EngineBuilder::outbound` and `EngineBuilder::inbound`. The spans of the
//! engine itself are one of each kind.
//!
//! Nobody is told of a call while a history is replayed, nor of what a schedule or a bulk
//! job does for itself: that it starts or signals a workflow is told.
//!
//! Absent on purpose: who calls. That is where calls leave and arrive: clients, workflow code, attempts.

mod call;
mod inbound;
mod interceptors;
mod outbound;
mod scopes;
mod spans;
#[cfg(feature = "opentelemetry")]
mod trace_context;
#[cfg(not(feature = "opentelemetry"))]
#[path = "no_trace_context.rs"]
mod trace_context;

pub use self::{
    call::{InboundActivity, InboundCall, InboundMessage, InboundTask, OutboundCall},
    inbound::{CallScope, Inbound},
    interceptors::Interceptors,
    outbound::Outbound,
    scopes::Scopes,
};

#[cfg(test)]
mod tests;
