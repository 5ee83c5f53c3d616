//! Every form of the main routine and of the initial state.
#![deny(warnings, missing_docs)]

use std::{convert::Infallible, time::Duration};

use sempre::{
    ApplicationFailure, Canceled, Workflow, WorkflowContext,
    definition::{Workflow as Definition, WorkflowSignature},
    handlers,
    workflow::WorkflowHandlers,
};

/// No input, no output, no error.
#[derive(Workflow, Default)]
pub struct Least;

#[handlers]
impl Least {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
}

/// An output that cannot fail, by another name of the method.
#[derive(Workflow, Default)]
#[workflow(name = "squaring")]
pub struct Square;

#[handlers]
impl Square {
    #[run]
    async fn square(_: WorkflowContext<Self>, number: u32) -> u32 {
        number * number
    }
}

/// A state that is made from the input, and helpers of every kind.
#[derive(Workflow)]
pub struct Pause {
    left: u64,
}

#[handlers]
impl Pause {
    const STEP: u64 = 1;

    #[init]
    fn init(seconds: &u64) -> Self {
        Self { left: *seconds }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, _seconds: u64) -> Result<(), Canceled> {
        while ctx.state(Self::is_left) {
            ctx.sleep(Duration::from_secs(Self::STEP)).await?;
            ctx.update(|state| state.left -= Self::STEP);
        }
        Ok(())
    }

    fn is_left(&self) -> bool {
        self.left > 0
    }
}

/// An enum, a state from nothing, a pattern as the parameter, `Self` in the signature.
#[derive(Workflow, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// Before.
    Before,
    /// After.
    After(u8, u8),
}

#[handlers]
impl Stage {
    #[init]
    fn begin() -> Self {
        Self::Before
    }

    #[run]
    async fn run(
        ctx: sempre::WorkflowContext<Self>,
        (first, second): (u8, u8),
    ) -> std::result::Result<Vec<Self>, ApplicationFailure> {
        ctx.update(|stage| *stage = Self::After(first, second));
        ctx.state(|stage| match stage {
            Self::Before => Err(ApplicationFailure::new("too early", "TooEarly")),
            Self::After(..) => Ok(Vec::new()),
        })
    }
}

fn is<W: WorkflowSignature<Input = I, Output = O, Error = E>, I, O, E>(name: &str) {
    assert_eq!(<W as Definition>::TYPE, name);
}

fn main() {
    is::<Least, (), (), Infallible>("Least");
    is::<Square, u32, u32, Infallible>("squaring");
    is::<Pause, u64, (), Canceled>("Pause");
    is::<Stage, (u8, u8), Vec<Stage>, ApplicationFailure>("Stage");
    assert_eq!(<Pause as WorkflowHandlers>::init(&3).left, 3);
    assert!(matches!(
        <Stage as WorkflowHandlers>::init(&(1, 2)),
        Stage::Before
    ));
}
