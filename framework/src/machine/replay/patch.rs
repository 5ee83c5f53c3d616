//! Patches: changes of code that runs under way do not follow.
//!
//! A program asks whether it is to take the new way of a patch. In a replay the history decides,
//! else it is; the first answer in a run holds for all of it. Who takes the new way says so in a
//! marker, and in the search attribute that lists the patches of the run, both as Temporal's SDKs
//! write them.
//!
//! | the history has, at this point | the program asks for the patch | it does not |
//! |---|---|---|
//! | the marker | the same patch: it fits, whether deprecated here or there or not | the code does not match its history |
//! | the marker, deprecated | the same | marker and attribute are passed over |
//! | something else | what the program said of the patch is dropped | as ever |
//! | nothing yet | marker and attribute are what it asks for | as ever |

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    machine::replay::marker::MarkerKind,
    model::{
        CHANGE_VERSION, Command, EventAttributes, Payload, RecordMarker, SearchAttributeUpdate,
        SearchAttributeValue, SearchAttributes, limits,
    },
};

/// Markers of patches, as Temporal's.
const MARKER: MarkerKind = MarkerKind {
    name: "core_patch",
    key: "patch-data",
};

/// What the marker of a patch says.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PatchMarker {
    /// Which patch it is.
    pub(crate) id: String,
    /// Whether the code that wrote it has no other way any more.
    pub(crate) deprecated: bool,
}

impl PatchMarker {
    /// What an event says of a patch, if it is the marker of one.
    pub(crate) fn in_event(attributes: &EventAttributes) -> Option<Self> {
        MARKER.in_event(attributes)
    }

    /// What a command says of a patch, if it is the marker of one.
    pub(crate) fn in_command(command: &Command) -> Option<Self> {
        MARKER.in_command(command)
    }

    /// The marker that says this.
    pub(super) fn to_command(&self) -> Command {
        // Invariant: a text and a flag can be written.
        let said = Payload::encode(self).unwrap_or_default();
        Command::RecordMarker(RecordMarker {
            marker_name: MARKER.name.to_owned(),
            details: [(MARKER.key.to_owned(), said.into())].into(),
            failure: None,
            user_metadata: None,
        })
    }
}

/// Whether an event changes the list of patches, and nothing else.
pub(crate) fn lists_patches(attributes: &EventAttributes) -> bool {
    match attributes {
        EventAttributes::UpsertWorkflowSearchAttributes(it) => {
            let changed = &it.search_attributes;
            changed.len() == 1 && changed.payload(CHANGE_VERSION).is_some()
        }
        _ => false,
    }
}

/// The patches of a run whose new way it takes.
#[derive(Default, Debug)]
pub(super) struct Patches {
    taken: BTreeSet<String>,
    /// Those that events of the workflow task under way name and the program has not come to, in their
    /// order: no list that stands before such an event has its patch.
    ahead: VecDeque<String>,
}

impl Patches {
    /// Takes note of a patch that the program asks for, and of all that history has before it.
    pub(super) fn add(&mut self, patch_id: &str) {
        let place = self.ahead.iter().position(|ahead| ahead == patch_id);
        let passed = place.map_or(0, |place| place + 1);
        self.taken.extend(self.ahead.drain(..passed));
        if !self.taken.contains(patch_id) {
            self.taken.insert(patch_id.to_owned());
        }
    }

    /// Takes note of a patch that an event names which is still to come.
    pub(super) fn look_ahead(&mut self, patch_id: &str) {
        self.ahead.push_back(patch_id.to_owned());
    }

    /// Takes note that the events of a workflow task are over.
    pub(super) fn pass(&mut self) {
        self.taken.extend(self.ahead.drain(..));
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.taken.is_empty() || !self.ahead.is_empty()
    }

    /// The list of them, as a change of search attributes; `None` if it has grown too long to be one.
    // Replay: the limit stands in old histories; a change of it takes an engine flag.
    pub(super) fn to_command(&self) -> Option<Command> {
        let list = SearchAttributeValue::KeywordList(self.taken.iter().cloned().collect());
        if list.to_payload().data.len() > limits::SEARCH_ATTRIBUTE_BYTES_MAX {
            return None;
        }
        let changed: SearchAttributes = [SearchAttributeUpdate::new(CHANGE_VERSION, &list)]
            .into_iter()
            .collect();
        Some(Command::UpsertWorkflowSearchAttributes {
            search_attributes: changed,
        })
    }
}
