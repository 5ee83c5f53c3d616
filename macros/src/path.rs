//! Absolute paths into the crate that generated code belongs to.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The path of sempre as the user's crate sees it: `::sempre`, or what `crate = …` says.
#[derive(Clone, Default)]
pub(crate) struct Root(Option<syn::Path>);

impl Root {
    /// The crate at this path.
    pub(crate) fn at(path: syn::Path) -> Self {
        Self(Some(path))
    }

    /// The module with what generated code calls.
    pub(crate) fn support(&self) -> TokenStream {
        quote!(#self::__macro_support)
    }
}

impl ToTokens for Root {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => quote!(::sempre).to_tokens(tokens),
        }
    }
}
