//! What a path stands for, as far as a body can tell: its imports, and the names that it binds.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use syn::{
    Block, ImplItemFn, Item, ItemFn, ItemUse, PatIdent, Stmt, UseTree,
    visit_mut::{VisitMut, visit_item_fn_mut, visit_pat_ident_mut},
};

use crate::workflow::guard::rule::{self, Kind, Wildcard};

/// A path as it is written.
pub(super) struct Written {
    pub(super) idents: Vec<Ident>,
    /// Whether it begins with `::`.
    pub(super) is_absolute: bool,
    pub(super) is_macro: bool,
    pub(super) call: Call,
}

impl Written {
    fn kind_of(&self, mut path: Vec<String>, wildcard: Wildcard) -> Option<Kind> {
        if self.is_macro
            && let Some(last) = path.last_mut()
        {
            last.push('!');
        }
        rule::of_path(&path, wildcard)
    }
}

/// Whether a path is called where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    No,
    WithoutArguments,
    WithArguments,
}

/// The names that can be seen at some place of a function.
pub(super) struct Scopes {
    /// The imports of each block around the place, the innermost last.
    imports: Vec<Imports>,
    /// What the function binds anywhere: parameters, variables, functions.
    bound: BTreeSet<String>,
}

#[derive(Default)]
struct Imports {
    /// The full path of each name.
    names: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

impl Scopes {
    /// The scopes at the beginning of a function.
    pub(super) fn of(function: &mut ImplItemFn) -> Self {
        let mut bound = Bound::default();
        bound.visit_impl_item_fn_mut(function);
        Self {
            imports: Vec::new(),
            bound: bound.0,
        }
    }

    /// Adds the imports of a block that is entered.
    pub(super) fn enter(&mut self, block: &Block) {
        let mut imports = Imports::default();
        for statement in &block.stmts {
            if let Stmt::Item(Item::Use(ItemUse { tree, .. })) = statement {
                imports.add(tree, &mut Vec::new());
            }
        }
        self.imports.push(imports);
    }

    /// Forgets the imports of the block that was entered last.
    pub(super) fn leave(&mut self) {
        self.imports.pop();
    }

    /// What is wrong with a path; `None` if nothing is.
    pub(super) fn find(&self, written: &Written) -> Option<Kind> {
        let path: Vec<String> = written.idents.iter().map(ToString::to_string).collect();
        let first = path.first()?;
        if written.is_absolute {
            return written.kind_of(path, Wildcard::Counts);
        }
        // A lower-case name alone may be anything: a variable, or a function of the author's.
        let is_bare = path.len() == 1 && first.starts_with(char::is_lowercase);
        let is_bare = is_bare && !written.is_macro;
        let is_bound = is_bare && self.bound.contains(first);
        if let Some(full) = self.imported(first) {
            if is_bound && written.call == Call::No {
                return None;
            }
            let rest = path.iter().skip(1);
            return written.kind_of(full.iter().chain(rest).cloned().collect(), Wildcard::Counts);
        }
        if is_bound || is_bare && written.call == Call::No {
            return None;
        }
        let in_globs = self.globs().find_map(|glob| {
            let full = glob.iter().chain(&path).cloned().collect();
            written.kind_of(full, Wildcard::Ignored)
        });
        if in_globs.is_some() || is_bare && written.call == Call::WithArguments {
            return in_globs;
        }
        written.kind_of(path, Wildcard::Counts)
    }

    /// The path that an import gives this name to.
    fn imported(&self, name: &str) -> Option<&Vec<String>> {
        let mut inside_out = self.imports.iter().rev();
        inside_out.find_map(|imports| imports.names.get(name))
    }

    fn globs(&self) -> impl Iterator<Item = &Vec<String>> {
        self.imports.iter().flat_map(|imports| &imports.globs)
    }
}

impl Imports {
    fn add(&mut self, tree: &UseTree, parents: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                parents.push(path.ident.to_string());
                self.add(&path.tree, parents);
                parents.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add(tree, parents)),
            UseTree::Glob(_) => self.globs.push(parents.clone()),
            UseTree::Name(name) => self.add_name(&name.ident, &name.ident, parents),
            UseTree::Rename(rename) => self.add_name(&rename.ident, &rename.rename, parents),
        }
    }

    fn add_name(&mut self, ident: &Ident, alias: &Ident, parents: &[String]) {
        let mut full = parents.to_vec();
        if ident != "self" {
            full.push(ident.to_string());
        }
        let alias = if alias == "self" {
            full.last().cloned()
        } else {
            Some(alias.to_string())
        };
        if let Some(alias) = alias {
            self.names.insert(alias, full);
        }
    }
}

/// Collects the names that a function binds.
#[derive(Default)]
struct Bound(BTreeSet<String>);

impl VisitMut for Bound {
    fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
        self.0.insert(pattern.ident.to_string());
        visit_pat_ident_mut(self, pattern);
    }

    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        self.0.insert(function.sig.ident.to_string());
        visit_item_fn_mut(self, function);
    }
}
