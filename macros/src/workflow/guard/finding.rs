//! What the guard has found, and how it is shown.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::{
    diagnostics::Diagnostics,
    symbol::ALLOW_NONDETERMINISM,
    workflow::guard::{rule::Kind, scope::Written},
};

/// A place that a replay would not repeat.
pub(in crate::workflow) struct Finding {
    kind: Kind,
    /// The place as it is written, for people.
    text: String,
    /// The tokens to point at.
    at: TokenStream,
}

impl Finding {
    pub(super) fn path(kind: Kind, written: &Written) -> Self {
        let idents = &written.idents;
        let segments: Vec<_> = idents.iter().map(ToString::to_string).collect();
        let bang = if written.is_macro { "!" } else { "" };
        Self {
            kind,
            text: segments.join("::") + bang,
            at: quote!(#(#idents)::*),
        }
    }

    pub(super) fn method(kind: Kind, method: &Ident) -> Self {
        Self {
            kind,
            text: format!(".{method}()"),
            at: quote!(#method),
        }
    }
}

/// Adds what was found to the mistakes.
pub(in crate::workflow) fn report(findings: &[Finding], diagnostics: &mut Diagnostics) {
    for Finding { kind, text, at } in findings {
        let advice = kind.advice();
        diagnostics.error(
            at,
            format_args!(
                "`{text}` {advice}\n(if a replay cannot notice: \
                 `#[{ALLOW_NONDETERMINISM}(reason = \"…\")]` on the statement or the method)"
            ),
        );
    }
}
