//! Finding programs by their workflow type and version.

use super::fixture::workflow;
use crate::{
    definition::Workflow,
    model::{WorkflowType, WorkflowVersion},
    workflow::{MessageNames, WorkflowRegistry},
};

workflow!(One, |_ctx| { Ok(String::new()) });
workflow!(Two, |_ctx| { Ok(String::new()) });

#[test]
fn a_registered_workflow_is_found_by_its_type() {
    let mut registry = WorkflowRegistry::default();
    assert!(!registry.register::<Two>());
    assert!(!registry.contains::<One>());
    assert!(!registry.register::<One>());
    assert!(registry.contains::<One>());
    assert!(registry.register::<One>(), "it was there already");
    assert!(registry.find(&"One".into(), None).is_some());
    assert!(registry.find(&"Three".into(), None).is_none());
    let types: Vec<&str> = registry.types().map(WorkflowType::as_str).collect();
    assert_eq!(types, ["One", "Two"]);
}

#[test]
fn code_that_states_no_version_is_the_first() {
    let mut registry = WorkflowRegistry::default();
    registry.register::<One>();
    assert_eq!(One::VERSION, None);
    let version = |number| Some(WorkflowVersion::new(number));
    assert!(registry.find(&"One".into(), version(1)).is_some());
    assert!(registry.find(&"One".into(), version(2)).is_none());
}

#[test]
fn all_code_is_listed_with_its_messages() {
    let mut registry = WorkflowRegistry::default();
    registry.register::<Two>();
    registry.register::<One>();
    let codes = registry.codes();
    let codes: Vec<_> = codes
        .map(|(workflow_type, version, code)| {
            let MessageNames {
                signals, updates, ..
            } = (code.messages)();
            assert_eq!(signals, ["approve", "note", "greet", "panic"]);
            assert!(updates.is_empty());
            (workflow_type.as_str(), version.get())
        })
        .collect();
    assert_eq!(codes, [("One", 1), ("Two", 1)]);
}
