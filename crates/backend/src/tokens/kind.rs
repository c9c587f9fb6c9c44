//! Kinds of tokens, as values: everything in which one kind differs from another for the core.

use domain::prefixed::Prefix;
use domain::tokens::Family;

use crate::checks::Check;

/// A kind of token. Features define their kinds as statics and register them; the core reads the value and never asks
/// which kind it is.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its name in the database.
    pub key: &'static str,
    /// What its tokens are for: whose lists, searches and checks they are in.
    pub family: Family,
    /// The form of its secret.
    pub secret: SecretForm,
    /// The purpose of its digests: a digest of one purpose finds nothing of another.
    pub purpose: Purpose,
    /// Whether the secret can be shown again, unless a token is issued otherwise.
    pub sealing: Sealing,
    /// What a use is.
    pub use_policy: UsePolicy,
    /// The kind of its parts, for a kind that has parts.
    pub parts: Option<&'static Kind>,
    /// The name under which its uses are recorded, for a kind that is spent through the journal
    /// ([`spend_journaled`](super::spend_journaled)): one without parts, whose uses are nobody's in particular.
    pub journal: Option<&'static str>,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Kind {}

/// The purpose of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Purpose(pub &'static str);

/// The form of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretForm {
    /// None: its parts have secrets.
    None,
    /// A code that people read and type.
    Code,
    /// A program's secret, with a prefix and a checksum.
    Prefixed(Prefix),
}

/// Whether a secret can be shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealing {
    /// A sealed copy is kept.
    Sealed,
    /// It is shown when it is created, and never again.
    ShownOnce,
}

/// What a use is, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsePolicy {
    /// Numbered uses up to the limit, one for each person.
    OncePerPerson,
    /// Numbered uses up to the limit, no matter who uses it.
    UpToLimit,
    /// Any number of uses; only the time of the last one is kept.
    LastUseOnly,
    /// The uses of its parts: it has none of its own, and its limit is the number of its parts.
    SumOfParts,
}

impl UsePolicy {
    /// Whether uses are rows with a number.
    pub(crate) fn is_numbered(self) -> bool {
        matches!(self, Self::OncePerPerson | Self::UpToLimit)
    }
}

/// What a feature adds to the core: its kinds of tokens, and the checks for the rows that it stores beside them.
pub(crate) struct Registered {
    pub kinds: &'static [&'static Kind],
    pub checks: &'static [Check],
}

/// All registered kinds.
pub(crate) struct Kinds {
    registered: Vec<&'static Registered>,
}

impl Kinds {
    /// Combines what the features register.
    pub(crate) fn new(registered: &[&'static Registered]) -> Self {
        Self {
            registered: registered.to_vec(),
        }
    }

    /// All kinds.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Kind> {
        self.registered.iter().flat_map(|one| one.kinds).copied()
    }

    /// The kind with this name in the database.
    pub(crate) fn get(&self, key: &str) -> Option<&'static Kind> {
        self.all().find(|kind| kind.key == key)
    }

    /// The families that have a kind.
    pub(crate) fn families(&self) -> impl Iterator<Item = Family> {
        Family::ALL
            .into_iter()
            .filter(|family| self.all().any(|kind| kind.family == *family))
    }

    /// Whether uses of a family may stand in the journal.
    pub(crate) fn journals(&self, family: Family) -> bool {
        self.of(family).any(|kind| kind.journal.is_some())
    }

    /// The kinds of a family.
    pub(crate) fn of(&self, family: Family) -> impl Iterator<Item = &'static Kind> {
        self.all().filter(move |kind| kind.family == family)
    }

    /// The checks beyond the core's.
    pub(crate) fn checks(&self) -> impl Iterator<Item = &'static Check> {
        self.registered.iter().flat_map(|one| one.checks)
    }
}
