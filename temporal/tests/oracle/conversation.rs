//! Workflows that are updated, that speak to others and have children, and whose code or properties
//! change; `workflows.py` says the same in Python.

use derive_more::{Display, Error, From};
use sempre::{
    ActivityError, Canceled, Failure, SearchAttribute, Workflow, WorkflowContext, handlers,
    model::MemoUpdate, workflow::ChildError,
};

use crate::workflow::{ChargeError, DAY, Payment, charge};

/// What a ledger refuses, and what its handlers fail with.
#[derive(PartialEq, Debug, Display, Error, From, Failure)]
pub(crate) enum LedgerError {
    #[display("less than nothing")]
    Negative,
    #[display("too much")]
    TooMuch,
    #[display("a charge failed")]
    Charge(#[failure(cause)] ActivityError<ChargeError>),
}

/// Is changed by updates, and waits for those that are not done.
#[derive(Workflow, Default)]
pub(crate) struct Ledger {
    sum: i64,
    closed: bool,
}

#[handlers]
impl Ledger {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<i64, Canceled> {
        ctx.detached().wait_until(|state| state.closed).await.ok();
        ctx.all_handlers_finished().await.ok();
        Ok(ctx.state(|state| state.sum))
    }

    #[update]
    pub(crate) fn add(&mut self, number: i64) -> Result<i64, LedgerError> {
        if number > 100 {
            return Err(LedgerError::TooMuch);
        }
        self.sum += number;
        Ok(self.sum)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a validator is lent its input"
    )]
    #[validate(add)]
    fn check_add(&self, number: &i64) -> Result<(), LedgerError> {
        if *number < 0 {
            return Err(LedgerError::Negative);
        }
        Ok(())
    }

    #[update]
    pub(crate) async fn charge_and_add(
        ctx: WorkflowContext<Self>,
        amount: u32,
    ) -> Result<i64, LedgerError> {
        let charged = ctx.activity(charge, amount).await?;
        ctx.update(|state| state.sum += i64::from(charged));
        Ok(ctx.state(|state| state.sum))
    }

    #[signal]
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }
}

/// Signals another workflow, and asks it to stop.
#[derive(Workflow, Default)]
pub(crate) struct Courier;

#[handlers]
impl Courier {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, ledger: String) -> Result<String, Canceled> {
        let ledger = ctx.external::<Ledger>(ledger);
        let signaled = ledger.close().await.is_ok();
        let canceled = ledger.cancel("not needed").await.is_ok();
        Ok(format!("{signaled} {canceled}"))
    }
}

/// Has two children, one after the other, and a third that it cancels.
#[derive(Workflow, Default)]
pub(crate) struct Purchase;

#[handlers]
impl Purchase {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        amount: u32,
    ) -> Result<u32, ChildError<ActivityError<ChargeError>>> {
        let first = ctx.child::<Payment>("first-payment").run(amount).await?;
        let second = ctx.child::<Payment>("second-payment").run(amount).await?;
        let third = ctx.child::<crate::workflow::Reminder>("reminder");
        if let Ok(third) = third.start(()).await {
            third.cancel();
            third.result().await.ok();
        }
        Ok(first + second)
    }
}

/// Takes the new way where it can.
#[derive(Workflow, Default)]
pub(crate) struct Patched;

#[handlers]
impl Patched {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        let mut ways = Vec::new();
        for patch in ["first", "second", "first"] {
            let way = if ctx.patched(patch) {
                ctx.sleep(DAY).await?;
                "new"
            } else {
                "old"
            };
            ways.push(way);
        }
        Ok(ways.join(" "))
    }
}

pub(crate) const STAGE: SearchAttribute<String> = SearchAttribute::keyword("Stage");

/// Changes what it carries and what it can be found by.
#[derive(Workflow, Default)]
pub(crate) struct Labeled;

#[handlers]
impl Labeled {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.upsert_search_attributes([STAGE.set("packed")]);
        ctx.upsert_memo([MemoUpdate::set("note", "fragile")]);
        ctx.sleep(DAY).await?;
        ctx.upsert_search_attributes([STAGE.unset()]);
        Ok(())
    }
}
