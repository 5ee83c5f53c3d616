//! `#[derive(Workflow)]` on a type, and `#[handlers]` on its impl block.

mod check;
mod derive;
mod expand;
mod guard;
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
    let Some(mut handlers) = parse::parse(args, item.clone(), diagnostics) else {
        return Expansion::unchanged(item);
    };
    let findings = guard::find(&mut handlers.block, diagnostics);
    let block = handlers.block.to_token_stream();
    let model = check::check(handlers, diagnostics);
    let output = model.map(|model| expand::expand(&model));
    // What the guard finds is wrong with the code and not with its shape: the rest of it can be
    // expanded, so that nothing else is reported missing.
    let fallback = match &output {
        Some(output) if diagnostics.is_empty() => output.clone(),
        _ => block,
    };
    guard::report(&findings, diagnostics);
    Expansion { fallback, output }
}
