//! An OTLP receiver that keeps what it is sent, and draws a trace as a tree.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::Span,
};
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

/// A receiver, which listens on this machine as long as the process lives.
pub(crate) struct Receiver {
    address: SocketAddr,
    spans: Spans,
}

/// What was received.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Spans {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Receiver {
    /// Listens at any free port.
    pub(crate) fn start() -> io::Result<Self> {
        let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into())?;
        let address = incoming.local_addr()?;
        let spans = Spans::default();
        let service = TraceServiceServer::new(spans.clone());
        let server = Server::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(incoming));
        Ok(Self { address, spans })
    }

    /// Where spans are to be sent.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The trace that has a span of this name, as a tree.
    ///
    /// # Errors
    /// Says so if there is no such span, or if the order is not in one trace.
    pub(crate) fn trace_of(&self, name: &str) -> Result<String, String> {
        let mut spans = self
            .spans
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        spans.sort_by_key(|span| span.start_time_unix_nano);
        let root = spans.iter().find(|span| span.name == name);
        let root = root.ok_or_else(|| format!("no span was received of this name: {name}"))?;
        // What runs: whoever approves the order does so in a trace of its own.
        let work = ["activity", "workflow_task"];
        let work = spans
            .iter()
            .filter(|span| work.contains(&span.name.as_str()));
        let traces: BTreeSet<&[u8]> = work.map(|span| &*span.trace_id).collect();
        if traces.iter().ne([&*root.trace_id].iter()) {
            return Err(format!("the order is in {} traces", traces.len()));
        }
        let mut tree = format!("trace {}\n", hex(&root.trace_id));
        draw(&mut tree, &spans, root, 1);
        Ok(tree)
    }
}

/// A span, and under it those that it is the parent of.
fn draw(tree: &mut String, spans: &[Span], span: &Span, depth: usize) {
    let subjects = ["call", "workflow_type", "activity_type"];
    let subjects = subjects.iter().filter_map(|name| attribute(span, name));
    let subject = subjects.collect::<Vec<_>>().join(" ");
    let micros = (span
        .end_time_unix_nano
        .saturating_sub(span.start_time_unix_nano))
        / 1_000;
    let indent = "  ".repeat(depth);
    // A text takes whatever is written to it.
    let _written = writeln!(tree, "{indent}{} {subject} ({micros} µs)", span.name);
    for child in spans.iter().filter(|it| it.parent_span_id == span.span_id) {
        draw(tree, spans, child, depth + 1);
    }
}

fn attribute<'s>(span: &'s Span, name: &str) -> Option<&'s str> {
    let attribute = span.attributes.iter().find(|it| it.key == name)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A text takes whatever is written to it.
        let _written = write!(text, "{byte:02x}");
        text
    })
}
