//! `#[derive(Workflow)]`: gives a type its workflow type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, LitStr, meta::ParseNestedMeta};

use crate::{
    diagnostics::Diagnostics,
    entry::Expansion,
    naming,
    option::{self, Given},
    path::Root,
    symbol,
};

#[derive(Default)]
struct WorkflowOptions {
    root: Option<Root>,
    name: Option<LitStr>,
    version: Option<Given<u32>>,
}

/// The options of `#[workflow(…)]`.
const OPTIONS: &[&str] = &[
    symbol::option::NAME,
    symbol::option::VERSION,
    symbol::option::CRATE,
];

/// `#[derive(Workflow)]`: tokens to tokens.
pub(crate) fn derive(item: TokenStream, diagnostics: &mut Diagnostics) -> Expansion {
    let Some(input) = diagnostics.ok(syn::parse2::<DeriveInput>(item)) else {
        return Expansion::unchanged(TokenStream::new());
    };
    struct_or_enum(&input, diagnostics);
    not_generic(&input, diagnostics);
    let options = parse_options(&input, diagnostics);
    let is_generic = !input.generics.params.is_empty();
    Expansion {
        fallback: TokenStream::new(),
        output: (!is_generic).then(|| expand(&input, &options)),
    }
}

fn parse_options(input: &DeriveInput, diagnostics: &mut Diagnostics) -> WorkflowOptions {
    let mut options = WorkflowOptions::default();
    let attributes = input.attrs.iter();
    for attribute in attributes.filter(|attribute| attribute.path().is_ident(symbol::WORKFLOW)) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if option::is(&meta, symbol::option::NAME) {
                option::wire_name(&mut options.name, &meta, diagnostics)
            } else if option::is(&meta, symbol::option::VERSION) {
                version(&mut options.version, &meta, diagnostics)
            } else if option::is(&meta, symbol::option::CRATE) {
                option::root(&mut options.root, &meta, diagnostics)
            } else {
                Err(option::unknown(&meta, "#[workflow]", OPTIONS))
            }
        });
        diagnostics.ok(parsed);
    }
    options
}

/// Reads `version = 2`; the first version is 1.
fn version(
    slot: &mut Option<Given<u32>>,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) -> syn::Result<()> {
    option::number(slot, "a whole number from 1 on", meta, diagnostics)?;
    if let Some(given) = slot.as_ref().filter(|given| given.value == 0) {
        diagnostics.error(&given.literal, "`version` is a whole number from 1 on");
    }
    Ok(())
}

/// A workflow's state is ordinary data.
fn struct_or_enum(input: &DeriveInput, diagnostics: &mut Diagnostics) {
    if let Data::Union(union) = &input.data {
        diagnostics.error(union.union_token, "a workflow is a struct or an enum");
    }
}

/// A workflow type stands for one program.
fn not_generic(input: &DeriveInput, diagnostics: &mut Diagnostics) {
    if !input.generics.params.is_empty() {
        diagnostics.error(
            &input.generics,
            "a workflow is not generic, its name stands for one program",
        );
    }
}

fn expand(input: &DeriveInput, options: &WorkflowOptions) -> TokenStream {
    let ident = &input.ident;
    let root = options.root.clone().unwrap_or_default();
    let name = options
        .name
        .as_ref()
        .map_or_else(|| naming::wire_name(ident), LitStr::value);
    let version = options.version.as_ref().map(|given| {
        let number = given.value;
        let support = root.support();
        quote! {
            const VERSION: #support::Option<#root::model::WorkflowVersion> =
                #support::Option::Some(#root::model::WorkflowVersion::new(#number));
        }
    });
    quote! {
        #[automatically_derived]
        impl #root::definition::Workflow for #ident {
            const TYPE: &'static str = #name;
            #version
        }
    }
}
