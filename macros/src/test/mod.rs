//! `#[sempre::test]` on an async function.

mod check;
mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;

use crate::{diagnostics::Diagnostics, entry::Expansion};

/// `#[sempre::test]`: tokens to tokens.
pub(crate) fn test(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Expansion {
    let Some(raw) = parse::parse(args, item.clone(), diagnostics) else {
        return Expansion::unchanged(item);
    };
    let model = check::check(raw, diagnostics);
    Expansion {
        fallback: item,
        output: Some(expand::expand(&model)),
    }
}
