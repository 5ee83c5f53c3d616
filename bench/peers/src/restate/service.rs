//! The service that the server calls.

use std::{sync::Arc, time::Duration};

use restate_sdk::prelude::*;

use crate::arrivals::{Arrivals, nanos_now};

/// What does the work, by either kind of step.
#[derive(Clone, Debug)]
pub(super) struct Bench {
    seen: Arc<Arrivals>,
}

/// What is called as an activity.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    seen: Arc<Arrivals>,
}

impl Bench {
    pub(super) fn new(seen: Arc<Arrivals>) -> Self {
        Self { seen }
    }
}

impl Activity {
    pub(super) fn new(seen: Arc<Arrivals>) -> Self {
        Self { seen }
    }
}

#[service]
impl Activity {
    #[expect(clippy::unused_async, reason = "handlers are")]
    #[handler]
    async fn nothing(&self, _ctx: Context<'_>, number: u64) -> HandlerResult<u64> {
        self.seen.note();
        Ok(number)
    }

    #[expect(clippy::unused_async, reason = "handlers are")]
    #[handler]
    async fn ring(&self, _ctx: Context<'_>, due_nanos: u64) -> HandlerResult<u64> {
        self.seen.note_due(due_nanos);
        Ok(due_nanos)
    }
}

#[service]
impl Bench {
    #[handler]
    async fn run_steps(&self, ctx: Context<'_>, steps: u64) -> HandlerResult<u64> {
        for step in 0..steps {
            let seen = Arc::clone(&self.seen);
            ctx.run(move || async move {
                seen.note();
                Ok(step)
            })
            .await?;
        }
        Ok(steps)
    }

    #[handler]
    async fn call_steps(&self, ctx: Context<'_>, steps: u64) -> HandlerResult<u64> {
        for step in 0..steps {
            ctx.service_client::<ActivityClient>()
                .nothing(step)
                .call()
                .await?;
        }
        Ok(steps)
    }

    #[handler]
    async fn call_fan_out(&self, ctx: Context<'_>, width: u64) -> HandlerResult<u64> {
        let calls = (0..width).map(|number| {
            ctx.service_client::<ActivityClient>()
                .nothing(number)
                .call()
        });
        // They have all begun; each is waited for in turn.
        for call in calls.collect::<Vec<_>>() {
            call.await?;
        }
        Ok(width)
    }

    #[handler]
    async fn run_alarm(&self, ctx: Context<'_>, due_nanos: u64) -> HandlerResult<u64> {
        sleep_until(&ctx, due_nanos).await?;
        let seen = Arc::clone(&self.seen);
        ctx.run(move || async move {
            seen.note_due(due_nanos);
            Ok(due_nanos)
        })
        .await?;
        Ok(due_nanos)
    }

    #[handler]
    async fn call_alarm(&self, ctx: Context<'_>, due_nanos: u64) -> HandlerResult<u64> {
        sleep_until(&ctx, due_nanos).await?;
        ctx.service_client::<ActivityClient>()
            .ring(due_nanos)
            .call()
            .await?;
        Ok(due_nanos)
    }
}

/// Sleeps until a moment of the calendar, which the journal remembers.
async fn sleep_until(ctx: &Context<'_>, due_nanos: u64) -> HandlerResult<()> {
    let now: u64 = ctx.run(|| async { Ok(nanos_now()) }).await?;
    ctx.sleep(Duration::from_nanos(due_nanos.saturating_sub(now)))
        .await?;
    Ok(())
}
