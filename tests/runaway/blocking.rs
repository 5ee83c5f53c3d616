//! Attempts of other runs that are on threads apart, when their shard's thread is given up: they go
//! on, once, and count.

use std::{
    convert::Infallible,
    error::Error,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use sempre::{
    ActivityError, Canceled, Engine, Workflow, WorkflowContext, activity, handlers,
    model::RetryPolicy, storage::MemoryStore,
};

/// Whether [`Stuck`] still loops.
static LOOPS: AtomicBool = AtomicBool::new(true);

/// Whether the attempts may return, and who waits for that.
static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// The attempts that have begun.
static BEGUN: AtomicU32 = AtomicU32::new(0);

fn open_gate(open: bool) {
    *GATE.0.lock().unwrap_or_else(PoisonError::into_inner) = open;
    GATE.1.notify_all();
}

#[activity(start_to_close = "1h")]
fn work() -> u32 {
    wait_at_gate()
}

/// The same as an async activity, which should not do that.
#[activity(start_to_close = "1h")]
async fn work_async() -> u32 {
    wait_at_gate()
}

fn wait_at_gate() -> u32 {
    let begun = BEGUN.fetch_add(1, Ordering::SeqCst) + 1;
    let gate = GATE.0.lock().unwrap_or_else(PoisonError::into_inner);
    drop(GATE.1.wait_while(gate, |open| !*open));
    begun
}

#[derive(Workflow, Default)]
struct Worker;

#[handlers]
impl Worker {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        is_async: bool,
    ) -> Result<u32, ActivityError<Infallible>> {
        let once = RetryPolicy::default().max_attempts(1);
        if is_async {
            ctx.activity(work_async, ()).retry(once).await
        } else {
            ctx.activity(work, ()).retry(once).await
        }
    }
}

/// Does not return, and may let the attempts return meanwhile.
#[derive(Workflow, Default)]
struct Stuck;

#[handlers]
impl Stuck {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>, opens: bool) -> Result<(), Canceled> {
        if opens {
            open_gate(true);
        }
        while LOOPS.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        Ok(())
    }
}

#[actix::test]
async fn blocking_attempts_go_on_when_their_thread_is_given_up() -> Result<(), Box<dyn Error>> {
    for (is_async, ends_while_stuck) in [(false, false), (false, true), (true, false), (true, true)]
    {
        LOOPS.store(true, Ordering::SeqCst);
        open_gate(false);
        let begun = BEGUN.load(Ordering::SeqCst);
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .threads(1)
            .workflow_task_budget(Duration::from_millis(300))
            .workflow::<Worker>()
            .workflow::<Stuck>()
            .activities(work)
            .activities(work_async)
            .start()
            .await?;
        let worker = engine.workflow::<Worker>("worker").start(is_async).await?;
        // Bound: the attempt begins, or the harness ends the test.
        while BEGUN.load(Ordering::SeqCst) == begun {
            tokio::task::yield_now().await;
        }
        let stuck = engine.workflow::<Stuck>("stuck");
        let lost = stuck.start(ends_while_stuck).await.unwrap_err();
        assert!(lost.to_string().contains("thread was lost"), "{lost}");
        if !ends_while_stuck {
            let described = worker.describe().await?;
            let activity = described.activities.first().ok_or("it is pending")?;
            assert!(activity.started_at.is_some(), "it is not begun anew");
            open_gate(true);
        }
        assert_eq!(
            worker.result().await?,
            begun + 1,
            "the first attempt counts"
        );
        assert_eq!(BEGUN.load(Ordering::SeqCst), begun + 1, "there was one");
        LOOPS.store(false, Ordering::SeqCst);
        engine.shutdown().await;
    }
    Ok(())
}
