//! From the tokens of a macro's use to the tokens it becomes.
//!
//! Whatever is wrong with an item, it is emitted again next to the compile errors, with what others
//! use of it, so that one mistake is one error.

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::Diagnostics;

/// What a macro makes of an item.
pub(crate) struct Expansion {
    /// What stands in the item's place if nothing can be generated: the item without helper
    /// attributes.
    pub(crate) fallback: TokenStream,
    /// What stands in the item's place otherwise, also next to mistakes: then as much of it as does
    /// not lead to further errors. `None` only if there are mistakes.
    pub(crate) output: Option<TokenStream>,
}

impl Expansion {
    /// The expansion of an item that is left as it is.
    pub(crate) fn unchanged(item: TokenStream) -> Self {
        Self {
            fallback: item,
            output: None,
        }
    }
}

/// Runs one macro to its end.
pub(crate) fn expand(run: impl FnOnce(&mut Diagnostics) -> Expansion) -> proc_macro::TokenStream {
    let mut diagnostics = Diagnostics::new();
    let Expansion { fallback, output } = run(&mut diagnostics);
    let tokens = match (diagnostics.finish(), output) {
        (None, Some(output)) => output,
        (None, None) => fallback,
        (Some(errors), None) => quote!(#errors #fallback),
        (Some(errors), Some(output)) => quote!(#errors #output),
    };
    tokens.into()
}
