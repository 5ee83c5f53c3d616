//! What is kept in a folder is there as a whole, once, and is read again.

use std::fs;

use sempre::model::{EventAttributes, EventId, History, HistoryEvent, WorkflowExecution};

use crate::{HistoryFolder, TemporalHistory, tests::sample};

type Done = Result<(), Box<dyn std::error::Error>>;

fn history() -> History {
    let attributes = sample::every_type().into_iter();
    let started =
        attributes.filter(|it| matches!(it, EventAttributes::WorkflowExecutionStarted(_)));
    let events = started.map(|attributes| HistoryEvent {
        id: EventId::FIRST,
        time: sempre::Timestamp::from_secs(1),
        attributes,
    });
    History {
        execution: WorkflowExecution {
            workflow_id: "order".into(),
            run_id: sample::RUN,
        },
        events: events.take(1).collect(),
    }
}

#[test]
fn a_history_that_is_kept_in_a_folder_is_read_again_and_is_there_once() -> Done {
    let root = tempfile::tempdir()?;
    let folder = HistoryFolder::open(root.path().join("a/b"))?;
    for _again in 0..2 {
        folder.keep(&history())?;
        let files: Vec<_> = fs::read_dir(root.path().join("a/b"))?.flatten().collect();
        assert_eq!(files.len(), 1);
        let name = format!("{}.json", sample::RUN);
        assert_eq!(files[0].file_name(), name.as_str());
        let found = TemporalHistory::from_json(&fs::read_to_string(files[0].path())?)?;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].history().events, history().events);
    }
    fs::remove_dir_all(root.path().join("a/b"))?;
    assert!(folder.keep(&history()).is_err());
    Ok(())
}
