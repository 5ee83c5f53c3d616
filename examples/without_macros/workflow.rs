//! What `#[derive(Workflow)]` and `#[handlers]` write: names, types, and a function per handler.

use std::pin::Pin;

use sempre::{
    ActivityError, Workflow, WorkflowContext,
    definition::{Query as _, Signal as _, WorkflowSignature},
    machine::replay::QueryFailure,
    model::Payload,
    workflow::{QueryHandler, SignalHandler, WorkflowHandlers},
};

use crate::{
    activity::Greet,
    error::GreetError,
    messages::{Introduce, Who},
};

/// Greets whoever is introduced.
#[derive(Default)]
pub(crate) struct Hello {
    name: Option<String>,
}

impl Hello {
    async fn greet(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<GreetError>> {
        // A run that is canceled greets nobody.
        let named = ctx.wait_until(|state| state.name.is_some());
        if named.await.is_err() {
            return Ok(String::new());
        }
        let name = ctx.state(|state| state.name.clone()).unwrap_or_default();
        ctx.activity(Greet, name).await
    }
}

impl Workflow for Hello {
    const TYPE: &'static str = "Hello";
}

impl WorkflowSignature for Hello {
    type Input = ();
    type Output = String;
    type Error = ActivityError<GreetError>;
}

impl WorkflowHandlers for Hello {
    const SIGNALS: &'static [SignalHandler<Self>] = &[SignalHandler {
        name: Introduce::NAME,
        handle: |ctx, input| {
            let name = input.decode()?;
            ctx.update(|state| state.name = Some(name));
            // Nothing is left to do; an async handler would return its future.
            Ok(None)
        },
    }];

    const QUERIES: &'static [QueryHandler<Self>] = &[QueryHandler {
        name: Who::NAME,
        answer: |state, _input| {
            Payload::encode(&state.name).map_err(|error| QueryFailure::HandlerFailed {
                message: error.to_string(),
            })
        },
    }];

    fn init((): &()) -> Self {
        Self::default()
    }

    fn run(
        ctx: WorkflowContext<Self>,
        (): (),
    ) -> Pin<Box<dyn Future<Output = Result<String, Self::Error>>>> {
        Box::pin(Self::greet(ctx))
    }
}
