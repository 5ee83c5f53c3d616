//! Ids of workflows know their namespaces, and show them to nobody but the engine.

use crate::model::{EventId, Namespace, RunId, TaskToken, WorkflowExecution, WorkflowId};

fn kept(id: &WorkflowId) -> WorkflowId {
    let bytes = rmp_serde::to_vec(id).unwrap();
    rmp_serde::from_slice(&bytes).unwrap()
}

#[test]
fn what_is_kept_of_an_id_says_its_namespace_and_a_text_does_not() {
    let plain = WorkflowId::from("order-42");
    let billed = plain.clone().within(&"billing".into());
    for id in [&plain, &billed] {
        assert_eq!(kept(id), *id);
        assert_eq!(WorkflowId::from_kept(id.as_kept()), *id);
        assert_eq!(id.to_string(), "order-42");
        assert_eq!(serde_json::to_string(id).unwrap(), "\"order-42\"");
        let read: WorkflowId = serde_json::from_str("\"order-42\"").unwrap();
        assert_eq!(read, plain);
    }
    assert_eq!(format!("{plain:?}"), "\"order-42\"");
    assert_eq!(format!("{billed:?}"), "\"order-42\" in \"billing\"");
    // Stores without namespaces hold what they always held.
    assert_eq!(plain.as_kept(), "order-42");
}

#[test]
fn an_id_goes_into_a_namespace_once() {
    let (billing, audit) = (Namespace::from("billing"), Namespace::from("audit"));
    let billed = WorkflowId::from("order-42").within(&billing);
    assert_eq!(billed.clone().within(&audit), billed);
    assert_eq!(billed.clone().within(&Namespace::default()), billed);
    assert!(billed.is_in(&billing));
    assert!(!billed.is_in(&audit) && !billed.is_in(&Namespace::default()));

    let plain = WorkflowId::from("order-43");
    assert_eq!(plain.clone().within(&Namespace::default()), plain);
    assert!(plain.is_in(&Namespace::default()) && !plain.is_in(&billing));
    assert_eq!(
        plain.clone().beside(&billed),
        plain.clone().within(&billing)
    );
    assert_eq!(plain.clone().beside(&plain), plain);
}

#[test]
fn no_text_gets_into_a_namespace_by_what_it_looks_like() {
    for text in [
        "\0billing\0order-42",
        "\0\0order",
        "\0",
        "\0order",
        "",
        "a\0b\0c",
    ] {
        let id = WorkflowId::from(text);
        assert_eq!(id.as_str(), text);
        assert_eq!(id.namespace(), Namespace::default());
        assert_eq!(kept(&id), id);
        let elsewhere = id.clone().within(&"audit".into());
        assert_eq!(elsewhere.as_str(), text);
        assert_eq!(elsewhere.namespace().as_str(), "audit");
        assert_eq!(kept(&elsewhere), elsewhere);
    }
}

#[test]
fn a_task_token_leads_back_to_its_namespace() {
    let execution = WorkflowExecution {
        workflow_id: WorkflowId::from("order-42").within(&"billing".into()),
        run_id: RunId::from_u128(42),
    };
    let token = TaskToken::new(execution.clone(), EventId::new(5), 1);
    let read = TaskToken::from_bytes(&token.to_bytes()).unwrap();
    assert_eq!(read.execution(), &execution);
}

#[test]
fn a_namespace_has_a_name_that_fits_into_an_address() {
    let long = "n".repeat(100);
    for name in ["a", "billing", "EU.west-1_b", "default", long.as_str()] {
        assert!(Namespace::from(name).is_valid(), "{name}");
    }
    let too_long = "n".repeat(101);
    for name in [
        "",
        ".",
        "..",
        "a b",
        "a/b",
        "ä",
        "a\0b",
        "%20",
        too_long.as_str(),
    ] {
        assert!(!Namespace::from(name).is_valid(), "{name}");
    }
}
