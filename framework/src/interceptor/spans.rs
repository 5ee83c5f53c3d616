//! The engine's own spans: what a client asks for, each attempt, and each turn of workflow code.
//!
//! | span | level | stands around |
//! |---|---|---|
//! | `client_call` | info | a start, a signal or an update, until its answer is there |
//! | `activity` | info | an attempt of an activity |
//! | `workflow_task` | debug | workflow code that goes on in a workflow task |
//! | `query` | debug | workflow code that answers a query |
//! | `commit` | debug | a group of commits that is written, in a trace of its own, because the group is of many runs (`actor::committer`) |
//!
//! With the feature `opentelemetry` they are one trace over processes: the context of the span from
//! which a call leaves travels in its header, and is the parent of the span at which it arrives.

use tracing::{Span, debug_span, field::Empty, info_span};

use crate::{
    interceptor::{CallScope, Inbound, InboundCall, Outbound, OutboundCall, trace_context},
    model::{Failure, Header, WorkflowId},
};

/// Opens spans; the only interceptor that an engine begins with.
pub(super) struct Spans;

impl Outbound for Spans {
    fn outbound(&self, call: &OutboundCall<'_>, header: &mut Header) -> Option<Box<dyn CallScope>> {
        let span = match call {
            OutboundCall::StartWorkflow { workflow_id, .. }
            | OutboundCall::SignalWorkflow { workflow_id, .. }
            | OutboundCall::UpdateWorkflow { workflow_id, .. } => client_call(call, workflow_id),
            _ => Span::none(),
        };
        if span.is_disabled() {
            trace_context::write(&Span::current(), header);
        } else {
            trace_context::write(&span, header);
        }
        in_span(span)
    }
}

fn client_call(call: &OutboundCall<'_>, workflow_id: &WorkflowId) -> Span {
    info_span!("client_call", %call, %workflow_id, error = Empty)
}

impl Inbound for Spans {
    fn inbound(&self, call: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
        let (span, header) = match call {
            InboundCall::Activity(it) => {
                let span = info_span!(
                    "activity",
                    activity_type = %it.activity_type,
                    activity_id = %it.activity_id,
                    attempt = it.attempt,
                    workflow_type = %it.workflow_type,
                    workflow_id = %it.execution.workflow_id,
                    run_id = %it.execution.run_id,
                    error = Empty,
                );
                (span, it.header)
            }
            InboundCall::WorkflowTask(it) => {
                let info = it.info;
                let span = debug_span!(
                    "workflow_task",
                    workflow_type = %info.workflow_type,
                    workflow_id = %info.execution.workflow_id,
                    run_id = %info.execution.run_id,
                    error = Empty,
                );
                (span, info.header())
            }
            InboundCall::Query { info, query_name } => {
                let span = debug_span!(
                    "query",
                    %query_name,
                    workflow_type = %info.workflow_type,
                    workflow_id = %info.execution.workflow_id,
                    run_id = %info.execution.run_id,
                    error = Empty,
                );
                (span, info.header())
            }
        };
        if !span.is_disabled() {
            trace_context::read(&span, header);
        }
        Ok(in_span(span))
    }
}

/// A call whose code is run in a span.
struct InSpan(Span);

fn in_span(span: Span) -> Option<Box<dyn CallScope>> {
    if span.is_disabled() {
        return None;
    }
    Some(Box::new(InSpan(span)))
}

impl CallScope for InSpan {
    fn run(&mut self, code: &mut dyn FnMut()) {
        self.0.in_scope(code);
    }

    fn end(&mut self, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            self.0.record("error", failure.message.as_str());
        }
    }
}
