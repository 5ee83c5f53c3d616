//! How the values of a world are kept: as they are, compressed, veiled, or both.

use sempre::{codec::Compression, model::Codecs, runtime::EngineBuilder};

use crate::{Veil, simulation::chance::Chance};

/// How values are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Coding {
    pub(crate) is_compressed: bool,
    pub(crate) is_veiled: bool,
}

impl Coding {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        Self {
            is_compressed: chance.adds_one_in(4),
            is_veiled: chance.adds_one_in(4),
        }
    }

    /// What values go through; the veil may be torn.
    pub(crate) fn codecs(self, is_torn: bool) -> Codecs {
        let mut codecs = Codecs::default();
        if self.is_compressed {
            codecs = codecs.and(compression());
        }
        if self.is_veiled {
            codecs = codecs.and(Veil { is_torn });
        }
        codecs
    }

    /// An engine that keeps its values so.
    pub(crate) fn apply(self, mut engine: EngineBuilder, is_torn: bool) -> EngineBuilder {
        if self.is_compressed {
            engine = engine.codec(compression());
        }
        if self.is_veiled {
            engine = engine.codec(Veil { is_torn });
        }
        engine
    }
}

fn compression() -> Compression {
    Compression::default().min_bytes(64)
}
