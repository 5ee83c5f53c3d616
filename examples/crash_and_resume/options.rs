//! What can be said on the command line.

use std::{
    collections::hash_map::RandomState,
    env,
    error::Error,
    hash::{BuildHasher as _, Hasher as _},
    path::PathBuf,
};

/// What can be said on the command line.
pub(crate) struct Options {
    /// Decides the moments of the kills.
    pub(crate) seed: u64,
    /// How many orders there are.
    pub(crate) orders: usize,
    /// The folder that the parent gave, if this process is the one to be killed.
    pub(crate) child_of: Option<PathBuf>,
}

impl Options {
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            // A seed that nobody chose: the keys of a hasher are random.
            seed: RandomState::new().build_hasher().finish() % 1_000_000,
            orders: 16,
            child_of: None,
        };
        let mut arguments = env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(format!("{name} needs a value"))?;
            match name.as_str() {
                "--seed" => options.seed = value.parse()?,
                "--orders" => options.orders = value.parse()?,
                "--child-of" => options.child_of = Some(value.into()),
                _ => return Err(format!("unknown option {name}; there is --seed N").into()),
            }
        }
        Ok(options)
    }
}
