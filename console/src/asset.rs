//! The files of the console: in the binary, under names that change with their content.

use std::sync::LazyLock;

use derive_more::Debug;
use sha2::{Digest as _, Sha256};

use crate::csrf::hex;

/// A file.
#[derive(Debug)]
pub(crate) struct Asset {
    /// The name that links have.
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
    #[debug(skip)]
    pub(crate) content: &'static [u8],
}

/// All files.
#[derive(Debug)]
pub(crate) struct Assets {
    pub(crate) style: Asset,
    pub(crate) script: Asset,
    pub(crate) icon: Asset,
}

pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new(
        "css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/console.css"),
    ),
    script: Asset::new(
        "js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/console.js"),
    ),
    icon: Asset::new("svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
});

impl Asset {
    fn new(extension: &str, content_type: &'static str, content: &'static [u8]) -> Self {
        let digest = Sha256::digest(content);
        let hash = hex(digest.get(..8).unwrap_or(&digest));
        Self {
            name: format!("console-{hash}.{extension}"),
            content_type,
            content,
        }
    }
}

impl Assets {
    /// The file of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Asset> {
        let assets = [&self.style, &self.script, &self.icon];
        assets.into_iter().find(|asset| asset.name == name)
    }
}
