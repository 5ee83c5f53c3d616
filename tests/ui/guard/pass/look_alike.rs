//! What is called like something that is refused, and is something else.
#![deny(warnings)]

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, SystemTime},
};

use sempre::{Workflow, WorkflowContext, handlers, workflow::combinator::select};

/// The shop's own.
#[derive(Clone, Copy, Default)]
pub struct Instant(u64);

impl Instant {
    fn now() -> Self {
        Self(7)
    }

    fn elapsed(self) -> u64 {
        self.0
    }
}

mod env {
    pub(super) mod var {
        pub(in super::super) fn name() -> &'static str {
            "REGION"
        }
    }
}

fn random(seed: u64) -> u64 {
    seed
}

struct Clock;

impl Clock {
    fn now(&self) -> Instant {
        crate::Instant::now()
    }
}

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> u64 {
        // A path of the crate's own.
        let begun = crate::Instant::now();
        // An import of the crate's own.
        {
            use crate::Instant;
            assert_eq!(Instant::now().elapsed(), Clock.now().elapsed());
        }
        // Methods of these names.
        let _ = (ctx.now(), ctx.random(), Clock.now());
        // A function of this name that takes something, and variables.
        let (sleep, spawn, thread_rng) = (random(1), random(2), || 3);
        // Data about the network and of time, and constants.
        let _ = (IpAddr::V4(Ipv4Addr::LOCALHOST), SystemTime::UNIX_EPOCH);
        let pause = std::time::Duration::from_secs(sleep);
        // The macros that go by order.
        select! {
            _ = ctx.sleep(pause) => {}
            _ = ctx.sleep(Duration::ZERO) => {}
        }
        // Names in texts, and the build's environment.
        let _ = (
            "std::env::args()",
            env!("CARGO_PKG_NAME"),
            self::env::var::name(),
        );
        let _ = ctx.sleep(pause).await.is_ok();
        begun.elapsed() + spawn + thread_rng()
    }
}

fn main() {
    let _ = sempre::Engine::open("never").workflow::<Order>();
}
