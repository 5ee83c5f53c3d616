//! An error type after every rule has been checked.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use syn::Type;

use crate::{option::Given, path::Root};

/// What `#[derive(Failure)]` knows about an error type.
pub(super) struct FailureModel {
    pub(super) root: Root,
    pub(super) ident: Ident,
    pub(super) cases: Vec<Case>,
}

/// One variant of an enum, or the struct itself.
pub(super) struct Case {
    /// The path that makes and matches it: `Self` or `Self::Variant`.
    pub(super) path: TokenStream,
    /// The type of the failure, as it stands in histories.
    pub(super) name: String,
    pub(super) non_retryable: bool,
    pub(super) benign: bool,
    pub(super) retry_after: Option<Given<Duration>>,
    pub(super) fields: Vec<CaseField>,
}

/// A field of a case.
pub(super) struct CaseField {
    /// How the case names it: an identifier or a position.
    pub(super) member: TokenStream,
    /// Its name in the failure's details.
    pub(super) name: String,
    pub(super) ty: Type,
    /// Whether it is written as the failure's cause.
    pub(super) is_cause: bool,
}
