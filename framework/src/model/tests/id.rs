//! Ids from what callers have at hand.

use crate::model::{RequestId, RunId, WorkflowId};

#[test]
fn an_id_is_made_of_any_text() {
    let text = "order-42".to_owned();
    let borrowed = WorkflowId::from(&text);
    assert_eq!(borrowed, WorkflowId::from("order-42"));
    assert_eq!(borrowed, WorkflowId::from(text.clone()));
    assert_eq!(RequestId::from(&text).as_str(), text);
}

#[test]
fn the_next_millisecond_is_behind_all_ids_of_this_one() {
    let milli = |millis: u128| millis << 80;
    let rest = milli(1) - 1;
    for millis in [0, 1, 1_764_000_000_000] {
        let next = RunId::from_u128(milli(millis + 1));
        for id in [milli(millis), milli(millis) + 7, milli(millis) + rest] {
            assert_eq!(RunId::from_u128(id).next_millisecond(), next);
        }
    }
    let last = RunId::from_u128(u128::MAX);
    assert_eq!(last.next_millisecond(), last);
}
