//! Which way of each patch the program takes.

use super::host::ProgramHost;
use crate::{
    machine::replay::ProgramCommand,
    model::{Failure, limits},
};

impl ProgramHost {
    /// The history says that the run takes the new way of a patch.
    pub(in crate::workflow) fn handle_patch_notified(&self, patch_id: String) {
        self.notified_patches.borrow_mut().insert(patch_id);
    }

    /// Whether the run takes the new way of a patch.
    // Replay: the first answer holds, also a `false`: a later one would depend on when the program
    // left memory.
    pub(in crate::workflow) fn patched(&self, patch_id: &str, deprecated: bool) -> bool {
        if let Some(known) = self.patches.borrow().get(patch_id) {
            return *known;
        }
        if patch_id.is_empty() || patch_id.len() > limits::ID_BYTES_MAX {
            let message = format!(
                "patch id is empty or too large limit={} actual={}",
                limits::ID_BYTES_MAX,
                patch_id.len()
            );
            self.fail_workflow_task(Failure::own(message, "MalformedPatchId"));
            return true;
        }
        let is_notified = self.notified_patches.borrow().contains(patch_id);
        let takes_it = is_notified || !self.facts.get().replaying;
        self.patches
            .borrow_mut()
            .insert(patch_id.to_owned(), takes_it);
        if takes_it && !self.is_silent() {
            self.say(ProgramCommand::SetPatch {
                patch_id: patch_id.to_owned(),
                deprecated,
            });
        }
        takes_it
    }
}
