//! What all items have in common: attributes to keep or to move, and how visible they are.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Visibility};

/// The attributes of an item, by what becomes of them.
#[derive(Default)]
pub(crate) struct ItemAttributes {
    /// The documentation, which goes where users look.
    pub(crate) docs: Vec<Attribute>,
    /// The `#[cfg]`s, which go on everything that is made from the item.
    pub(crate) cfgs: Vec<Attribute>,
    /// All others, which stay with the code.
    pub(crate) others: Vec<Attribute>,
}

impl ItemAttributes {
    /// Sorts these attributes.
    pub(crate) fn sort(attributes: &[Attribute]) -> Self {
        let mut sorted = Self::default();
        for attribute in attributes {
            let path = attribute.path();
            if path.is_ident("doc") {
                sorted.docs.push(attribute.clone());
            } else if path.is_ident("cfg") {
                sorted.cfgs.push(attribute.clone());
            } else {
                sorted.others.push(attribute.clone());
            }
        }
        sorted
    }

    /// The documentation, or this sentence if there is none.
    pub(crate) fn docs_or(&self, sentence: &str) -> TokenStream {
        let docs = &self.docs;
        if docs.is_empty() {
            quote!(#[doc = #sentence])
        } else {
            quote!(#(#docs)*)
        }
    }
}

/// For a function whose shape a macro demands: lints that question it are of no use to its author.
pub(crate) fn allow_demanded_shape() -> Attribute {
    syn::parse_quote! {
        #[allow(
            clippy::needless_pass_by_value,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self
        )]
    }
}

/// The most visible of these; private if there are none.
pub(crate) fn widest<'v>(visibilities: impl IntoIterator<Item = &'v Visibility>) -> Visibility {
    visibilities
        .into_iter()
        .max_by_key(|visibility| width(visibility))
        .cloned()
        .unwrap_or(Visibility::Inherited)
}

fn width(visibility: &Visibility) -> u8 {
    match visibility {
        Visibility::Public(_) => 3,
        Visibility::Restricted(restricted) if restricted.path.is_ident("crate") => 2,
        Visibility::Restricted(restricted) if !restricted.path.is_ident("self") => 1,
        _ => 0,
    }
}
