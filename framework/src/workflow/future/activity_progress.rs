//! What a running activity tells of itself, as a future of the next report.

use std::{
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::FusedFuture;
use serde::de::DeserializeOwned;

use crate::{
    model::Failure,
    workflow::{host::ProgramHost, operation::ActivityOperation},
};

/// The next report of a running activity; resolves to `None` once the activity has ended.
///
/// # Determinism
/// Reports are recorded, and replay brings them in the same workflow tasks. A report that is not a
/// `T` fails the workflow task.
///
/// # Cancellation
/// It resolves to `None` when nothing more can come of the activity, because that is canceled, say.
/// Dropping it loses no report.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ActivityProgress<T> {
    host: Rc<ProgramHost>,
    operation: Rc<ActivityOperation>,
    place: u32,
    done: bool,
    #[debug(skip)]
    value: PhantomData<fn() -> T>,
}

impl<T> ActivityProgress<T> {
    pub(in crate::workflow) fn new(
        host: Rc<ProgramHost>,
        operation: Rc<ActivityOperation>,
    ) -> Self {
        Self {
            host,
            place: operation.progress.waiters.join(),
            operation,
            done: false,
            value: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Future for ActivityProgress<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let progress = &this.operation.progress;
        let Poll::Ready(report) = progress.poll(this.place, &this.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        let report = match report.map(|report| report.decode()).transpose() {
            Ok(report) => report,
            Err(error) => {
                let activity_type = &this.operation.activity_type;
                let message = format!("progress of activity {activity_type} is malformed: {error}");
                let failure = Failure::own(message, "MalformedProgress");
                this.host.fail_workflow_task(failure);
                return Poll::Pending;
            }
        };
        this.done = true;
        Poll::Ready(report)
    }
}

impl<T: DeserializeOwned> FusedFuture for ActivityProgress<T> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<T> Drop for ActivityProgress<T> {
    fn drop(&mut self) {
        self.operation.progress.waiters.leave(self.place);
    }
}
