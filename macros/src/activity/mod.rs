//! `#[activity]` on a function, and `#[activities]` on an impl block.

mod check;
mod expand;
mod model;
mod options;
mod parse;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::{diagnostics::Diagnostics, entry::Expansion};

/// `#[activity]`: tokens to tokens.
pub(crate) fn activity(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Expansion {
    let Some(function) = parse::parse_function(args, item.clone(), diagnostics) else {
        return Expansion::unchanged(item);
    };
    let model = check::check_function(function, diagnostics);
    Expansion {
        fallback: item,
        output: model.map(|model| expand::expand_function(&model)),
    }
}

/// `#[activities]`: tokens to tokens.
pub(crate) fn activities(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Expansion {
    let Some(set) = parse::parse_set(args, item.clone(), diagnostics) else {
        return Expansion::unchanged(item);
    };
    let fallback = set.block.to_token_stream();
    let model = check::check_set(set, diagnostics);
    Expansion {
        fallback,
        output: model.map(|model| expand::expand_set(&model)),
    }
}
