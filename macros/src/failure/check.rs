//! The rules of `#[derive(Failure)]`, one function each.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::{ToTokens, quote};
use syn::{Index, LitStr};

use crate::{
    diagnostics::Diagnostics,
    failure::{
        model::{Case, CaseField, FailureModel},
        parse::{CaseOptions, RawCase, RawFailure, RawField},
    },
    naming, option,
};

/// Checks an error type.
pub(super) fn check(raw: RawFailure, diagnostics: &mut Diagnostics) -> FailureModel {
    not_generic(&raw, diagnostics);
    types_are_unique(&raw.cases, diagnostics);
    for case in &raw.cases {
        at_most_one_cause(&case.fields, diagnostics);
        a_final_failure_names_no_retry(&case.options, diagnostics);
        if case.options.name.is_none() {
            option::check_wire_name(&case_name(case), &case.ident, diagnostics);
        }
    }
    FailureModel {
        root: raw.root,
        cases: raw.cases.into_iter().map(case).collect(),
        ident: raw.ident,
    }
}

/// The type of a failure stands for one error type.
fn not_generic(raw: &RawFailure, diagnostics: &mut Diagnostics) {
    if !raw.generics.params.is_empty() {
        diagnostics.error(
            &raw.generics,
            "a failure is not generic, its type is read back from a history",
        );
    }
}

/// The type of a failure says which variant it was.
fn types_are_unique(cases: &[RawCase], diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<String, &Ident> = BTreeMap::new();
    for case in cases {
        let name = case_name(case);
        if let Some(first) = seen.insert(name.clone(), &case.ident) {
            diagnostics.error(
                &case.ident,
                format_args!("the type \"{name}\" belongs to `{first}` already"),
            );
        }
    }
}

/// A failure has one cause.
fn at_most_one_cause(fields: &[RawField], diagnostics: &mut Diagnostics) {
    if let Some(second) = fields.iter().filter(|field| field.is_cause).nth(1) {
        diagnostics.error(&second.field, "a failure has one cause");
    }
}

/// After a failure that is final there is nothing to wait for.
fn a_final_failure_names_no_retry(options: &CaseOptions, diagnostics: &mut Diagnostics) {
    if let (Some(()), Some(after)) = (&options.non_retryable, &options.retry_after) {
        diagnostics.error(
            &after.literal,
            "a failure that is `non_retryable` has no `retry_after`",
        );
    }
}

fn case_name(case: &RawCase) -> String {
    case.options
        .name
        .as_ref()
        .map_or_else(|| naming::wire_name(&case.ident), LitStr::value)
}

fn case(raw: RawCase) -> Case {
    let name = case_name(&raw);
    let ident = &raw.ident;
    Case {
        path: if raw.is_variant {
            quote!(Self::#ident)
        } else {
            quote!(Self)
        },
        name,
        non_retryable: raw.options.non_retryable.is_some(),
        retry_after: raw.options.retry_after,
        fields: raw.fields.into_iter().enumerate().map(field).collect(),
    }
}

fn field((position, raw): (usize, RawField)) -> CaseField {
    let RawField { field, is_cause } = raw;
    let (member, name) = match &field.ident {
        Some(ident) => (ident.to_token_stream(), naming::wire_name(ident)),
        None => (
            Index::from(position).to_token_stream(),
            position.to_string(),
        ),
    };
    CaseField {
        member,
        name,
        ty: field.ty,
        is_cause,
    }
}
