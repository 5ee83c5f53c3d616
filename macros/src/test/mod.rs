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
    let mistakes = diagnostics.len();
    let model = check::check(raw, diagnostics);
    let is_whole = diagnostics.len() == mistakes;
    Expansion {
        fallback: item,
        // Nobody uses a test, so there is nothing to be missed of one with mistakes.
        output: is_whole.then(|| expand::expand(&model)),
    }
}
