//! What the program says about its run.

use super::host::ProgramHost;
use crate::{
    machine::replay::ProgramCommand,
    model::{Failure, Memo, MemoUpdate, SearchAttributes},
};

impl ProgramHost {
    /// The program changes search attributes of its run.
    pub(in crate::workflow) fn upsert_search_attributes(&self, changes: SearchAttributes) {
        if changes.is_empty() || self.is_silent() {
            return;
        }
        let mut info = self.info.borrow_mut();
        info.search_attributes.apply(&changes);
        self.say(ProgramCommand::UpsertSearchAttributes(changes));
    }

    /// The program changes the memo of its run.
    pub(in crate::workflow) fn upsert_memo(&self, changes: impl IntoIterator<Item = MemoUpdate>) {
        let mut memo = Memo::default();
        for change in changes {
            let name = change.name().to_owned();
            match change.into_parts() {
                Ok((name, payload)) => memo.insert(name, payload),
                Err(error) => {
                    let message = format!("memo {name} is malformed: {error}");
                    return self.fail_workflow_task(Failure::own(message, "MalformedMemo"));
                }
            }
        }
        if memo.is_empty() || self.is_silent() {
            return;
        }
        self.info.borrow_mut().memo.apply(&memo);
        self.say(ProgramCommand::UpsertMemo(memo));
    }
}
