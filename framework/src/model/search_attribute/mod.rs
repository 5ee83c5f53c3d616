//! Search attributes: values of seven types that a run carries and can be found by.
//!
//! Code names them by constants, [`SearchAttribute`]; a history holds them as payloads,
//! [`SearchAttributes`], which say their type; the index holds their [`SearchAttributeValue`]s. Which
//! names there are is the engine's [`SearchAttributeSchema`].

mod attribute;
mod attributes;
mod schema;
mod value;

pub use self::{
    attribute::{SearchAttribute, SearchAttributeContent, SearchAttributeUpdate},
    attributes::SearchAttributes,
    schema::{CHANGE_VERSION, SearchAttributeSchema},
    value::{SearchAttributeType, SearchAttributeValue},
};
