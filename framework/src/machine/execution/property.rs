//! Properties: memo and search attributes of a run, as its start gave them and its program left them.

use crate::{
    machine::execution::{ExecutionState, PendingActivity, Rejection, check, child},
    model::{
        Memo, Priority, SearchAttributeSchema, SearchAttributeValue, SearchAttributes,
        UserMetadata, limits,
    },
};

/// What the program has made of memo and search attributes.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Properties {
    pub(super) memo: Memo,
    pub(super) search_attributes: SearchAttributes,
}

impl Properties {
    /// The bytes of both.
    pub(super) fn size(&self) -> usize {
        self.memo.size() + self.search_attributes.size()
    }
}

impl ExecutionState {
    /// What the run carries for people and tools.
    pub fn memo(&self) -> &Memo {
        static NONE: Memo = Memo::EMPTY;
        let changed = self.properties.as_ref().map(|it| &it.memo);
        let started = self.started().map(|it| &it.memo);
        changed.or(started).unwrap_or(&NONE)
    }

    /// What the run can be found by.
    pub fn search_attributes(&self) -> &SearchAttributes {
        static NONE: SearchAttributes = SearchAttributes::EMPTY;
        let changed = self.properties.as_ref().map(|it| &it.search_attributes);
        let started = self.started().map(|it| &it.search_attributes);
        changed.or(started).unwrap_or(&NONE)
    }

    /// Which attempt of an activity is to be started first, and whose it is: what it leaves open is as
    /// the run has it. `None` if nobody has said anything.
    pub fn priority_of(&self, activity: &PendingActivity) -> Option<Box<Priority>> {
        let own = activity.scheduled.priority.as_deref();
        let of_run = self.started()?.lineage.priority.as_deref();
        child::priority(own, of_run)
    }

    /// Both, to be changed.
    pub(super) fn properties_mut(&mut self) -> &mut Properties {
        let started = &self.started;
        self.properties.get_or_insert_with(|| {
            let started = started.as_deref();
            Box::new(
                started.map_or_else(Properties::default, |started| Properties {
                    memo: started.memo.clone(),
                    search_attributes: started.search_attributes.clone(),
                }),
            )
        })
    }
}

/// Checks changes of search attributes, and what they make of all of them.
pub(super) fn check_search_attributes(
    schema: &SearchAttributeSchema,
    changes: &SearchAttributes,
    changed: &SearchAttributes,
) -> Result<(), Rejection> {
    for (name, payload) in changes.iter() {
        let refused = |problem: String| Rejection::SearchAttribute {
            name: name.to_owned(),
            problem,
        };
        check::name("name of a search attribute", name)?;
        let Some(known) = schema.value_type(name) else {
            let problem = "this engine does not know it: declare it with \
                           EngineBuilder::search_attribute";
            return Err(refused(problem.to_owned()));
        };
        let stated = changes.value_type(name);
        if stated.is_some_and(|stated| stated != known) {
            let stated = stated.unwrap_or_default();
            return Err(refused(format!(
                "it is of type {known}, and was given as {stated}"
            )));
        }
        if payload.data.len() > limits::SEARCH_ATTRIBUTE_BYTES_MAX {
            return Err(refused(format!(
                "its value is too large limit={} actual={}",
                limits::SEARCH_ATTRIBUTE_BYTES_MAX,
                payload.data.len()
            )));
        }
        // Whatever takes a value away has none.
        let is_left = changed.payload(name).is_some();
        let is_value = SearchAttributeValue::from_payload(payload)
            .is_some_and(|value| value.value_type() == known);
        if is_left && !is_value {
            return Err(refused(format!("its value is none of type {known}")));
        }
    }
    let total = |problem: String| Rejection::SearchAttribute {
        name: changes.iter().last().map_or("", |it| it.0).to_owned(),
        problem,
    };
    let (count, limit) = (changed.len(), limits::SEARCH_ATTRIBUTES_MAX);
    if count > limit {
        return Err(total(format!(
            "the run would have too many search attributes limit={limit} actual={count}"
        )));
    }
    let (bytes, limit) = (changed.size(), limits::SEARCH_ATTRIBUTES_BYTES_MAX);
    if bytes > limit {
        return Err(total(format!(
            "the search attributes of the run would be too large limit={limit} actual={bytes}"
        )));
    }
    Ok(())
}

/// Checks what changes have made of a memo.
pub(super) fn check_memo(changed: &Memo) -> Result<(), Rejection> {
    for (name, _) in changed.iter() {
        check::name("name in the memo", name)?;
    }
    check::bytes("memo", changed.size(), limits::MEMO_BYTES_MAX)
}

/// Checks what was written for people.
pub(super) fn check_user_metadata(metadata: &UserMetadata) -> Result<(), Rejection> {
    check::bytes("summary", metadata.summary.len(), limits::SUMMARY_BYTES_MAX)?;
    check::bytes("details", metadata.details.len(), limits::DETAILS_BYTES_MAX)
}

/// The same of what an event has.
pub(super) fn check_attribute(metadata: Option<&UserMetadata>) -> Result<(), Rejection> {
    metadata.map_or(Ok(()), check_user_metadata)
}
