//! The rules of `#[derive(Failure)]`, one function each.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
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

/// Checks an error type; `None` if it is generic, which no implementation would be.
pub(super) fn check(raw: RawFailure, diagnostics: &mut Diagnostics) -> Option<FailureModel> {
    not_generic(&raw, diagnostics)?;
    let prefix = raw.prefix.as_ref().map(LitStr::value).unwrap_or_default();
    types_are_unique(&prefix, &raw.cases, diagnostics);
    for case in &raw.cases {
        at_most_one_cause(&case.fields, diagnostics);
        a_final_failure_names_no_retry(&case.options, diagnostics);
        check_type(&prefix, case, diagnostics);
    }
    let cases = raw.cases.into_iter();
    Some(FailureModel {
        root: raw.root,
        cases: cases.map(|raw| case(&prefix, raw)).collect(),
        ident: raw.ident,
    })
}

/// The type of a failure is a name on the wire. Its parts have been checked where they are given.
fn check_type(prefix: &str, case: &RawCase, diagnostics: &mut Diagnostics) {
    let is_given_whole = case.options.name.is_some() && prefix.is_empty();
    if !is_given_whole && naming::reserved_prefix(prefix).is_none() {
        let name = case_name(prefix, case);
        option::check_wire_name(&name, case_place(case), diagnostics);
    }
}

fn case_place(case: &RawCase) -> TokenStream {
    match &case.options.name {
        Some(name) => name.to_token_stream(),
        None => case.ident.to_token_stream(),
    }
}

/// The type of a failure stands for one error type.
fn not_generic(raw: &RawFailure, diagnostics: &mut Diagnostics) -> Option<()> {
    if raw.generics.params.is_empty() {
        return Some(());
    }
    diagnostics.error(
        &raw.generics,
        "a failure is not generic, its type is read back from a history",
    );
    None
}

/// The type of a failure says which variant it was.
fn types_are_unique(prefix: &str, cases: &[RawCase], diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<String, &Ident> = BTreeMap::new();
    for case in cases {
        let name = case_name(prefix, case);
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

fn case_name(prefix: &str, case: &RawCase) -> String {
    let name = case.options.name.as_ref();
    let name = name.map_or_else(|| naming::wire_name(&case.ident), LitStr::value);
    format!("{prefix}{name}")
}

fn case(prefix: &str, raw: RawCase) -> Case {
    let name = case_name(prefix, &raw);
    let ident = &raw.ident;
    Case {
        path: if raw.is_variant {
            quote!(Self::#ident)
        } else {
            quote!(Self)
        },
        name,
        non_retryable: raw.options.non_retryable.is_some(),
        benign: raw.options.benign.is_some(),
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
