//! The machine's clock.

use std::time::SystemTime;

use futures::{FutureExt as _, future::BoxFuture};

use crate::{clock::Clock, model::Timestamp};

/// The machine's clock; sleeping needs a tokio runtime, which every thread of an engine has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        let clock = *self;
        async move {
            // The machine's clock may be set back meanwhile.
            while let remaining = deadline.since(clock.now())
                && !remaining.is_zero()
            {
                tokio::time::sleep(remaining).await;
            }
        }
        .boxed()
    }
}
