//! Tokens that show that a request to change something was made on a page of this console.
//!
//! A token is a keyed hash of the name of whoever acts. Only pages shown to that person hold it, no
//! page of another site can read it, and the key dies with the process.
//!
//! A seal is the same of what such a person is told after an action: it goes through the address of the
//! next page, and nobody else can have the page say something.

use derive_more::Debug;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sempre::model::Identity;
use sha2::Sha256;

/// What tokens are made with.
#[derive(Debug)]
pub(crate) struct Csrf {
    #[debug(skip)]
    keyed: Hmac<Sha256>,
}

impl Csrf {
    #[expect(
        clippy::expect_used,
        reason = "without chance there is no token, and nothing to go on with"
    )]
    pub(crate) fn new() -> Self {
        let mut key = [0_u8; 64];
        getrandom::fill(&mut key).expect("the operating system gives random bytes");
        Self {
            keyed: Hmac::new(&key.into()),
        }
    }

    /// The token of whoever has this name.
    pub(crate) fn token(&self, who: &Identity) -> String {
        hash(self.of("token", who))
    }

    /// The seal of a text for whoever has this name.
    pub(crate) fn seal(&self, who: &Identity, text: &str) -> String {
        hash(self.of_text(who, text))
    }

    /// Whether this is the seal of a text for whoever has this name.
    pub(crate) fn check_seal(&self, who: &Identity, text: &str, seal: &str) -> bool {
        is_hash(self.of_text(who, text), seal)
    }

    /// Whether this is the token of whoever has this name; takes as long whatever it is.
    pub(crate) fn check(&self, who: &Identity, token: &str) -> bool {
        is_hash(self.of("token", who), token)
    }

    fn of_text(&self, who: &Identity, text: &str) -> Hmac<Sha256> {
        let mut keyed = self.of("seal", who);
        keyed.update(text.as_bytes());
        keyed
    }

    /// The hash of a kind for somebody. A name and what comes behind it cannot be taken for another.
    fn of(&self, kind: &str, who: &Identity) -> Hmac<Sha256> {
        let mut keyed = self.keyed.clone();
        keyed.update(kind.as_bytes());
        keyed.update(&(who.as_str().len() as u64).to_be_bytes());
        keyed.update(who.as_str().as_bytes());
        keyed
    }
}

fn hash(keyed: Hmac<Sha256>) -> String {
    hex(&keyed.finalize().into_bytes())
}

fn is_hash(keyed: Hmac<Sha256>, hash: &str) -> bool {
    unhex(hash).is_some_and(|bytes| keyed.verify_slice(&bytes).is_ok())
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    let bytes = pairs.map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok());
    bytes.collect()
}

/// An id that nobody else has: a form carries it, so that sending the form twice does it once.
pub(crate) fn fresh_id() -> String {
    let mut bytes = [0_u8; 16];
    // Where chance fails, so does `Csrf::new`, and nobody comes here.
    let _filled = getrandom::fill(&mut bytes);
    hex(&bytes)
}
