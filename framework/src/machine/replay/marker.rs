//! What markers say of which the program side knows more than the name.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::model::{Command, EventAttributes, Payloads};

/// Which markers, and under which key of their details they say what they say.
#[derive(Clone, Copy, Debug)]
pub(super) struct MarkerKind {
    pub(super) name: &'static str,
    pub(super) key: &'static str,
}

impl MarkerKind {
    /// What an event says, if it is such a marker.
    pub(super) fn in_event<T: DeserializeOwned>(self, attributes: &EventAttributes) -> Option<T> {
        match attributes {
            EventAttributes::MarkerRecorded(it) => self.read(&it.marker_name, &it.details),
            _ => None,
        }
    }

    /// What a command says, if it is such a marker.
    pub(super) fn in_command<T: DeserializeOwned>(self, command: &Command) -> Option<T> {
        match command {
            Command::RecordMarker(it) => self.read(&it.marker_name, &it.details),
            _ => None,
        }
    }

    fn read<T: DeserializeOwned>(
        self,
        marker_name: &str,
        details: &BTreeMap<String, Payloads>,
    ) -> Option<T> {
        if marker_name != self.name {
            return None;
        }
        details.get(self.key)?.decode().ok()
    }
}
