//! Ids from what callers have at hand.

use crate::model::{RequestId, WorkflowId};

#[test]
fn an_id_is_made_of_any_text() {
    let text = "order-42".to_owned();
    let borrowed = WorkflowId::from(&text);
    assert_eq!(borrowed, WorkflowId::from("order-42"));
    assert_eq!(borrowed, WorkflowId::from(text.clone()));
    assert_eq!(RequestId::from(&text).as_str(), text);
}
