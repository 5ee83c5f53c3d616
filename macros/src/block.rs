//! The rules for an impl block that `#[handlers]` or `#[activities]` stands on.

use proc_macro2::Ident;
use syn::{ItemImpl, PathArguments, Type};

use crate::diagnostics::Diagnostics;

/// Checks the block, and returns the name of its type; `None` if nothing else is worth checking.
pub(crate) fn check(
    block: &ItemImpl,
    attribute: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Ident> {
    inherent(block, attribute, diagnostics)?;
    let name = named_type(block, attribute, diagnostics)?;
    not_generic(block, attribute, diagnostics)?;
    Some(name)
}

/// The methods of a trait have their shape already.
fn inherent(block: &ItemImpl, attribute: &str, diagnostics: &mut Diagnostics) -> Option<()> {
    let Some((path, _)) = &block.trait_ else {
        return Some(());
    };
    diagnostics.error(
        path,
        format_args!("`#[{attribute}]` stands on `impl Type`, not on the impl of a trait"),
    );
    None
}

/// What is generated is named after the type.
fn named_type(block: &ItemImpl, attribute: &str, diagnostics: &mut Diagnostics) -> Option<Ident> {
    if let Type::Path(path) = &*block.self_ty
        && let Some(last) = path.path.segments.last()
    {
        return Some(last.ident.clone());
    }
    diagnostics.error(
        &block.self_ty,
        format_args!("`#[{attribute}]` stands on the impl block of a struct or enum"),
    );
    None
}

/// A name in a history stands for one type.
fn not_generic(block: &ItemImpl, attribute: &str, diagnostics: &mut Diagnostics) -> Option<()> {
    let message = format!("the type under `#[{attribute}]` is not generic");
    if !block.generics.params.is_empty() {
        diagnostics.error(&block.generics, message);
        None
    } else if let Type::Path(path) = &*block.self_ty
        && let Some(last) = path.path.segments.last()
        && !matches!(last.arguments, PathArguments::None)
    {
        diagnostics.error(&last.arguments, message);
        None
    } else {
        Some(())
    }
}
