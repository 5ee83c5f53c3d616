//! Syntax to raw cases: the variants of an error type, with their options.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Generics, LitStr, meta::ParseNestedMeta};

use crate::{
    diagnostics::Diagnostics,
    option::{self, Given},
    path::Root,
    symbol::{FAILURE, option as word},
};

/// A use of `#[derive(Failure)]`.
pub(super) struct RawFailure {
    pub(super) root: Root,
    /// What the types of its failures begin with.
    pub(super) prefix: Option<LitStr>,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) cases: Vec<RawCase>,
}

/// One variant of an enum, or the struct itself.
pub(super) struct RawCase {
    pub(super) ident: Ident,
    /// Whether it is the variant of an enum.
    pub(super) is_variant: bool,
    pub(super) options: CaseOptions,
    pub(super) fields: Vec<RawField>,
}

/// What stands in the `#[failure(…)]` of a case.
#[derive(Default)]
pub(super) struct CaseOptions {
    pub(super) name: Option<LitStr>,
    pub(super) non_retryable: Option<()>,
    pub(super) benign: Option<()>,
    pub(super) retry_after: Option<Given<Duration>>,
}

/// A field of a case.
pub(super) struct RawField {
    pub(super) field: Field,
    pub(super) is_cause: bool,
}

const CASE_OPTIONS: &[&str] = &[
    word::NAME,
    word::NON_RETRYABLE,
    word::RETRY_AFTER,
    word::BENIGN,
];
const STRUCT_OPTIONS: &[&str] = &[
    word::NAME,
    word::NON_RETRYABLE,
    word::RETRY_AFTER,
    word::BENIGN,
    word::PREFIX,
    word::CRATE,
];
const ENUM_OPTIONS: &[&str] = &[word::PREFIX, word::CRATE];

/// What stands in the `#[failure(…)]` of a whole type.
#[derive(Default)]
struct TypeOptions {
    root: Option<Root>,
    prefix: Option<LitStr>,
}

/// Parses an error type; `None` if it is a union.
pub(super) fn parse(item: TokenStream, diagnostics: &mut Diagnostics) -> Option<RawFailure> {
    let DeriveInput {
        attrs,
        ident,
        generics,
        data,
        ..
    } = diagnostics.ok(syn::parse2(item))?;
    let mut whole = TypeOptions::default();
    let cases = match data {
        Data::Struct(data) => {
            let options = parse_case(&attrs, Some(&mut whole), diagnostics);
            vec![RawCase {
                ident: ident.clone(),
                is_variant: false,
                options,
                fields: parse_fields(data.fields, diagnostics),
            }]
        }
        Data::Enum(data) => {
            parse_enum(&attrs, &mut whole, diagnostics);
            let variants = data.variants.into_iter();
            let cases = variants.map(|variant| RawCase {
                options: parse_case(&variant.attrs, None, diagnostics),
                ident: variant.ident,
                is_variant: true,
                fields: parse_fields(variant.fields, diagnostics),
            });
            cases.collect()
        }
        Data::Union(data) => {
            diagnostics.error(data.union_token, "a failure is a struct or an enum");
            return None;
        }
    };
    Some(RawFailure {
        root: whole.root.unwrap_or_default(),
        prefix: whole.prefix,
        ident,
        generics,
        cases,
    })
}

/// The options of a variant, or of a struct, which also has those of the whole type.
fn parse_case(
    attributes: &[Attribute],
    mut whole: Option<&mut TypeOptions>,
    diagnostics: &mut Diagnostics,
) -> CaseOptions {
    let mut options = CaseOptions::default();
    for attribute in failure_attributes(attributes) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string);
            match (name.as_deref(), &mut whole) {
                (Some(word::NAME), _) => option::wire_name(&mut options.name, &meta, diagnostics),
                (Some(word::NON_RETRYABLE), _) => {
                    option::flag(&mut options.non_retryable, &meta, diagnostics)
                }
                (Some(word::BENIGN), _) => option::flag(&mut options.benign, &meta, diagnostics),
                (Some(word::RETRY_AFTER), _) => {
                    option::duration(&mut options.retry_after, &meta, diagnostics)
                }
                (Some(word::CRATE | word::PREFIX), Some(whole)) => whole.take(&meta, diagnostics),
                (_, Some(_)) => Err(option::unknown(&meta, "#[failure]", STRUCT_OPTIONS)),
                (_, None) => Err(option::unknown(&meta, "#[failure]", CASE_OPTIONS)),
            }
        });
        diagnostics.ok(parsed);
    }
    options
}

fn parse_enum(attributes: &[Attribute], whole: &mut TypeOptions, diagnostics: &mut Diagnostics) {
    for attribute in failure_attributes(attributes) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if ENUM_OPTIONS.iter().any(|name| option::is(&meta, name)) {
                whole.take(&meta, diagnostics)
            } else if CASE_OPTIONS.iter().any(|name| option::is(&meta, name)) {
                Err(meta.error("this option stands on a variant"))
            } else {
                Err(option::unknown(&meta, "#[failure]", ENUM_OPTIONS))
            }
        });
        diagnostics.ok(parsed);
    }
}

impl TypeOptions {
    fn take(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        if option::is(meta, word::PREFIX) {
            option::wire_name(&mut self.prefix, meta, diagnostics)
        } else {
            option::root(&mut self.root, meta, diagnostics)
        }
    }
}

fn parse_fields(fields: Fields, diagnostics: &mut Diagnostics) -> Vec<RawField> {
    let parse_field = |field: Field| {
        let mut is_cause = None;
        for attribute in failure_attributes(&field.attrs) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if option::is(&meta, word::CAUSE) {
                    option::flag(&mut is_cause, &meta, diagnostics)
                } else {
                    Err(option::unknown(&meta, "#[failure]", &[word::CAUSE]))
                }
            });
            diagnostics.ok(parsed);
        }
        RawField {
            field,
            is_cause: is_cause.is_some(),
        }
    };
    fields.into_iter().map(parse_field).collect()
}

fn failure_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(FAILURE))
}
