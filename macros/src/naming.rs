//! The names that generated code gives to things.
//!
//! A generated name either belongs to the user's face (`OrderHandle`, `BillingActivities`) or
//! begins with two underscores, so that nothing of the user's is ever shadowed.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::format_ident;
use syn::ext::IdentExt;

/// The longest name that the engine takes, in bytes.
// Bound: the engine refuses longer ids, so a longer name could never be used.
pub(crate) const NAME_BYTES_MAX: usize = 1_000;

/// How names begin that nobody else may give: `__` is Temporal's.
const RESERVED_PREFIXES: [&str; 2] = ["__", "sempre."];

/// The beginning of a name on the wire that is reserved, if it has one.
pub(crate) fn reserved_prefix(name: &str) -> Option<&'static str> {
    let mut prefixes = RESERVED_PREFIXES.into_iter();
    prefixes.find(|prefix| name.starts_with(prefix))
}

/// The name of an item on the wire: as it is written, without `r#`.
pub(crate) fn wire_name(item: &Ident) -> String {
    item.unraw().to_string()
}

/// The trait with a workflow's messages as methods.
pub(crate) fn handle_trait(workflow: &Ident) -> Ident {
    format_ident!("{}Handle", workflow)
}

/// The trait with a workflow's signals as methods, for other workflows.
pub(crate) fn signals_trait(workflow: &Ident) -> Ident {
    format_ident!("{}Signals", workflow)
}

/// The trait with a set's activities as methods.
pub(crate) fn activities_trait(set: &Ident) -> Ident {
    format_ident!("{}Activities", set)
}

/// The type that stands for a handler or an activity.
pub(crate) fn definition(handler: &Ident) -> Ident {
    format_ident!("__{}", handler)
}

/// A binding of generated code, shown at the user's tokens if its type is wrong.
pub(crate) fn local(name: &str, shown_at: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(shown_at))
}

/// The same tokens, shown at the user's if something is wrong with them.
pub(crate) fn shown_at(span: Span, tokens: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for token in &mut tokens {
        token.set_span(token.span().located_at(span));
    }
    tokens.into_iter().collect()
}

/// The binding of a field while a failure is written.
pub(crate) fn field_binding(position: usize) -> Ident {
    format_ident!("__field{}", position)
}
