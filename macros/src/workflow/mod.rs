//! `#[derive(Workflow)]` on a type, and `#[handlers]` on its impl block.

mod check;
mod derive;
mod expand;
mod guard;
mod handle;
mod model;
mod parse;
mod update;

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
    let Some(mut handlers) = parse::parse(args, item.clone(), diagnostics) else {
        return Expansion::unchanged(item);
    };
    let mistakes = diagnostics.len();
    let findings = guard::find(&mut handlers.block, diagnostics);
    let block = handlers.block.to_token_stream();
    let model = check::check(handlers, diagnostics);
    // What the guard finds is wrong with the code and not with its shape: all of it can be
    // expanded. Of other mistakes the outside is left, so that nothing else is reported missing.
    let is_whole = diagnostics.len() == mistakes;
    let output = model.map(|model| {
        if is_whole {
            expand::expand(&model)
        } else {
            expand::expand_outside(&model)
        }
    });
    guard::report(&findings, diagnostics);
    Expansion {
        fallback: output.clone().unwrap_or(block),
        output,
    }
}
