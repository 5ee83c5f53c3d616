//! Finding programs by their workflow type.

use super::fixture::workflow;
use crate::{model::WorkflowType, workflow::WorkflowRegistry};

workflow!(One, |_ctx| { Ok(String::new()) });
workflow!(Two, |_ctx| { Ok(String::new()) });

#[test]
fn a_registered_workflow_is_found_by_its_type() {
    let mut registry = WorkflowRegistry::default();
    assert!(!registry.register::<Two>());
    assert!(!registry.register::<One>());
    assert!(registry.register::<One>(), "it was there already");
    assert!(registry.find(&"One".into()).is_some());
    assert!(registry.find(&"Three".into()).is_none());
    let types: Vec<&str> = registry.types().map(WorkflowType::as_str).collect();
    assert_eq!(types, ["One", "Two"]);
}
