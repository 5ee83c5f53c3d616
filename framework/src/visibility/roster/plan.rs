//! A sieve with what it says of each kind of runs, so that a run is asked for its number only.

use std::ops::RangeInclusive;

use crate::visibility::{
    FieldValue, Hidden, Sieve,
    literal::Value,
    roster::{
        block::Block,
        kind::{Kind, Kinds, UNSURE},
        row::head,
    },
    sieve::{Mesh, test_known},
    syntax::{Condition, Operator},
};

/// What is asked of a roster.
#[derive(Debug)]
pub(super) struct Plan<'s> {
    /// By the number of a kind: whether one of its runs may be meant.
    may: Vec<bool>,
    mesh: Option<Test<'s>>,
}

/// A mesh that knows kinds by their numbers.
#[derive(Debug)]
enum Test<'s> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Kind(Vec<bool>),
    Id {
        /// What the heads of those that pass have in common.
        head: u64,
        mask: u64,
        condition: &'s Condition<Value>,
    },
    Started(&'s RangeInclusive<u64>),
    Marked(&'s [u32]),
}

impl<'s> Plan<'s> {
    pub(super) fn new(sieve: &'s Sieve, hidden: Option<&Hidden>, kinds: &Kinds) -> Self {
        let mesh = sieve.mesh.as_ref().map(|mesh| Test::of(mesh, kinds));
        let mut may = kinds.each(true, |kind| {
            let namespace = kind.namespace.as_deref();
            hidden.is_none_or(|hidden| !hidden.hides_kind(namespace, &kind.workflow_type))
        });
        for (number, may) in may.iter_mut().enumerate().skip(1) {
            *may &= mesh.as_ref().is_none_or(|mesh| mesh.may_have(number));
        }
        Self { may, mesh }
    }

    /// Whether a run of a block may pass.
    pub(super) fn may_have(&self, block: &Block) -> bool {
        block.kinds().iter().any(|kind| self.may(*kind))
            && self.mesh.as_ref().is_none_or(|mesh| mesh.may_be_in(block))
    }

    /// Whether the run at this place of a block passes.
    pub(super) fn passes(&self, block: &Block, at: usize) -> bool {
        let kind = block.kind(at);
        kind == UNSURE
            || self.may(kind)
                && self
                    .mesh
                    .as_ref()
                    .is_none_or(|mesh| mesh.holds(block, at, kind))
    }

    fn may(&self, kind: u32) -> bool {
        self.may.get(kind as usize).copied().unwrap_or(true)
    }
}

impl<'s> Test<'s> {
    fn of(mesh: &'s Mesh, kinds: &Kinds) -> Self {
        let each = |is_so: &dyn Fn(&Kind) -> bool| Self::Kind(kinds.each(true, is_so));
        match mesh {
            Mesh::All(inner) => Self::All(inner.iter().map(|it| Self::of(it, kinds)).collect()),
            Mesh::Any(inner) => Self::Any(inner.iter().map(|it| Self::of(it, kinds)).collect()),
            Mesh::Not(inner) => Self::Not(Box::new(Self::of(inner, kinds))),
            Mesh::Status(statuses) => each(&|kind| {
                let said = statuses.get(usize::from(kind.status.number()));
                said.copied().unwrap_or(true)
            }),
            Mesh::Type(condition) => each(&|kind| {
                let name = FieldValue::Text(kind.workflow_type.as_str().into());
                test_known(condition, &name)
            }),
            Mesh::Id(condition) => {
                let (head, mask) = in_common(condition);
                Self::Id {
                    head,
                    mask,
                    condition,
                }
            }
            Mesh::Started(range) => Self::Started(range),
            Mesh::Marked(marks) => Self::Marked(marks),
        }
    }

    /// Whether a run of this kind may pass.
    fn may_have(&self, kind: usize) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|it| it.may_have(kind)),
            Self::Any(inner) => inner.iter().any(|it| it.may_have(kind)),
            // Invariant: what is not known to fail may pass, so nothing is said of the opposite but
            // where the kind alone decides.
            Self::Not(inner) => match &**inner {
                Self::Kind(said) => !said.get(kind).copied().unwrap_or(false),
                _ => true,
            },
            Self::Kind(said) => said.get(kind).copied().unwrap_or(true),
            Self::Id { .. } | Self::Started(_) | Self::Marked(_) => true,
        }
    }

    /// Whether a run of this block may pass.
    fn may_be_in(&self, block: &Block) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|it| it.may_be_in(block)),
            Self::Any(inner) => inner.iter().any(|it| it.may_be_in(block)),
            Self::Not(_) | Self::Kind(_) => true,
            Self::Id { head, mask, .. } => block.has_head(*head, *mask),
            Self::Started(range) => block.has_started(range),
            Self::Marked(marks) => block.is_unsure() || marks.iter().any(|mark| block.has(*mark)),
        }
    }

    /// Whether the run at this place of a block passes.
    fn holds(&self, block: &Block, at: usize, kind: u32) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|it| it.holds(block, at, kind)),
            Self::Any(inner) => inner.iter().any(|it| it.holds(block, at, kind)),
            Self::Not(inner) => !inner.holds(block, at, kind),
            Self::Kind(said) => said.get(kind as usize).copied().unwrap_or(true),
            Self::Id {
                head,
                mask,
                condition,
            } => {
                block.head(at) & mask == *head && {
                    let id = FieldValue::Text(block.workflow_id(at).into());
                    test_known(condition, &id)
                }
            }
            Self::Started(range) => range.contains(&block.started(at)),
            Self::Marked(marks) => {
                let own = block.marks(at);
                marks.iter().any(|mark| own.contains(mark))
            }
        }
    }
}

/// What the heads of all ids that pass have in common, and in which of their bytes.
fn in_common(condition: &Condition<Value>) -> (u64, u64) {
    match condition {
        Condition::Compare(Operator::Equal, Value::Text(id)) => (head(id), u64::MAX),
        Condition::StartsWith {
            prefix: Value::Text(prefix),
            negated: false,
        } => {
            let bits = 8 * u32::try_from(prefix.len().min(8)).unwrap_or_default();
            // All bits but the last.
            let mask = !u64::MAX.checked_shr(bits).unwrap_or_default();
            (head(prefix), mask)
        }
        _ => (0, 0),
    }
}
