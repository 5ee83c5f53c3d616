//! The search attributes that a builder is told of.

use crate::{
    model::{SearchAttribute, SearchAttributeSchema, limits},
    visibility::Schema,
};

/// Search attributes, with those that cannot be.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    pub(super) schema: SearchAttributeSchema,
    refused: Vec<(&'static str, &'static str)>,
}

impl Attributes {
    /// Takes in an attribute, or why it cannot be.
    pub(super) fn declare<T>(&mut self, attribute: SearchAttribute<T>) {
        let name = attribute.name();
        let problem = match self.schema.value_type(name) {
            _ if name.is_empty() || name.len() > limits::ID_BYTES_MAX => {
                Some("its name is empty or too long")
            }
            _ if Schema::is_system_field(name) => Some("every run has a field of this name"),
            Some(known) if known != attribute.value_type() => Some("it is known with another type"),
            _ => None,
        };
        if let Some(problem) = problem {
            self.refused.push((name, problem));
        } else {
            self.schema.declare(name, attribute.value_type());
        }
    }

    /// The first one that cannot be, and why.
    pub(super) fn refused(&self) -> Option<(&'static str, &'static str)> {
        self.refused.first().copied()
    }

    /// These beside those that hold everywhere, or the first one that is there with another type.
    pub(super) fn beside(
        &self,
        everywhere: &SearchAttributeSchema,
    ) -> Result<SearchAttributeSchema, (&'static str, &'static str)> {
        let mut all = everywhere.clone();
        for (name, value_type) in self.schema.iter() {
            match all.value_type(name) {
                Some(known) if known != value_type => {
                    return Err((name, "it is known with another type"));
                }
                Some(_) => {}
                None => drop(all.declare(name, value_type)),
            }
        }
        Ok(all)
    }
}
