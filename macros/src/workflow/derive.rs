//! `#[derive(Workflow)]`: gives a type its workflow type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, LitStr};

use crate::{diagnostics::Diagnostics, entry::Expansion, naming, option, path::Root, symbol};

#[derive(Default)]
struct WorkflowOptions {
    root: Option<Root>,
    name: Option<LitStr>,
}

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
            } else if option::is(&meta, symbol::option::CRATE) {
                option::root(&mut options.root, &meta, diagnostics)
            } else {
                Err(option::unknown(
                    &meta,
                    "#[workflow]",
                    option::CRATE_AND_NAME,
                ))
            }
        });
        diagnostics.ok(parsed);
    }
    options
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
    quote! {
        #[automatically_derived]
        impl #root::definition::Workflow for #ident {
            const TYPE: &'static str = #name;
        }
    }
}
