//! One request, as far as views and actions have to know it.

use sempre::{
    Engine, Timestamp,
    client::UntypedHandle,
    model::{Identity, RunId, WorkflowExecution},
};

use crate::{Console, fields::Fields, problem::Problem, reveal::Reveal};

/// One request: who asks, and for what.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) console: Console,
    /// Who may change something, if that is allowed.
    pub(crate) who: Option<Identity>,
    pub(crate) fields: Fields,
    /// The time by the engine's clock.
    pub(crate) now: Timestamp,
    /// Whether the page is sent again whenever it changes, so that nothing on it may go by the time.
    pub(crate) is_live: bool,
}

impl Visit {
    pub(crate) fn new(console: &Console, who: Option<Identity>, fields: Fields) -> Self {
        Self {
            now: console.source.now(),
            console: console.clone(),
            who,
            fields,
            is_live: false,
        }
    }

    /// The engine, without which there is nothing to show and nobody to do anything.
    pub(crate) fn engine(&self) -> Result<&Engine, Problem> {
        self.console.source.engine()
    }

    /// What is shown of payloads.
    pub(crate) fn reveal(&self) -> Reveal {
        if self.shows_payloads() {
            Reveal::Shown(self.console.redact.clone())
        } else {
            Reveal::Hidden
        }
    }

    /// Whether payloads were asked for.
    pub(crate) fn shows_payloads(&self) -> bool {
        self.fields.text("payloads") == Some("show")
    }

    /// What was done by the action that has led here, if it is this console that says so.
    pub(crate) fn done(&self) -> Option<&str> {
        let done = self.fields.text("done")?;
        let seal = self.fields.text("seal")?;
        let who = self.who.as_ref()?;
        let csrf = &self.console.shared.csrf;
        csrf.check_seal(who, done, seal).then_some(done)
    }

    /// The token of whoever may change something.
    pub(crate) fn token(&self) -> Option<String> {
        let csrf = &self.console.shared.csrf;
        self.who.as_ref().map(|who| csrf.token(who))
    }

    /// The run that the request is about: `id`, and `run` if it is not the latest one.
    pub(crate) fn target(&self) -> Result<UntypedHandle, Problem> {
        let workflow_id = self.fields.required("id")?;
        let run_id = self.fields.text("run").map(run_id).transpose()?;
        Ok(self.handle(workflow_id, run_id))
    }

    /// A handle of an execution, or of one of its runs, in the name of whoever asks.
    pub(crate) fn handle(&self, workflow_id: &str, run_id: Option<RunId>) -> UntypedHandle {
        let source = &self.console.source;
        let handle = source.execution(self.who.as_ref(), workflow_id);
        match run_id {
            Some(run_id) => handle.at_run(run_id),
            None => handle,
        }
    }

    /// A handle of a run.
    pub(crate) fn at(&self, execution: &WorkflowExecution) -> UntypedHandle {
        self.handle(execution.workflow_id.as_str(), Some(execution.run_id))
    }
}

/// The run id that a text is.
pub(crate) fn run_id(text: &str) -> Result<RunId, Problem> {
    let digits: String = text.chars().filter(|it| *it != '-').collect();
    let bits = u128::from_str_radix(&digits, 16);
    match bits {
        Ok(bits) if digits.len() == 32 => Ok(RunId::from_u128(bits)),
        _ => Err(Problem::bad_request("run is not a run id")),
    }
}
