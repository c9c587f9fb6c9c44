//! A claim, from the recipient's side.

use serde::{Deserialize, Serialize};

use super::{CampaignKind, CredentialState};
use crate::identity_providers::ProviderChoice;
use crate::mail::Letterhead;
use crate::{CredentialId, When};

/// What a claim link offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimOffer {
    /// Who gives it.
    pub organisation: String,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub description: String,
    /// What it is.
    pub kind: CampaignKind,
    /// Whose name stands on it.
    pub recipient: String,
    /// The address that the link was sent to, masked.
    pub masked: String,
    /// The language that title and description are written in; blank: nobody said so.
    pub language: String,
    /// Where a profile can be proven, beside a mailbox.
    pub providers: Vec<ProviderChoice>,
    /// What its issuer's pages begin and end with.
    #[serde(default)]
    pub letterhead: Letterhead,
}

/// What a claim link is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimLink {
    /// It opens nothing: unknown, malformed, withdrawn, deleted or of a cancelled organisation.
    Unknown,
    /// Too many wrong ones came from this address.
    TooMany {
        /// Seconds until the next one is listened to.
        seconds: i64,
    },
    /// The campaign was paused, or has not begun.
    Paused(ClaimOffer),
    /// The campaign is over, and nobody holds it.
    Ended(ClaimOffer),
    /// It can be claimed by whoever proves a profile.
    Open(ClaimOffer),
    /// A profile holds it.
    Taken {
        /// What it is.
        offer: ClaimOffer,
        /// Who holds it, masked, and how it was proven.
        holder: String,
        /// Since when.
        at: When,
        /// What was issued.
        credential: CredentialId,
    },
    /// The issuer revoked the credential.
    Revoked(ClaimOffer),
    /// Its time is over.
    Expired(ClaimOffer),
}

impl ClaimLink {
    /// What it is about, unless it opens nothing.
    pub fn offer(&self) -> Option<&ClaimOffer> {
        match self {
            Self::Unknown | Self::TooMany { .. } => None,
            Self::Paused(offer)
            | Self::Ended(offer)
            | Self::Open(offer)
            | Self::Taken { offer, .. }
            | Self::Revoked(offer)
            | Self::Expired(offer) => Some(offer),
        }
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per request, and it lives as long"
)]
pub enum Claimed {
    /// It is theirs.
    Done(CredentialId),
    /// It did not work: what the link says now.
    Refused(ClaimLink),
}

/// What a provider's answer came to. Nothing was changed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connected {
    /// The token can be bound to this profile, when its owner says so.
    Confirm {
        /// What it is.
        offer: ClaimOffer,
        /// Who they are, as the provider calls them.
        who: String,
        /// What the provider is called.
        provider: String,
        /// What confirms it: it works in this browser alone, and for a short time.
        proof: String,
    },
    /// It is theirs already.
    Theirs(CredentialId),
    /// It cannot be claimed: what the link says now.
    Refused(ClaimLink),
    /// The provider did not say who they are.
    Failed {
        /// What the provider is called.
        provider: String,
        /// What happened.
        sentence: String,
    },
    /// It began in another browser, or too long ago.
    TooLate,
}

/// What everybody may see of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicCredential {
    /// Its id.
    pub id: CredentialId,
    /// Its public address.
    pub address: String,
    /// What it is right now.
    pub state: CredentialState,
    /// Whether its signature was checked anew and found good.
    pub signature_is_good: bool,
    /// What it is.
    pub kind: CampaignKind,
    /// Whose it is.
    pub recipient: String,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub description: String,
    /// What had to be done for it.
    pub criteria: String,
    /// Who issued it.
    pub issuer: String,
    /// The issuer's identifier.
    pub issuer_id: String,
    /// The issuer's web address.
    pub issuer_url: String,
    /// What the issuer says of itself; blank: nothing.
    pub issuer_about: String,
    /// The language that its texts are written in; blank: nobody said so.
    pub language: String,
    /// When it was awarded.
    pub awarded: When,
    /// Until when it is valid.
    pub until: Option<When>,
    /// When it was revoked, and why.
    pub revoked: Option<(When, String)>,
    /// The year and month of the award, for networks of professionals.
    pub issued_month: (i32, u32),
    /// The same of its end.
    pub expires_month: Option<(i32, u32)>,
    /// What its issuer's pages begin and end with.
    #[serde(default)]
    pub letterhead: Letterhead,
}

impl PublicCredential {
    /// Whether everybody may rely on it now.
    pub fn is_good(&self) -> bool {
        self.state == CredentialState::Valid && self.signature_is_good
    }
}

/// Where a credential is shared from its public page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareTo {
    /// To the profile of its recipient in a network of professionals.
    Profile,
    /// To those who read what is posted there.
    Post,
    /// Anywhere: as an address, or in a frame of another site.
    Address,
}

impl ShareTo {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Profile, Self::Post, Self::Address];

    /// The word in forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Post => "post",
            Self::Address => "address",
        }
    }

    /// The one behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|to| to.key() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Profile => "Add to LinkedIn",
            Self::Post => "Post on LinkedIn",
            Self::Address => "Share its address",
        }
    }
}
