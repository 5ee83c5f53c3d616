//! Workflows for tests: each has notes as its state, three signals, three queries and a `run`.

use std::{fmt, time::Duration};

use futures::{FutureExt, future::LocalBoxFuture};

use crate::{
    definition::{Activity, Failure as _},
    machine::replay::{Program, QueryFailure, tests::journal::Journal},
    model::{
        ActivityOptions, ApplicationFailureInfo, Failure, FailureInfo, Payload, PayloadError,
        Payloads,
    },
    workflow::{Driver, QueryHandler, SignalHandler, WorkflowContext, WorkflowHandlers},
};

/// The state of every test workflow.
#[derive(Default, Debug)]
pub(super) struct Notes {
    pub(super) approved: bool,
    pub(super) notes: Vec<String>,
}

/// A workflow whose state is notes.
pub(super) trait Noting: WorkflowHandlers {
    fn notes(&self) -> &Notes;
    fn notes_mut(&mut self) -> &mut Notes;
}

/// Declares a workflow by its `run`.
macro_rules! workflow {
    ($name:ident, |$ctx:ident| $body:block) => {
        workflow!($name, |$ctx, _input: ()| -> String $body);
    };
    ($name:ident, |$ctx:ident, $input:ident: $in:ty| -> $out:ty $body:block) => {
        struct $name($crate::workflow::tests::fixture::Notes);

        impl $crate::definition::Workflow for $name {
            const TYPE: &'static str = stringify!($name);
        }

        impl $crate::definition::WorkflowSignature for $name {
            type Input = $in;
            type Output = $out;
            type Error = $crate::workflow::tests::fixture::RunError;
        }

        impl $crate::workflow::tests::fixture::Noting for $name {
            fn notes(&self) -> &$crate::workflow::tests::fixture::Notes {
                &self.0
            }

            fn notes_mut(&mut self) -> &mut $crate::workflow::tests::fixture::Notes {
                &mut self.0
            }
        }

        impl $crate::workflow::WorkflowHandlers for $name {
            const SIGNALS: &'static [$crate::workflow::SignalHandler<Self>] =
                &$crate::workflow::tests::fixture::signals();
            const QUERIES: &'static [$crate::workflow::QueryHandler<Self>] =
                &$crate::workflow::tests::fixture::queries();

            fn init(_: &Self::Input) -> Self {
                Self($crate::workflow::tests::fixture::Notes::default())
            }

            fn run(
                $ctx: $crate::workflow::WorkflowContext<Self>,
                $input: $in,
            ) -> futures::future::LocalBoxFuture<'static, Result<$out, Self::Error>> {
                Box::pin(async move { $body })
            }
        }
    };
}
pub(super) use workflow;

pub(super) const fn signals<W: Noting>() -> [SignalHandler<W>; 4] {
    [
        SignalHandler {
            name: "approve",
            handle: |ctx, _| {
                ctx.update(|state| state.notes_mut().approved = true);
                Ok(None)
            },
        },
        SignalHandler {
            name: "note",
            handle: |ctx, input| {
                note(ctx, input.decode::<String>()?);
                Ok(None)
            },
        },
        SignalHandler {
            name: "greet",
            handle: greet_handler,
        },
        SignalHandler {
            name: "panic",
            handle: |_, _| panic!("the handler is broken"),
        },
    ]
}

pub(super) const fn queries<W: Noting>() -> [QueryHandler<W>; 2] {
    [
        QueryHandler {
            name: "notes",
            answer: |state, _| {
                Payload::encode(&state.notes().notes).map_err(|error| QueryFailure::HandlerFailed {
                    message: error.to_string(),
                })
            },
        },
        QueryHandler {
            name: "panic",
            answer: |_, _| panic!("the query is broken"),
        },
    ]
}

/// Greets by an activity, and notes it before and after.
fn greet_handler<W: Noting>(
    ctx: &WorkflowContext<W>,
    input: &Payloads,
) -> Result<Option<LocalBoxFuture<'static, ()>>, PayloadError> {
    let name: String = input.decode()?;
    let ctx = ctx.clone();
    let handler = async move {
        note(&ctx, format!("greeting {name}"));
        let greeting = ctx.activity(Greet, name).await.unwrap_or_default();
        note(&ctx, greeting);
    };
    Ok(Some(handler.boxed_local()))
}

pub(super) fn note<W: Noting>(ctx: &WorkflowContext<W>, text: impl Into<String>) {
    ctx.update(|state| state.notes_mut().notes.push(text.into()));
}

/// An activity that greets.
#[derive(Debug)]
pub(super) struct Greet;

impl Activity for Greet {
    type Input = String;
    type Output = String;
    type Error = GreetError;

    const TYPE: &'static str = "greet";

    fn options() -> ActivityOptions {
        ActivityOptions {
            start_to_close: Some(Duration::from_secs(10)),
            heartbeat: Some(Duration::from_secs(2)),
            ..ActivityOptions::default()
        }
    }
}

/// Why somebody cannot be greeted.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct GreetError {
    pub(super) name: String,
}

impl fmt::Display for GreetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is away", self.name)
    }
}

impl std::error::Error for GreetError {}

impl crate::Failure for GreetError {
    fn to_failure(&self) -> Failure {
        let info = ApplicationFailureInfo {
            error_type: "GreetError".into(),
            details: Payloads::encode(&self.name).unwrap(),
            ..Default::default()
        };
        Failure::new(self.to_string(), FailureInfo::Application(info))
    }

    fn from_failure(failure: &Failure) -> Option<Self> {
        let FailureInfo::Application(info) = &failure.info else {
            return None;
        };
        let name = info.details.decode().ok()?;
        (info.error_type == "GreetError").then_some(Self { name })
    }
}

/// What test workflows fail with: anything that can be a failure.
#[derive(Debug)]
pub(super) struct RunError(Failure);

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for RunError {}

impl crate::Failure for RunError {
    fn to_failure(&self) -> Failure {
        self.0.clone()
    }

    fn from_failure(failure: &Failure) -> Option<Self> {
        Some(Self(failure.clone()))
    }
}

macro_rules! from_failures {
    ($($error:ty),+) => { $(
        impl From<$error> for RunError {
            fn from(error: $error) -> Self {
                Self(error.to_failure())
            }
        }
    )+ };
}
from_failures!(
    crate::Canceled,
    crate::WaitError,
    crate::ActivityError<GreetError>,
    crate::ApplicationFailure
);

/// A run of a workflow without input.
pub(super) fn run<W: WorkflowHandlers>() -> Journal {
    run_with::<W, ()>(&())
}

/// A run of a workflow with an input.
pub(super) fn run_with<W: WorkflowHandlers, T: serde::Serialize>(input: &T) -> Journal {
    Journal::new(|| Box::new(Driver::<W>::new()) as Box<dyn Program>, input)
}

/// What the workflow has noted so far.
#[track_caller]
pub(super) fn noted(run: &mut Journal) -> Vec<String> {
    let answer = run.resident.query(&"notes".into(), &Payloads::EMPTY);
    answer.unwrap().decode().unwrap()
}

pub(super) const SECOND: Duration = Duration::from_secs(1);
