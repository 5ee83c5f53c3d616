//! Stories of patches: what the code that came second says to the history that a server wrote.
//!
//! Two codes of one type never run in one test environment, so these stories are not told anew: the
//! second code is told what was recorded, and has to fit where the server's library fitted.

use std::{convert::Infallible, time::Duration};

use sempre::{
    ActivityError, Canceled, Failure, Workflow, WorkflowContext, activity, handlers,
    model::Codecs,
    testing::replay::{Comparison, check_recorded},
    workflow::{ProgramFactory, WorkflowHandlers},
};

use crate::story::history_of;

#[activity(start_to_close = "5s")]
async fn old(name: String) -> String {
    format!("old {name}")
}

#[activity(start_to_close = "5s")]
async fn new(name: String) -> String {
    format!("new {name}")
}

#[derive(Debug, Failure, derive_more::Display, derive_more::Error)]
#[display("ended")]
struct Ended;

impl From<ActivityError<Infallible>> for Ended {
    fn from(_: ActivityError<Infallible>) -> Self {
        Self
    }
}

impl From<Canceled> for Ended {
    fn from(_: Canceled) -> Self {
        Self
    }
}

type Version = Result<String, Ended>;

macro_rules! code {
    ($name:ident, |$ctx:ident| $body:expr) => {
        #[derive(Workflow, Default)]
        #[workflow(name = "P")]
        struct $name {
            goes: bool,
        }

        #[handlers]
        impl $name {
            #[run]
            async fn run($ctx: WorkflowContext<Self>) -> Version {
                $body
            }

            #[signal]
            fn go(&mut self) {
                self.goes = true;
            }
        }
    };
}

code!(Patched, |ctx| {
    let version = if ctx.patched("p1") {
        ctx.activity(new, "a".into()).await?;
        "v2"
    } else {
        ctx.activity(old, "a".into()).await?;
        "v1"
    };
    ctx.wait_until(|it| it.goes).await?;
    Ok(version.into())
});

code!(Deprecated, |ctx| {
    ctx.deprecate_patch("p1");
    ctx.activity(new, "a".into()).await?;
    ctx.wait_until(|it| it.goes).await?;
    Ok("v2".into())
});

code!(Removed, |ctx| {
    ctx.activity(new, "a".into()).await?;
    ctx.wait_until(|it| it.goes).await?;
    Ok("v3".into())
});

code!(Late, |ctx| {
    ctx.activity(old, "a".into()).await?;
    ctx.wait_until(|it| it.goes).await?;
    if ctx.patched("p2") {
        ctx.activity(new, "b".into()).await?;
        return Ok("late".into());
    }
    Ok("v1".into())
});

code!(Loop, |ctx| {
    let mut patched = 0;
    for _ in 0..2 {
        patched += u32::from(ctx.patched("loop"));
        ctx.sleep(Duration::from_millis(100)).await?;
    }
    Ok(patched.to_string())
});

/// Whether the code fits what the server wrote.
#[track_caller]
#[expect(
    clippy::expect_used,
    reason = "the body of tests, which fail by panicking"
)]
fn fits<W: WorkflowHandlers>(story: &str, expected: Result<(), &str>) {
    let Some(history) = history_of(&format!("patches/{story}"), "run") else {
        return;
    };
    let code = ProgramFactory::of::<W>(Codecs::NONE);
    let told = check_recorded(&history, &code, Comparison::Kinds);
    match expected {
        Ok(()) => {
            told.expect(story);
        }
        Err(part) => {
            let report = told.expect_err(story).to_string();
            assert!(report.contains(part), "{story}: {report}");
        }
    }
}

#[test]
fn code_that_was_patched_under_a_run_takes_the_old_way() {
    fits::<Patched>("old_then_patched", Ok(()));
}

#[test]
fn code_that_is_patched_behind_where_the_run_was_takes_the_new_way() {
    fits::<Late>("old_then_late", Ok(()));
}

#[test]
fn a_patch_that_was_taken_may_be_deprecated() {
    fits::<Deprecated>("patched_then_deprecated", Ok(()));
    fits::<Deprecated>("deprecated_new", Ok(()));
}

#[test]
fn a_deprecated_patch_may_be_removed() {
    fits::<Removed>("deprecated_then_removed", Ok(()));
}

#[test]
fn a_patch_that_was_taken_may_not_be_removed() {
    fits::<Removed>("patched_then_removed", Err("patch_id=p1"));
}

#[test]
fn a_patch_may_not_be_deprecated_while_runs_need_the_old_way() {
    fits::<Deprecated>("old_then_deprecated", Err("activity_type old -> new"));
}

#[test]
fn a_patch_in_a_loop_is_recorded_once() {
    fits::<Loop>("loop", Ok(()));
}
