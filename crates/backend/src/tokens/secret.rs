//! Secrets of every kind: as they are created, presented and stored.

use domain::code::Hint;
use domain::{Code, PrefixedSecret, TokenId};

use super::kind::{Kind, Purpose, Sealing, SecretForm};
use crate::Backend;
use crate::clock::Random;
use crate::error::{Fault, Result};
use crate::scan_digest::ScanDigest;

/// The secret of a token, in the form of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenSecret {
    /// A code that people read and type.
    Code(Code),
    /// A program's secret.
    Prefixed(PrefixedSecret),
}

impl TokenSecret {
    /// A new secret; `None` for a kind without one.
    pub(super) fn random(form: SecretForm, random: Random) -> Option<Self> {
        match form {
            SecretForm::None => None,
            SecretForm::Code => Some(Self::Code(random.code())),
            SecretForm::Prefixed(prefix) => Some(Self::Prefixed(random.prefixed(prefix))),
        }
    }

    /// Reads a secret that was sealed.
    ///
    /// # Errors
    /// A fault if it does not have the form of its kind.
    pub(super) fn read(form: SecretForm, text: &str) -> Result<Self> {
        match form {
            SecretForm::None => Err(Fault::new("a kind of token without a secret has one").into()),
            SecretForm::Code => Ok(Self::Code(text.parse::<Code>().map_err(Fault::new)?)),
            SecretForm::Prefixed(prefix) => {
                let secret = PrefixedSecret::parse(prefix, text).map_err(Fault::new)?;
                Ok(Self::Prefixed(secret))
            }
        }
    }

    /// The secret itself, as it is looked up.
    pub(crate) fn reveal(&self) -> &str {
        match self {
            Self::Code(code) => code.reveal(),
            Self::Prefixed(secret) => secret.reveal(),
        }
    }

    /// The part of it that lists show.
    pub(crate) fn hint(&self) -> Hint {
        match self {
            Self::Code(code) => code.hint(),
            Self::Prefixed(secret) => secret.hint(),
        }
    }

    /// The digest by which scanners ask about it, if it is a program's.
    pub(crate) fn scan_digest(&self) -> Option<ScanDigest> {
        match self {
            Self::Code(_) => None,
            Self::Prefixed(secret) => Some(ScanDigest::of(secret)),
        }
    }

    /// The code, for a kind that has codes.
    ///
    /// # Errors
    /// A fault if it is not a code.
    pub(crate) fn into_code(self) -> Result<Code> {
        match self {
            Self::Code(code) => Ok(code),
            Self::Prefixed(_) => Err(Fault::new("a secret that should be a code is none").into()),
        }
    }
}

/// A secret that somebody presents, and the purpose it is presented for.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'a> {
    purpose: Purpose,
    secret: &'a str,
}

impl<'a> Presented<'a> {
    /// A code, for a purpose.
    pub(crate) fn code(purpose: Purpose, code: &'a Code) -> Self {
        let secret = code.reveal();
        Self { purpose, secret }
    }

    /// A program's secret, for a purpose.
    pub(crate) fn prefixed(purpose: Purpose, secret: &'a PrefixedSecret) -> Self {
        let secret = secret.reveal();
        Self { purpose, secret }
    }

    /// The secret itself.
    pub(super) fn reveal(self) -> &'a str {
        self.secret
    }

    /// The key under which caches in memory find it.
    pub(crate) fn digest(self, backend: &Backend) -> Vec<u8> {
        backend.keys.look_up(self.purpose.0, self.secret).digest
    }

    /// Every digest by which the database may find it.
    pub(super) fn digests(self, backend: &Backend) -> Vec<Vec<u8>> {
        let look_ups = backend.keys.look_ups(self.purpose.0, self.secret);
        look_ups.into_iter().map(|look_up| look_up.digest).collect()
    }
}

/// A secret in the forms in which it is stored.
pub(super) struct Kept {
    pub digest: Vec<u8>,
    pub key_id: i64,
    /// `None` if it is shown only once.
    pub sealed: Option<Vec<u8>>,
    pub hint: Hint,
    /// What scanners ask by, if it is a program's.
    pub scan: Option<ScanDigest>,
}

impl Kept {
    pub(super) fn new(
        backend: &Backend,
        id: TokenId,
        kind: &Kind,
        sealing: Sealing,
        secret: &TokenSecret,
    ) -> Self {
        let look_up = backend.keys.look_up(kind.purpose.0, secret.reveal());
        let is_sealed = sealing == Sealing::Sealed;
        Self {
            digest: look_up.digest,
            key_id: look_up.key_id,
            sealed: is_sealed.then(|| backend.keys.seal(id.0.as_bytes(), secret.reveal())),
            hint: secret.hint(),
            scan: secret.scan_digest(),
        }
    }
}
