//! `#[derive(Failure)]` on an error type.

mod check;
mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;

use crate::{diagnostics::Diagnostics, entry::Expansion};

/// `#[derive(Failure)]`: tokens to tokens.
pub(crate) fn derive(item: TokenStream, diagnostics: &mut Diagnostics) -> Expansion {
    let raw = parse::parse(item, diagnostics);
    let model = raw.and_then(|raw| check::check(raw, diagnostics));
    Expansion {
        fallback: TokenStream::new(),
        output: model.map(|model| expand::expand(&model)),
    }
}
