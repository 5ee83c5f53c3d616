//! Which errors have which types on the wire, as far as they say so.

use std::{
    any::{TypeId, type_name},
    collections::{BTreeMap, BTreeSet},
};

use derive_more::{Display, Error};

use crate::definition::Failure;

/// The types of failures that are in use, and whose they are.
///
/// A type stands for one variant of one error: a retry policy that names it means that one, and
/// whoever reads a history can tell what it was.
///
/// # Examples
/// ```
/// use derive_more::{Display, Error};
/// use sempre::{Failure, definition::FailureTypes};
///
/// #[derive(Debug, Display, Error, Failure)]
/// enum BillingError { NotFound }
///
/// #[derive(Debug, Display, Error, Failure)]
/// enum StockError { NotFound }
///
/// let mut types = FailureTypes::default();
/// BillingError::declare_types(&mut types);
/// assert!(types.conflict().is_none());
/// StockError::declare_types(&mut types);
/// assert_eq!(types.conflict().unwrap().failure_type, "NotFound");
/// ```
#[derive(Clone, Debug, Default)]
pub struct FailureTypes {
    declared: BTreeSet<TypeId>,
    owners: BTreeMap<&'static str, &'static str>,
    conflict: Option<FailureTypeConflict>,
}

/// Two errors whose failures have the same type. Give one of them a prefix:
/// `#[failure(prefix = "…")]`.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("failure type has two owners failure_type={failure_type} first={first} second={second}")]
pub struct FailureTypeConflict {
    /// The type that both have.
    pub failure_type: &'static str,
    /// The error that was declared first.
    pub first: &'static str,
    /// The other error.
    pub second: &'static str,
}

impl FailureTypes {
    /// Adds an error and the types of its failures; returns whether it was not there before.
    pub fn declare<E: Failure>(&mut self, types: &[&'static str]) -> bool {
        if !self.declared.insert(TypeId::of::<E>()) {
            return false;
        }
        let second = type_name::<E>();
        for &failure_type in types {
            if let Some(first) = self.owners.insert(failure_type, second) {
                self.conflict.get_or_insert(FailureTypeConflict {
                    failure_type,
                    first,
                    second,
                });
            }
        }
        true
    }

    /// The first type that two errors have, if there is one.
    pub fn conflict(&self) -> Option<&FailureTypeConflict> {
        self.conflict.as_ref()
    }
}
