//! The walk through all bodies of a block.
//!
//! It changes nothing but that it takes allowances off. What is found under an allowance is
//! forgotten when the statement or the method that carries it is left.

use proc_macro2::Ident;
use syn::{
    Arm, Attribute, Block, Expr, ExprAssign, ExprBinary, ExprCall, ExprCast, ExprMethodCall,
    ExprPath, ImplItem, ItemFn, ItemImpl, Macro, Path, QSelf, Stmt, Type,
    visit_mut::{
        VisitMut, visit_arm_mut, visit_block_mut, visit_expr_call_mut, visit_expr_method_call_mut,
        visit_expr_mut, visit_expr_path_mut, visit_item_fn_mut, visit_item_impl_mut,
        visit_path_mut, visit_stmt_mut,
    },
};

use crate::{
    diagnostics::Diagnostics,
    symbol,
    workflow::guard::{
        allowance,
        finding::Finding,
        rule,
        scope::{Call, Scopes, Written},
        token,
    },
};

/// Finds what a replay would not repeat, and takes the allowances off the block.
pub(in crate::workflow) fn find(
    block: &mut ItemImpl,
    diagnostics: &mut Diagnostics,
) -> Vec<Finding> {
    not_on_the_block(block, diagnostics);
    let mut findings = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let is_allowed = allowance::take(&mut function.attrs, diagnostics);
        let mark = findings.len();
        let mut walk = Walk {
            scopes: Scopes::of(function),
            findings: &mut findings,
            diagnostics,
            is_allowed: false,
            call: Call::No,
        };
        walk.visit_block_mut(&mut function.block);
        if is_allowed {
            findings.truncate(mark);
        }
    }
    findings
}

/// A reason for everything is a reason for nothing.
fn not_on_the_block(block: &mut ItemImpl, diagnostics: &mut Diagnostics) {
    if allowance::take(&mut block.attrs, diagnostics) {
        let allowance = symbol::ALLOW_NONDETERMINISM;
        diagnostics.error(
            &block.self_ty,
            format_args!("`#[{allowance}]` stands on a statement or a method, not on the block"),
        );
    }
}

struct Walk<'w> {
    scopes: Scopes,
    findings: &'w mut Vec<Finding>,
    diagnostics: &'w mut Diagnostics,
    /// Whether the node that is being visited carries an allowance.
    is_allowed: bool,
    /// How the path that is visited next is called.
    call: Call,
}

impl Walk<'_> {
    /// Visits a node, and forgets what is found in it if it carries an allowance; says whether.
    fn within(&mut self, visit: impl FnOnce(&mut Self)) -> bool {
        let around = std::mem::take(&mut self.is_allowed);
        let mark = self.findings.len();
        visit(self);
        if self.is_allowed {
            self.findings.truncate(mark);
        }
        std::mem::replace(&mut self.is_allowed, around)
    }

    /// Visits the first of several operands, where the attributes of the whole are found.
    fn visit_first(&mut self, operand: &mut Expr) {
        let is_allowed = self.within(|walk| visit_expr_mut(walk, operand));
        self.is_allowed |= is_allowed;
    }

    /// Looks at a path; says whether anything is wrong with it.
    fn look_at(&mut self, written: &Written) -> bool {
        let kind = self.scopes.find(written);
        let finding = kind.map(|kind| Finding::path(kind, written));
        self.findings.extend(finding);
        kind.is_some()
    }

    fn look_at_tokens(&mut self, mac: &mut Macro) {
        let tokens = std::mem::take(&mut mac.tokens);
        mac.tokens = token::find(tokens, &self.scopes, self.findings, self.diagnostics);
    }
}

impl VisitMut for Walk<'_> {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        self.is_allowed |= allowance::take(attributes, self.diagnostics);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.scopes.enter(block);
        visit_block_mut(self, block);
        self.scopes.leave();
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        self.within(|walk| visit_stmt_mut(walk, statement));
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        self.within(|walk| visit_arm_mut(walk, arm));
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        self.within(|walk| visit_expr_mut(walk, expression));
    }

    fn visit_expr_assign_mut(&mut self, assignment: &mut ExprAssign) {
        self.visit_first(&mut assignment.left);
        self.visit_expr_mut(&mut assignment.right);
    }

    fn visit_expr_binary_mut(&mut self, binary: &mut ExprBinary) {
        self.visit_first(&mut binary.left);
        self.visit_expr_mut(&mut binary.right);
    }

    fn visit_expr_cast_mut(&mut self, cast: &mut ExprCast) {
        self.visit_first(&mut cast.expr);
        self.visit_type_mut(&mut cast.ty);
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        if let Expr::Path(_) = &*call.func {
            self.call = if call.args.is_empty() {
                Call::WithoutArguments
            } else {
                Call::WithArguments
            };
        }
        visit_expr_call_mut(self, call);
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        if let Some(kind) = rule::of_method(&call.method.to_string()) {
            self.findings.push(Finding::method(kind, &call.method));
        }
        visit_expr_method_call_mut(self, call);
    }

    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if let Some(QSelf {
            ty, position: 0, ..
        }) = &path.qself
            && let Type::Path(ty) = &**ty
        {
            // `<Instant>::now` is `Instant::now`.
            let segments = ty.path.segments.iter().chain(&path.path.segments);
            let written = Written {
                idents: segments.map(|segment| segment.ident.clone()).collect(),
                is_absolute: ty.path.leading_colon.is_some(),
                is_macro: false,
                call: std::mem::replace(&mut self.call, Call::No),
            };
            if self.look_at(&written) {
                return;
            }
        }
        visit_expr_path_mut(self, path);
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        let written = Written {
            idents: idents(path),
            is_absolute: path.leading_colon.is_some(),
            is_macro: false,
            call: std::mem::replace(&mut self.call, Call::No),
        };
        self.look_at(&written);
        visit_path_mut(self, path);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        let written = Written {
            idents: idents(&mac.path),
            is_absolute: mac.path.leading_colon.is_some(),
            is_macro: true,
            call: Call::No,
        };
        self.look_at(&written);
        self.look_at_tokens(mac);
    }

    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        // An activity may do all of it, wherever it is written.
        if !carries(&function.attrs, symbol::ACTIVITY) {
            visit_item_fn_mut(self, function);
        }
    }

    fn visit_item_impl_mut(&mut self, block: &mut ItemImpl) {
        if !carries(&block.attrs, symbol::ACTIVITIES) {
            visit_item_impl_mut(self, block);
        }
    }
}

fn idents(path: &Path) -> Vec<Ident> {
    let segments = path.segments.iter();
    segments.map(|segment| segment.ident.clone()).collect()
}

fn carries(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == name)
    })
}
