//! A clock that is ahead, so that what is due later is due now.

use std::time::Duration;

use futures::future::BoxFuture;
use sempre::{
    clock::{Clock, Reading},
    runtime::SystemClock,
};

/// The machine's clock, but ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead(pub(super) Duration);

impl Clock for Ahead {
    fn read(&self) -> Reading {
        let now = SystemClock.read();
        Reading {
            wall: now.wall.after(self.0),
            ..now
        }
    }

    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        SystemClock.sleep_until(Reading {
            wall: deadline.wall.before(self.0),
            ..deadline
        })
    }
}
