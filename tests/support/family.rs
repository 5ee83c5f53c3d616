//! A workflow that has children, and what these do.

use std::{collections::BTreeMap, time::Duration};

use derive_more::{Display, Error};
use sempre::{
    Canceled, Failure, RetryPolicy, Workflow, WorkflowContext, handlers,
    model::{ParentClosePolicy, WorkflowIdReusePolicy},
    workflow::{ChildCall, ChildCancellationType, ChildError, ChildHandle, StartChild},
};
use serde::{Deserialize, Serialize};

/// What a [`Kid`] does.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Deed {
    /// Returns this.
    Return(String),
    /// Fails with this.
    Fail(String),
    /// Sleeps for so many seconds.
    Sleep(u64),
    /// Returns the first thing that it is told.
    Listen,
    /// Continues as new so many times, and returns then.
    Continue(u32),
    /// Fails up to this attempt, and says then which one it is.
    Try(u32),
    /// Has a kid of its own do something, and returns what came of it.
    Delegate(String, Box<Deed>),
    /// Says whose kid it is, and which workflow is at the root of the tree.
    Descent,
}

/// What a kid fails with.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error, Failure)]
pub enum KidError {
    /// It broke something.
    #[display("broke {_0}")]
    Broke(#[error(not(source))] String),
    /// It was canceled.
    #[display("canceled")]
    Canceled(#[failure(cause)] Canceled),
}

impl From<Canceled> for KidError {
    fn from(canceled: Canceled) -> Self {
        Self::Canceled(canceled)
    }
}

/// Does as it is told.
#[derive(Workflow, Default, Debug)]
pub struct Kid {
    told: Option<String>,
}

#[handlers]
impl Kid {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, deed: Deed) -> Result<String, KidError> {
        match deed {
            Deed::Return(said) => Ok(said),
            Deed::Fail(what) => Err(KidError::Broke(what)),
            Deed::Sleep(seconds) => {
                ctx.sleep(Duration::from_secs(seconds)).await?;
                Ok("slept".into())
            }
            Deed::Listen => {
                ctx.wait_until(|kid| kid.told.is_some()).await?;
                Ok(ctx.state(|kid| kid.told.clone().unwrap_or_default()))
            }
            Deed::Continue(0) => Ok("the end".into()),
            Deed::Continue(left) => match ctx.continue_as_new(Deed::Continue(left - 1)).await {},
            Deed::Try(attempts) => {
                let attempt = ctx.info().attempt;
                if attempt <= attempts {
                    return Err(KidError::Broke(format!("attempt {attempt}")));
                }
                Ok(format!("attempt {attempt}"))
            }
            Deed::Delegate(id, deed) => {
                let kid = ctx.child::<Kid>(id).run(*deed).await;
                kid.map_err(|error| KidError::Broke(error.to_string()))
            }
            Deed::Descent => {
                let lineage = ctx.info().lineage;
                let id = |it: Option<Box<sempre::model::WorkflowExecution>>| {
                    it.map_or_else(String::new, |it| it.workflow_id.to_string())
                };
                let parent = id(lineage.parent_workflow_execution);
                let root = id(lineage.root_workflow_execution);
                Ok(format!("{parent} of {root}"))
            }
        }
    }

    /// Tells it something.
    #[signal]
    pub fn tell(&mut self, what: String) {
        self.told.get_or_insert(what);
    }
}

/// How a kid is canceled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    /// Asked, and waited for.
    Wait,
    /// Asked, and not waited for.
    Try,
    /// Not asked.
    Abandon,
}

/// What a [`Household`] does about its kids.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Care {
    /// Has a kid do something, and waits for what comes of it.
    Raise(String, Deed),
    /// The same of a kid without a name.
    RaiseNameless(Deed),
    /// The same of a kid that is tried so often.
    RaisePatiently(String, Deed, u32),
    /// The same of a kid whose name must be new.
    RaiseUnique(String, Deed),
    /// The same of several at once.
    RaiseAll(Vec<(String, Deed)>),
    /// Starts a kid, and goes on with it.
    Start(String, Deed, ParentClosePolicy, Way),
    /// Begins to start a kid, and waits for nothing.
    Begin(String, Deed, ParentClosePolicy),
    /// Begins to start a kid, and has second thoughts.
    Withdraw(String, Deed),
    /// Tells a kid that was started something.
    Tell(String, String),
    /// Cancels a kid that was started.
    Cancel(String),
    /// Waits for what comes of a kid that was started.
    Collect(String),
    /// Sleeps for so many seconds.
    Sleep(u64),
    /// Goes on as a new run.
    Renew(Vec<Care>),
    /// Fails.
    Fail,
}

/// Has kids; says how they did.
#[derive(Workflow, Default, Debug)]
pub struct Household {
    begun: Vec<StartChild<Kid>>,
    done: Vec<String>,
}

#[handlers]
impl Household {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, plan: Vec<Care>) -> Result<Vec<String>, KidError> {
        let mut kids: BTreeMap<String, ChildHandle<Kid>> = BTreeMap::new();
        for care in plan {
            let said = match care {
                Care::Raise(id, deed) => said(ctx.child::<Kid>(id).run(deed).await),
                Care::RaiseNameless(deed) => said(ctx.child::<Kid>(..).run(deed).await),
                Care::RaisePatiently(id, deed, attempts) => {
                    let retry = RetryPolicy::default().max_attempts(attempts);
                    said(ctx.child::<Kid>(id).retry(retry).run(deed).await)
                }
                Care::RaiseUnique(id, deed) => {
                    let kid = ctx.child::<Kid>(id);
                    let kid = kid.id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate);
                    said(kid.run(deed).await)
                }
                Care::RaiseAll(all) => {
                    let all = all.into_iter();
                    let all: Vec<_> = all
                        .map(|(id, deed)| ctx.child::<Kid>(id).run(deed))
                        .collect();
                    let mut told = Vec::new();
                    for kid in all {
                        told.push(said(kid.await));
                    }
                    told.join(", ")
                }
                Care::Start(id, deed, policy, way) => {
                    let started = child(&ctx, &id, policy, way).start(deed).await;
                    begun(started, &mut kids, id)
                }
                Care::Begin(id, deed, policy) => {
                    let kid = child(&ctx, &id, policy, Way::Wait).start(deed);
                    ctx.update(|household| household.begun.push(kid));
                    "begun".to_owned()
                }
                Care::Withdraw(id, deed) => {
                    drop(child(&ctx, &id, ParentClosePolicy::Terminate, Way::Wait).start(deed));
                    "withdrawn".to_owned()
                }
                Care::Tell(id, what) => match kids.get(&id) {
                    Some(kid) => kid
                        .tell(what)
                        .await
                        .map_or_else(|error| format!("{error:?}"), |()| "told".to_owned()),
                    None => "nobody".to_owned(),
                },
                Care::Cancel(id) => {
                    if let Some(kid) = kids.get(&id) {
                        kid.cancel();
                    }
                    "canceled".to_owned()
                }
                Care::Collect(id) => match kids.get(&id) {
                    Some(kid) => said(kid.result().await),
                    None => "nobody".to_owned(),
                },
                Care::Sleep(seconds) => {
                    ctx.sleep(Duration::from_secs(seconds)).await?;
                    "slept".to_owned()
                }
                Care::Renew(plan) => match ctx.continue_as_new(plan).await {},
                Care::Fail => return Err(KidError::Broke("the household".into())),
            };
            ctx.update(|household| household.done.push(said));
        }
        Ok(ctx.state(|household| household.done.clone()))
    }

    /// How the kids did so far.
    #[query]
    pub fn done(&self) -> Vec<String> {
        self.done.clone()
    }
}

fn child<W>(
    ctx: &WorkflowContext<W>,
    id: &str,
    policy: ParentClosePolicy,
    way: Way,
) -> ChildCall<Kid> {
    let way = match way {
        Way::Wait => ChildCancellationType::WaitCancellationCompleted,
        Way::Try => ChildCancellationType::TryCancel,
        Way::Abandon => ChildCancellationType::Abandon,
    };
    ctx.child::<Kid>(id)
        .parent_close_policy(policy)
        .cancellation(way)
}

/// Keeps a kid that has started.
fn begun(
    started: Result<ChildHandle<Kid>, ChildError<KidError>>,
    kids: &mut BTreeMap<String, ChildHandle<Kid>>,
    id: String,
) -> String {
    match started {
        Ok(kid) => {
            kids.insert(id, kid);
            "started".to_owned()
        }
        Err(error) => said(Err(error)),
    }
}

/// What came of a kid, in words.
fn said(outcome: Result<String, ChildError<KidError>>) -> String {
    match outcome {
        Ok(said) => said,
        Err(ChildError::Application { error, .. }) => error.to_string(),
        Err(ChildError::Timeout { .. }) => "timed out".into(),
        Err(ChildError::Canceled { .. }) => "was canceled".into(),
        Err(ChildError::Terminated { .. }) => "was terminated".into(),
        Err(ChildError::AlreadyStarted { .. }) => "already started".into(),
        Err(error) => error.to_string(),
    }
}
