//! `#[derive(Workflow)]` on a type, and `#[handlers]` on its impl block.

mod check;
mod derive;
mod expand;
mod handle;
mod model;
mod parse;

use proc_macro2::TokenStream;
use quote::ToTokens;

pub(crate) use self::derive::derive;
use crate::{diagnostics::Diagnostics, entry::Expansion};

/// `#[handlers]`: tokens to tokens.
pub(crate) fn handlers(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Expansion {
    let Some(handlers) = parse::parse(args, item.clone(), diagnostics) else {
        return Expansion::unchanged(item);
    };
    let fallback = handlers.block.to_token_stream();
    let model = check::check(handlers, diagnostics);
    Expansion {
        fallback,
        output: model.map(|model| expand::expand(&model)),
    }
}
