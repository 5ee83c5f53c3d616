//! The workflows of the stories, as a user of sempre writes them.

use std::{convert::Infallible, time::Duration};

use derive_more::{Display, Error};
use sempre::{
    Canceled, Failure, Workflow, WorkflowContext, activity, handlers,
    model::{self, ApplicationFailureInfo, FailureInfo, MemoUpdate, Payload, WorkflowInfo},
};
use serde_json::Value;

use crate::story::CK;

const HOUR: Duration = Duration::from_secs(3_600);

/// What a story ends with, as a history has it.
#[derive(Clone, Debug, Display, Error)]
#[display("{_0}")]
pub(crate) struct Ended(#[error(not(source))] pub(crate) model::Failure);

impl Failure for Ended {
    fn to_failure(&self) -> model::Failure {
        self.0.clone()
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        Some(Self(failure.clone()))
    }
}

impl From<Canceled> for Ended {
    fn from(canceled: Canceled) -> Self {
        Self(canceled.to_failure())
    }
}

pub(crate) fn failed(message: impl Into<String>, info: ApplicationFailureInfo) -> Ended {
    Ended(model::Failure::new(message, FailureInfo::Application(info)))
}

pub(crate) fn of_type(error_type: &str) -> ApplicationFailureInfo {
    ApplicationFailureInfo {
        error_type: error_type.to_owned(),
        ..ApplicationFailureInfo::default()
    }
}

#[activity(start_to_close = "5s")]
pub(crate) async fn nap(_seconds: f64) -> Result<(), Infallible> {
    Ok(())
}

/// Continues as new until nothing is left.
#[derive(Workflow, Default)]
pub(crate) struct Can;

#[handlers]
impl Can {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, (kind, left): (String, u32)) -> Result<String, Ended> {
        if left == 0 {
            return match (kind.as_str(), ctx.info().attempt) {
                ("fail2", 1) => Err(failed("second run fails", of_type("X"))),
                ("fail2", attempt) => Ok(format!("attempt {attempt}")),
                ("explicit" | "inherit", _) => Ok(properties(&ctx.info())),
                _ => Ok("end".into()),
            };
        }
        match kind.as_str() {
            "pending" => {
                let _napping = ctx.activity(nap, 1.0).start();
                let short = ctx.sleep(Duration::from_millis(200));
                let _long = ctx.sleep(HOUR);
                let _ = short.await;
                match ctx.continue_as_new((kind, left - 1)).await {}
            }
            "explicit" => {
                let next = ctx.continue_as_new((kind, left - 1));
                let next = next.memo([MemoUpdate::set("m", "new")]);
                let next = next.search_attributes([CK.set("new")]);
                let next = next.run_timeout(Duration::from_secs(50));
                match next.task_timeout(Duration::from_secs(7)).await {}
            }
            "same_task" => {
                let _napping = ctx.activity(nap, 0.1).start();
                let _long = ctx.sleep(HOUR);
                match ctx.continue_as_new((kind, left - 1)).await {}
            }
            _ => match ctx.continue_as_new((kind, left - 1)).await {},
        }
    }
}

/// Ends as it is told.
#[derive(Workflow, Default)]
pub(crate) struct Pol {
    heard: Option<String>,
}

#[handlers]
impl Pol {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: String) -> Result<String, Ended> {
        let attempt = ctx.info().attempt;
        match how.as_str() {
            "fail" => Err(failed("always", of_type("Always"))),
            "nonretry" => {
                let info = of_type("Never");
                let non_retryable = true;
                Err(failed(
                    "never again",
                    ApplicationFailureInfo {
                        non_retryable,
                        ..info
                    },
                ))
            }
            "flaky" if attempt < 3 => Err(failed(format!("attempt {attempt}"), of_type("Flaky"))),
            "delay" if attempt < 2 => {
                let next_retry_delay = Some(Duration::from_secs(2));
                let info = of_type("D");
                Err(failed(
                    "wait",
                    ApplicationFailureInfo {
                        next_retry_delay,
                        ..info
                    },
                ))
            }
            "cron" => {
                let last = ctx.info().lineage.last_completion_result;
                let last = last.decode().unwrap_or_else(|_| "None".to_owned());
                Ok(format!("cron last={last}"))
            }
            "cronfail" => match ctx.info().lineage.continued_failure {
                None => Err(failed("cron run fails", of_type("Cron"))),
                Some(failure) => {
                    let FailureInfo::Application(info) = &failure.info else {
                        return Err(Ended(*failure));
                    };
                    let error_type = &info.error_type;
                    Ok(format!("last failure {error_type}: {}", failure.message))
                }
            },
            "flaky" | "delay" => Ok(format!("attempt {attempt}")),
            "wait" => {
                ctx.wait_until(|pol| pol.heard.is_some()).await?;
                Ok(ctx.state(|pol| pol.heard.clone().unwrap_or_default()))
            }
            "sleep" => {
                ctx.sleep(HOUR).await?;
                Ok("slept".into())
            }
            _ => Ok("ok".into()),
        }
    }

    #[signal]
    pub(crate) fn go(&mut self, text: String) {
        self.heard = Some(text);
    }
}

/// What a run carries and one thing that it can be found by, as Python says it.
pub(crate) fn properties(info: &WorkflowInfo) -> String {
    let value = |value: &Payload| match value.decode().unwrap_or(Value::Null) {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    };
    let values = info.memo.iter();
    let values = values.map(|(name, it)| format!("('{name}', {})", value(it)));
    let memo = values.collect::<Vec<_>>().join(", ");
    let found = info.search_attributes.get(CK);
    let found = found.unwrap_or_else(|| "None".to_owned());
    format!("[{memo}]{found}")
}
