//! From commands about memo, search attributes and markers to the events they become.

use crate::{
    machine::execution::{
        check,
        command::{Fault, Preparation},
        property,
    },
    model::{
        CHANGE_VERSION, Memo, RecordMarker, SearchAttributes, event::property as event, limits,
    },
};

impl Preparation<'_> {
    pub(super) fn record_marker(
        &mut self,
        marker: RecordMarker,
    ) -> Result<event::MarkerRecorded, Fault> {
        check::name("marker name", &marker.marker_name)?;
        let recorded = event::MarkerRecorded {
            marker_name: marker.marker_name,
            details: marker.details,
            workflow_task_completed_event_id: self.completed_event_id,
            failure: marker.failure,
            user_metadata: marker.user_metadata,
        };
        property::check_attribute(recorded.user_metadata.as_deref())?;
        if let Some(failure) = &recorded.failure {
            check::failure("failure of a marker", failure)?;
        }
        check::bytes("marker", recorded.size(), limits::PAYLOAD_BYTES_MAX)?;
        self.check_control(&recorded)?;
        Ok(recorded)
    }

    pub(super) fn upsert_search_attributes(
        &mut self,
        search_attributes: SearchAttributes,
    ) -> Result<event::SearchAttributesUpserted, Fault> {
        let mut changed = self.search_attributes().clone();
        changed.apply(&search_attributes);
        property::check_search_attributes(self.schema, &search_attributes, &changed)?;
        self.search_attributes = Some(changed);
        Ok(event::SearchAttributesUpserted {
            workflow_task_completed_event_id: self.completed_event_id,
            search_attributes,
        })
    }

    pub(super) fn upsert_memo(&mut self, upserted_memo: Memo) -> Result<event::Modified, Fault> {
        let mut changed = self.memo().clone();
        changed.apply(&upserted_memo);
        property::check_memo(&changed)?;
        self.memo = Some(changed);
        Ok(event::Modified {
            workflow_task_completed_event_id: self.completed_event_id,
            upserted_memo,
        })
    }

    /// The search attributes of the run that this one continues as.
    ///
    /// What they say of patches is about the code that wrote this history; the next run begins
    /// with its own.
    pub(super) fn search_attributes_of_next(
        &self,
        asked: Option<SearchAttributes>,
    ) -> Result<SearchAttributes, Fault> {
        let Some(asked) = asked else {
            let mut inherited = self.search_attributes().clone();
            inherited.remove(CHANGE_VERSION);
            return Ok(inherited);
        };
        let mut given = SearchAttributes::default();
        given.apply(&asked);
        property::check_search_attributes(self.schema, &asked, &given)?;
        Ok(given)
    }

    /// The memo of the run, earlier commands included.
    pub(super) fn memo(&self) -> &Memo {
        self.memo.as_ref().unwrap_or_else(|| self.state.memo())
    }

    /// The search attributes of the run, earlier commands included.
    fn search_attributes(&self) -> &SearchAttributes {
        let changed = self.search_attributes.as_ref();
        changed.unwrap_or_else(|| self.state.search_attributes())
    }
}
