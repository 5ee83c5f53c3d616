//! The arguments of macros, which are no syntax yet: paths and methods are found among the tokens.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use quote::quote;

use crate::{
    diagnostics::Diagnostics,
    symbol::ALLOW_NONDETERMINISM,
    workflow::guard::{
        allowance,
        finding::Finding,
        rule,
        scope::{Call, Scopes, Written},
    },
};

/// Looks through the tokens that a macro is given; returns them without allowances.
pub(super) fn find(
    tokens: TokenStream,
    scopes: &Scopes,
    findings: &mut Vec<Finding>,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let mut search = Search {
        scopes,
        findings,
        diagnostics,
    };
    search.visit(tokens)
}

struct Search<'s> {
    scopes: &'s Scopes,
    findings: &'s mut Vec<Finding>,
    diagnostics: &'s mut Diagnostics,
}

impl Search<'_> {
    fn visit(&mut self, tokens: TokenStream) -> TokenStream {
        let mut rest: &[TokenTree] = &tokens.into_iter().collect::<Vec<_>>();
        let mut kept = Vec::with_capacity(rest.len());
        let mut allowed_since = None;
        while let [next, after @ ..] = rest {
            if let Some((allowance, after)) = allowance(rest) {
                allowance::check_tokens(allowance, self.diagnostics);
                allowed_since.get_or_insert(self.findings.len());
                rest = after;
                continue;
            }
            let length = match next {
                TokenTree::Ident(_) => self.visit_path(&kept, rest),
                _ => 1,
            };
            let (path, after_path) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            match next {
                TokenTree::Group(group) => kept.push(self.visit_group(group)),
                _ => kept.extend(path.iter().cloned()),
            }
            // An allowance holds until the end of its statement.
            if is_punct(next, ';')
                && let Some(mark) = allowed_since.take()
            {
                self.findings.truncate(mark);
            }
            rest = if length == 1 { after } else { after_path };
        }
        if let Some(mark) = allowed_since {
            self.findings.truncate(mark);
        }
        kept.into_iter().collect()
    }

    fn visit_group(&mut self, group: &Group) -> TokenTree {
        let inside = self.visit(group.stream());
        let mut visited = Group::new(group.delimiter(), inside);
        visited.set_span(group.span());
        TokenTree::Group(visited)
    }

    /// Looks at the path or method at the beginning of the tokens; returns how many it takes.
    fn visit_path(&mut self, before: &[TokenTree], tokens: &[TokenTree]) -> usize {
        let mut idents: Vec<Ident> = Vec::new();
        let mut length = 0;
        loop {
            let rest = tokens.get(length..).unwrap_or_default();
            match (idents.is_empty(), rest) {
                (true, [TokenTree::Ident(ident), ..]) => {
                    idents.push(ident.clone());
                    length += 1;
                }
                (false, [one, two, TokenTree::Ident(ident), ..]) if is_colons(one, two) => {
                    idents.push(ident.clone());
                    length += 3;
                }
                _ => break,
            }
        }
        let rest = tokens.get(length..).unwrap_or_default();
        let call = match rest {
            [TokenTree::Group(arguments), ..]
                if arguments.delimiter() == Delimiter::Parenthesis =>
            {
                if arguments.stream().is_empty() {
                    Call::WithoutArguments
                } else {
                    Call::WithArguments
                }
            }
            _ => Call::No,
        };
        if let [.., dot] = before
            && is_punct(dot, '.')
        {
            let method = idents.first().filter(|_| call != Call::No);
            if let Some(method) = method
                && let Some(kind) = rule::of_method(&method.to_string())
            {
                self.findings.push(Finding::method(kind, method));
            }
            return length;
        }
        let written = Written {
            idents,
            is_absolute: matches!(before, [.., one, two] if is_colons(one, two)),
            is_macro: matches!(rest, [bang, TokenTree::Group(_), ..] if is_punct(bang, '!')),
            call,
        };
        if let Some(kind) = self.scopes.find(&written) {
            self.findings.push(Finding::path(kind, &written));
        }
        length
    }
}

/// The allowance at the beginning of the tokens, and what follows it.
fn allowance(tokens: &[TokenTree]) -> Option<(TokenStream, &[TokenTree])> {
    let [pound, TokenTree::Group(group), rest @ ..] = tokens else {
        return None;
    };
    let is_attribute = is_punct(pound, '#') && group.delimiter() == Delimiter::Bracket;
    let first = group.stream().into_iter().next()?;
    let is_allowance = matches!(first, TokenTree::Ident(name) if name == ALLOW_NONDETERMINISM);
    (is_attribute && is_allowance).then(|| (quote!(#pound #group), rest))
}

fn is_colons(one: &TokenTree, two: &TokenTree) -> bool {
    let is_joint = matches!(one, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
    is_joint && is_punct(one, ':') && is_punct(two, ':')
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}
