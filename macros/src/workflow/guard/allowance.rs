//! `#[allow_nondeterminism(reason = "…")]`: the way round the guard, and taking it off the code.

use syn::{Attribute, parse::Parser};

use crate::{
    diagnostics::Diagnostics,
    option,
    symbol::{self, ALLOW_NONDETERMINISM},
};

/// Takes the allowances out of these attributes; says whether there was one.
pub(super) fn take(attributes: &mut Vec<Attribute>, diagnostics: &mut Diagnostics) -> bool {
    let allowances = attributes.extract_if(.., |attribute| is_allowance(attribute));
    allowances
        .map(|allowance| check(&allowance, diagnostics))
        .count()
        > 0
}

/// Checks an allowance that was read where macros are given tokens.
pub(super) fn check_tokens(attribute: proc_macro2::TokenStream, diagnostics: &mut Diagnostics) {
    let parsed = diagnostics.ok(Attribute::parse_outer.parse2(attribute));
    for allowance in parsed.unwrap_or_default() {
        check(&allowance, diagnostics);
    }
}

fn is_allowance(attribute: &Attribute) -> bool {
    attribute.path().is_ident(ALLOW_NONDETERMINISM)
}

/// A reader wants to know why it does no harm.
fn check(allowance: &Attribute, diagnostics: &mut Diagnostics) {
    let mut reason = None;
    let mut unread = false;
    if let syn::Meta::List(_) = &allowance.meta {
        let parsed = allowance.parse_nested_meta(|meta| {
            if option::is(&meta, symbol::option::REASON) {
                option::reason(&mut reason, &meta, diagnostics)
            } else {
                Err(option::unknown(
                    &meta,
                    &format!("#[{ALLOW_NONDETERMINISM}]"),
                    &[symbol::option::REASON],
                ))
            }
        });
        unread = diagnostics.ok(parsed).is_none();
    }
    if reason.is_none() && !unread {
        diagnostics.error(
            allowance,
            format_args!("an allowance has a reason: `#[{ALLOW_NONDETERMINISM}(reason = \"…\")]`"),
        );
    }
}
