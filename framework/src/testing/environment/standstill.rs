//! A test that waits for a result although nothing is left that could bring it.
//!
//! The skipper notices that the engine is at rest without a deadline. The test may still act, say
//! from a thread of its own, so it is given a moment before it is told.

use std::{fmt::Write as _, task::Poll, time::Duration};

use crate::{
    actor::{Description, Target},
    client::WorkflowService,
    testing::environment::{TestEnvironment, skipper::TimeSkipper},
};

/// The time of the machine that a test is given to act by itself.
///
/// A test that passes acts at once, so it never takes so long.
const GRACE: Duration = Duration::from_secs(2);

impl TimeSkipper {
    /// Completes when the engine has had nothing to do, and no deadline, for a moment of the
    /// machine's time, while the test waits for a result.
    async fn stands_still(&self) {
        loop {
            let began = std::future::poll_fn(|cx| {
                self.watch(cx.waker());
                self.standstill().map_or(Poll::Pending, Poll::Ready)
            })
            .await;
            let over = std::future::poll_fn(|cx| {
                self.watch(cx.waker());
                if self.standstill() == Some(began) {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            });
            if tokio::time::timeout(GRACE, over).await.is_err() {
                return;
            }
        }
    }
}

impl TestEnvironment {
    /// Completes when the test waits for results that cannot come any more; says which they are.
    pub(crate) async fn stands_still(&self) -> String {
        self.host.skipper.stands_still().await;
        self.awaited().await
    }

    /// A line for each result that the test waits for, with how its run stands.
    pub(crate) async fn awaited(&self) -> String {
        let mut lines = String::new();
        let service = self.try_engine().await.map(|engine| engine.service());
        for target in self.host.skipper.awaited() {
            // Text takes all that is written.
            let _ = write!(lines, "\n  {}: ", target.workflow_id);
            let _ = match &service {
                Ok(service) => write!(lines, "{}", standing(&**service, target).await),
                Err(error) => write!(lines, "{error}"),
            };
        }
        lines
    }
}

/// How the run of a result stands.
async fn standing(service: &dyn WorkflowService, target: Target) -> String {
    match service.describe(target).await {
        Ok(description) => in_words(&description),
        Err(refusal) => format!("cannot be described: {refusal}"),
    }
}

fn in_words(description: &Description) -> String {
    let Description { state, problems } = description;
    let activities: Vec<_> = state
        .pending_activities()
        .map(|activity| {
            let kind = &activity.scheduled.activity_type;
            format!("activity {kind} (attempt {})", activity.attempt)
        })
        .collect();
    let children: Vec<_> = state
        .pending_children()
        .map(|child| {
            let workflow_id = &child.execution.workflow_id;
            format!("child {} workflow_id={workflow_id}", child.workflow_type)
        })
        .collect();
    let timers = state.pending_timers().count();
    let mut words = if !state.status().is_open() {
        format!("is closed, status={}", state.status())
    } else if !activities.is_empty() {
        format!("waits for {}", activities.join(", "))
    } else if !children.is_empty() {
        format!("waits for {}", children.join(", "))
    } else if timers > 0 {
        format!("waits for timers, pending={timers}")
    } else {
        "waits for a signal or for a condition of its state; no activity and no timer is pending"
            .to_owned()
    };
    for problem in problems {
        let _ = write!(words, "; {problem}");
    }
    words
}
