//! Which patches the runs of a store have, and which runs may still need the old way.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    actor::Refusal,
    client::{
        ListRunsError,
        directory::{self, RunDirectory, RunEntries, Search},
    },
    model::{CHANGE_VERSION, SearchAttributeValue, WorkflowType},
    storage::RunEntry,
    visibility::Sieve,
};

/// How the runs of a workflow stand to a patch of its code.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PatchUse {
    /// The patch, as [`patched`](crate::WorkflowContext::patched) names it.
    pub patch_id: String,
    /// The workflow.
    pub workflow_type: WorkflowType,
    /// Open runs that have taken the new way: they need
    /// [`patched`](crate::WorkflowContext::patched) or
    /// [`deprecate_patch`](crate::WorkflowContext::deprecate_patch) in the code.
    pub new_way: u64,
    /// Open runs that have not: each may need the old way, or not have come to the patch yet.
    pub old_way: u64,
}

/// Looks for the patches that runs have.
pub(crate) async fn find_patches(
    directory: &dyn RunDirectory,
) -> Result<Vec<PatchUse>, ListRunsError> {
    let search = Search::by(Sieve::of_patches());
    Ok(directory::look(directory, search, find).await?)
}

/// The runs of a workflow, as far as patches go.
#[derive(Default)]
struct OfWorkflow {
    open: u64,
    /// Open runs by patch; also patches that only closed runs have.
    patched: BTreeMap<String, u64>,
}

fn find(entries: RunEntries<'_>) -> Result<Vec<PatchUse>, Refusal> {
    let mut workflows: BTreeMap<WorkflowType, OfWorkflow> = BTreeMap::new();
    for entry in entries {
        let entry = entry?;
        let is_open = entry.status.is_open();
        let patches = patches(&entry);
        if !is_open && patches.is_empty() {
            continue;
        }
        let of_workflow = workflows.entry(entry.workflow_type.clone()).or_default();
        of_workflow.open += u64::from(is_open);
        for patch in patches {
            *of_workflow.patched.entry(patch.to_owned()).or_default() += u64::from(is_open);
        }
    }
    let uses = workflows.into_iter().flat_map(|(workflow_type, runs)| {
        let patched = runs.patched.into_iter();
        patched.map(move |(patch_id, new_way)| PatchUse {
            patch_id,
            workflow_type: workflow_type.clone(),
            new_way,
            old_way: runs.open - new_way,
        })
    });
    Ok(uses.collect())
}

fn patches(entry: &RunEntry) -> BTreeSet<&str> {
    let details = entry.details.as_ref();
    match details.and_then(|it| it.search_attributes.get(CHANGE_VERSION)) {
        Some(SearchAttributeValue::KeywordList(patches)) => {
            patches.iter().map(String::as_str).collect()
        }
        _ => BTreeSet::new(),
    }
}
