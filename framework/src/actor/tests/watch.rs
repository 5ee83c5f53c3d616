//! The watch over a thread knows whether user code runs, whatever becomes of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{
    actor::{ThreadWatch, UserCode, WatchBell, Watched},
    model::{RunId, WorkflowId, WorkflowType},
};

fn watched() -> Watched {
    Watched {
        code: UserCode::WorkflowTask,
        workflow_id: WorkflowId::new("order"),
        run_id: RunId::from_u128(1),
        workflow_type: WorkflowType::new("Order"),
        started: None,
    }
}

#[test]
fn code_that_ends_in_a_panic_is_not_watched_any_more() {
    let watch = ThreadWatch::new(Arc::<WatchBell>::default());
    let is_running = || !watch.generation().is_multiple_of(2);
    for panics in [false, true, false, true, true] {
        let before = watch.generation();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let _watching = watch.begin(watched());
            assert!(is_running());
            assert!(!panics, "as the test wants it");
        }));
        assert_eq!(ended.is_err(), panics);
        assert!(!is_running());
        assert_eq!(watch.generation(), before + 2);
    }
}

#[test]
fn a_shard_is_given_up_once() {
    let watch = ThreadWatch::new(Arc::<WatchBell>::default());
    assert_eq!(watch.broken(), None);
    assert!(watch.give_up("first".into()));
    assert!(!watch.give_up("second".into()));
    assert_eq!(watch.broken(), Some("first"));
}
