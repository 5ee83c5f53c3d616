//! The command line, against a store and against files.

use std::{fs, path::Path};

use clap::Parser as _;
use expect_test::expect;
use sempre::{
    model::{
        EventId, ExecutionStatus, HistoryEvent, Lineage, RecordNumber, RunId, Timestamp,
        Transition, Wake, WorkflowExecution, event::workflow_execution as execution,
    },
    storage::{CommitPart, IndexChange, RunEntry, SledOptions, SledStore, WriteStore as _, record},
};
use tempfile::TempDir;

use crate::{
    TemporalHistory,
    cli::{Arguments, CommandError, Outcome, run},
};

const RUN: RunId = RunId::from_u128(0x0195_0000_0000_7000_8000_0000_0000_002a);

/// Runs a command; what it wrote is without colors.
fn call(arguments: &[&str]) -> Result<(Outcome, String), CommandError> {
    let arguments = [&["sempre-temporal"], arguments].concat();
    let mut out = anstream::StripStream::new(Vec::new());
    let outcome = run(&Arguments::parse_from(arguments), &mut out)?;
    Ok((outcome, String::from_utf8(out.into_inner()).unwrap()))
}

/// A folder with a store of one open run.
fn store() -> TempDir {
    let folder = TempDir::new().unwrap();
    let store = SledStore::open(folder.path(), SledOptions::default()).unwrap();
    let started = execution::Started {
        workflow_id: "order-42".into(),
        workflow_type: "Fulfilment".into(),
        lineage: Box::new(Lineage::first_run(RUN)),
        ..Default::default()
    };
    let signaled = execution::Signaled {
        signal_name: "approve\u{1b}[2J".into(),
        ..Default::default()
    };
    let at = Timestamp::from_secs(1_767_225_600);
    let events = (1..).zip([started.into(), signaled.into()]);
    let events = events.map(|(id, attributes)| HistoryEvent {
        id: EventId::new(id),
        time: at,
        attributes,
    });
    let transition = Transition {
        at,
        entries: events.map(Into::into).collect(),
        wake: Wake::default(),
    };
    let number = RecordNumber::new(1);
    let entry = RunEntry {
        execution: WorkflowExecution {
            workflow_id: "order-42".into(),
            run_id: RUN,
        },
        workflow_type: "Fulfilment".into(),
        status: ExecutionStatus::Running,
        started_at: at,
        ..RunEntry::default()
    };
    let part = CommitPart {
        run_id: RUN,
        number,
        record: record::encode(RUN, number, &transition),
        index: Some(IndexChange::Opened(Box::new(entry))),
    };
    store.commit(&[part.into()]).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_timeline_has_a_line_per_event_and_nothing_a_terminal_acts_on() {
    let store = store();
    let (outcome, shown) = call(&["show", text(store.path()), "order-42"]).unwrap();
    assert_eq!(outcome, Outcome::Fine);
    expect![[r#"
        order-42  run=01950000-0000-7000-8000-00000000002a
            1       +0.000s  WorkflowExecutionStarted          Fulfilment
            2       +0.000s  WorkflowExecutionSignaled         approve\u{1b}[2J
        open events=2 started=2026-01-01T00:00:00.000Z
    "#]]
    .assert_eq(&shown);
}

#[test]
fn the_open_runs_of_a_store_are_listed() {
    let store = store();
    let (_, shown) = call(&["show", text(store.path())]).unwrap();
    expect![[r#"
        order-42  Fulfilment  run=01950000-0000-7000-8000-00000000002a started=2026-01-01T00:00:00.000Z
        open=1; a closed run is shown by its id
    "#]].assert_eq(&shown);
}

#[test]
fn what_is_exported_is_imported_and_shown_as_the_same_json() {
    let store = store();
    let file = store.path().join("order.json");
    let run_id = RUN.to_string();
    let export = [
        "export",
        text(store.path()),
        "--run",
        &run_id,
        "-o",
        text(&file),
    ];
    call(&export).unwrap();
    let exported = fs::read_to_string(&file).unwrap();
    assert_eq!(TemporalHistory::from_json(&exported).unwrap().len(), 1);

    let (_, shown) = call(&["show", text(store.path()), "order-42", "--json"]).unwrap();
    assert_eq!(shown, exported);
    let (_, shown) = call(&["show", text(&file), "--json"]).unwrap();
    assert_eq!(shown, exported);
    let (outcome, report) = call(&["import", text(&file)]).unwrap();
    assert_eq!(outcome, Outcome::Fine);
    assert!(report.ends_with("imported=1 refused=0\n"), "{report}");
}

#[test]
fn a_bad_file_is_reported_and_the_next_one_is_read() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    fs::write(path("bad.json"), "{").unwrap();
    let good = r#"{"events": [{
        "eventId": "1", "eventTime": "2026-01-01T00:00:00Z",
        "eventType": "WorkflowExecutionStarted",
        "workflowExecutionStartedEventAttributes": {"workflowType": {"name": "Hello"}}
    }]}"#;
    fs::write(path("good.json"), good).unwrap();
    let files = [path("missing.json"), path("bad.json"), path("good.json")];
    let [missing, bad, good] = &files;
    let (outcome, report) = call(&["import", missing, bad, good]).unwrap();
    assert_eq!(outcome, Outcome::Refused);
    let report = report.replace(text(folder.path()), "…");
    expect![[r#"
        error  …/missing.json: cannot be read: No such file or directory (os error 2)
        error  …/bad.json: file is truncated: line=1 column=1
        ok     …/good.json: Hello events=1
        imported=1 refused=2
    "#]]
    .assert_eq(&report);
}

#[test]
fn what_is_not_there_is_not_made() {
    let folder = TempDir::new().unwrap();
    let refused = call(&["show", text(folder.path()), "order-42"]).unwrap_err();
    assert!(matches!(refused, CommandError::NoStore { .. }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let store = store();
    let refused = call(&["show", text(store.path()), "order-43"]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there is no such workflow: workflow_id=order-43"
    );
    let run_id = RUN.to_string();
    let refused = call(&["show", text(store.path()), "order-43", "--run", &run_id]).unwrap_err();
    assert!(matches!(refused, CommandError::NoRun { run_id: RUN }));
    let refused = call(&["export", text(store.path())]).unwrap_err();
    assert!(matches!(refused, CommandError::NothingMeant));
}
