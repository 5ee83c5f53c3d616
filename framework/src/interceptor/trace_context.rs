//! The context of a trace in a header, as Temporal's SDKs write it.
//!
//! The header has one value for it, `_tracer-data`: a map of what W3C's `traceparent` and `tracestate`
//! say. So a trace goes on where the other side of a call is a worker of a Temporal cluster.

use std::collections::BTreeMap;

use opentelemetry::{
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::model::{Header, Payload};

/// Where a header has it.
const KEY: &str = "_tracer-data";

#[derive(Default)]
struct Carrier(BTreeMap<String, String>);

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// Has what receives this header be part of the trace of this span.
///
/// Where the span is part of no trace, the header stays as it is, and with it the trace that its
/// sender is part of.
pub(super) fn write(span: &Span, header: &mut Header) {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return;
    }
    let mut carrier = Carrier::default();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.0.retain(|_, value| !value.is_empty());
    if let Ok(payload) = Payload::encode(&carrier.0) {
        header.insert(KEY, payload);
    }
}

/// Makes this span part of the trace that the header has come from, if it says one.
pub(super) fn read(span: &Span, header: &Header) {
    let Ok(Some(values)) = header.get::<BTreeMap<String, String>>(KEY) else {
        return;
    };
    let context = TraceContextPropagator::new().extract(&Carrier(values));
    if context.span().span_context().is_valid() {
        // Only a span that has begun already refuses a parent, and this one has not.
        let _refused = span.set_parent(context);
    }
}
