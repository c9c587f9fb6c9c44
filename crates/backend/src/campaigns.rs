//! Certificates and badges: campaigns, their recipients, claims, and the credentials that come of them.
//!
//! A recipient's claim token is a token of the core. What this feature adds is the lock, which binds a token to one
//! profile, and the credential, which is signed when it is claimed first and lives on its own from then on.
//!
//! * [`design`]: how they look, in versions
//! * [`edit`], [`list`], [`recipients`]: what admins do
//! * [`actions`]: what is done to one recipient, as the one table of `domain` says
//! * [`claim`], [`connect`]: the recipient's side
//! * [`issuing`], [`issuer`], [`status`]: signing, keys, and lists of what was revoked
//! * [`public`]: what everybody may see and check

mod actions;
mod claim;
mod connect;
mod credentials;
mod design;
mod edit;
mod importing;
mod issuer;
mod issuing;
mod list;
mod public;
mod recipients;
mod rotate;
mod sending;
mod sql;
mod status;
#[cfg(test)]
mod tests;

use domain::tokens::Family;

use crate::Backend;
use crate::tokens::{Kind, Purpose, Registered, Sealing, SecretForm, UsePolicy};

pub use claim::{CodeSent, Profile};
pub use connect::Connecting;
pub(crate) use design::Desk;
pub use importing::Imported;
pub use public::{Document, Form};
pub use recipients::Added;
pub(crate) use rotate::KEPT;

/// A recipient's own token. It has no limit of uses: each profile that binds it is one, and there is one at a time.
pub(crate) static CLAIM: Kind = Kind {
    key: "claim",
    family: Family::Claim,
    secret: SecretForm::Code,
    purpose: Purpose("claim"),
    sealing: Sealing::Sealed,
    use_policy: UsePolicy::OncePerPerson,
    parts: None,
};

/// What the feature adds to the core.
pub(crate) static REGISTERED: Registered = Registered {
    kinds: &[&CLAIM],
    checks: &[],
};

/// Campaigns and credentials.
pub struct Campaigns<'a>(pub(crate) &'a Backend);

impl Backend {
    /// Certificates and badges.
    pub fn campaigns(&self) -> Campaigns<'_> {
        Campaigns(self)
    }
}
