//! The methods of a handle: those of a workflow's messages come first.

use sempre::{Canceled, Workflow, WorkflowContext, WorkflowHandle, handlers};
use sempre_tests::{Outcome, Scenario};

/// Takes messages whose names a handle may want for itself one day.
#[derive(Workflow, Default)]
struct Machine {
    resets: u32,
    paused: bool,
}

#[handlers]
impl Machine {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u32, Canceled> {
        ctx.wait_until(|state| state.paused && state.resets == 2)
            .await?;
        Ok(ctx.state(|state| state.resets))
    }

    #[signal]
    fn pause(&mut self) {
        self.paused = true;
    }

    #[signal]
    fn reset(&mut self, times: u32) {
        self.resets += times;
    }

    #[query]
    fn update(&self) -> u32 {
        self.resets
    }
}

#[test]
fn a_message_may_have_any_name_that_handles_do_not_use() -> Outcome {
    Scenario::of::<Machine>().run(async |world| {
        let machine = world.workflow::<Machine>("machine").start(()).await?;
        machine.reset(2).await?;
        assert_eq!(machine.update().await?, 2);
        machine.pause().await?;
        assert_eq!(machine.result().await?, 2);
        Ok(())
    })
}

/// Stands for the trait of a workflow whose message has the name of a method that every handle got
/// later.
trait Namesake {
    fn workflow_id(&self) -> &'static str;
}

impl Namesake for WorkflowHandle<Machine> {
    fn workflow_id(&self) -> &'static str {
        "the message"
    }
}

#[test]
fn the_method_of_a_message_is_found_before_one_that_every_handle_has() -> Outcome {
    Scenario::of::<Machine>().run(async |world| {
        let machine = world.workflow::<Machine>("machine");
        assert_eq!(machine.workflow_id(), "the message");
        assert_eq!((*machine).workflow_id().as_str(), "machine");
        Ok(())
    })
}
