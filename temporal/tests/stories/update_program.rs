//! The workflow of the stories of updates, written for sempre.

use std::{convert::Infallible, time::Duration};

use derive_more::{Display, Error, From};
use sempre::{ActivityError, Canceled, Failure, Workflow, WorkflowContext, activity, handlers};

#[derive(Clone, PartialEq, Debug, Display, Error, From, Failure)]
pub(crate) enum UpdError {
    #[failure(name = "Neg")]
    #[display("negative")]
    Negative,
    #[failure(name = "UpdFail")]
    #[display("{text}")]
    #[from(ignore)]
    Failed { text: String },
    #[display("canceled")]
    Canceled(#[failure(cause)] Canceled),
    #[display("an activity failed")]
    Activity(#[failure(cause)] ActivityError<Infallible>),
}

#[activity(start_to_close = "5s")]
pub(crate) async fn nap(_seconds: f64) -> String {
    "napped".to_owned()
}

#[activity(start_to_close = "5s")]
pub(crate) async fn echo(text: String) -> String {
    text
}

/// Keeps a log of what happens to it, until it is stopped.
#[derive(Workflow, Default)]
pub(crate) struct Upd {
    log: Vec<String>,
    stopped: bool,
    waits: bool,
}

#[handlers]
impl Upd {
    #[expect(clippy::ref_option, reason = "a workflow is lent its input")]
    #[init]
    fn init(how: &Option<String>) -> Self {
        Self {
            waits: how.as_deref() == Some("fin"),
            ..Self::default()
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: Option<String>) -> Result<Vec<String>, UpdError> {
        if how.as_deref() == Some("activity") {
            let napped = ctx.activity(nap, 1.0).await?;
            ctx.update(|state| state.log.push(napped));
        }
        if how.as_deref() == Some("la") {
            let napped = ctx.local_activity(nap, 1.0).await?;
            ctx.update(|state| state.log.push(napped));
        }
        ctx.wait_until(|state| state.stopped).await?;
        if how.as_deref() == Some("can") {
            match ctx.continue_as_new(Some("wait".to_owned())).await {}
        }
        if ctx.state(|state| state.waits) {
            ctx.all_handlers_finished().await?;
        }
        Ok(ctx.state(|state| state.log.clone()))
    }

    #[signal]
    pub(crate) fn note(&mut self, text: String) {
        self.log.push(format!("sig {text}"));
    }

    #[signal]
    pub(crate) fn stop(&mut self) {
        self.log.push("stop".to_owned());
        self.stopped = true;
    }

    #[update]
    pub(crate) fn set(&mut self, number: i64) -> Result<i64, UpdError> {
        self.log.push(format!("set {number}"));
        Ok(number * 10)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a validator is lent its input"
    )]
    #[validate(set)]
    fn check_set(&self, number: &i64) -> Result<(), UpdError> {
        if *number < 0 {
            return Err(UpdError::Negative);
        }
        Ok(())
    }

    #[update]
    pub(crate) async fn slow(
        ctx: WorkflowContext<Self>,
        (name, seconds): (String, f64),
    ) -> Result<String, UpdError> {
        ctx.update(|state| state.log.push(format!("start {name}")));
        ctx.sleep(Duration::from_secs_f64(seconds)).await?;
        ctx.update(|state| state.log.push(format!("end {name}")));
        Ok(name)
    }

    #[update]
    pub(crate) fn fail(&mut self, text: String) -> Result<i64, UpdError> {
        Err(UpdError::Failed { text })
    }

    #[update(name = "actu")]
    pub(crate) async fn act(ctx: WorkflowContext<Self>, text: String) -> Result<String, UpdError> {
        Ok(ctx.activity(echo, text).await?)
    }

    #[expect(clippy::panic, reason = "that is what the story is about")]
    #[update]
    pub(crate) fn bug(&mut self) {
        panic!("bug in handler");
    }

    #[update]
    pub(crate) async fn never(_ctx: WorkflowContext<Self>) {
        std::future::pending::<()>().await;
    }

    #[update]
    pub(crate) fn finish(&mut self) -> String {
        self.stopped = true;
        "finished".to_owned()
    }
}
