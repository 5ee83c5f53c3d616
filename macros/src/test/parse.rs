//! Syntax to a raw test: a function, with options.

use proc_macro2::TokenStream;
use syn::{ItemFn, Path, Token, parse::Parser, punctuated::Punctuated};

use crate::{diagnostics::Diagnostics, option, path::Root, symbol::option as word};

/// A use of `#[sempre::test]`.
pub(super) struct RawTest {
    pub(super) root: Root,
    pub(super) workflows: Vec<Path>,
    pub(super) item: ItemFn,
}

/// Parses a use of `#[sempre::test]`; `None` if it does not stand on a function.
pub(super) fn parse(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Option<RawTest> {
    let (mut root, mut workflows) = (None, None);
    let parsed = syn::meta::parser(|meta| {
        if option::is(&meta, word::CRATE) {
            option::root(&mut root, &meta, diagnostics)
        } else if option::is(&meta, word::WORKFLOWS) {
            let content;
            syn::parenthesized!(content in meta.input);
            let paths = Punctuated::<Path, Token![,]>::parse_terminated(&content)?;
            option::set(&mut workflows, paths, &meta, diagnostics);
            Ok(())
        } else {
            let known = [word::WORKFLOWS, word::CRATE];
            Err(option::unknown(&meta, "#[sempre::test]", &known))
        }
    })
    .parse2(args);
    diagnostics.ok(parsed);

    let parsed = syn::parse2::<ItemFn>(item)
        .map_err(|error| syn::Error::new(error.span(), "`#[sempre::test]` stands on a function"));
    let item = diagnostics.ok(parsed)?;
    Some(RawTest {
        root: root.unwrap_or_default(),
        workflows: workflows.into_iter().flatten().collect(),
        item,
    })
}
