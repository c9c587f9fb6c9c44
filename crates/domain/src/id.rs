//! Every id type of the system, in one list.
//!
//! Ids are UUIDs of version 7: they sort by the time of creation, so that a primary key is also an order by age. They
//! are names, never secrets.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::parse_str(text.trim()).map(Self).map_err(|_| BadId)
            }
        }
    )+};
}

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id")]
pub struct BadId;

ids! {
    /// An organisation; API users know it as *Tenant Id*.
    OrganisationId,
    /// A person known to an organisation.
    PersonId,
    /// A named set of permissions.
    UserTypeId,
    /// A part of an organisation that limits which records a person may see.
    DepartmentId,
    /// A signed-in browser, as its owner sees it in the list of sessions (not the secret in the cookie).
    SessionId,
    /// An admin's invitation.
    InvitationId,
    /// A collection.
    CollectionId,
    /// A page, link or file in a collection.
    ItemId,
    /// The content of an uploaded file.
    FileId,
    /// A token of any kind: a single token, a multi token, or one code of a multi token.
    TokenId,
    /// A guarded site.
    SiteId,
    /// A file of recipients.
    ImportId,
    /// A bulk action on many recipients.
    BatchId,
    /// A campaign of certificates or badges.
    CampaignId,
    /// A version of a campaign's design.
    DesignId,
    /// A picture that was uploaded for a campaign's designs.
    DesignPictureId,
    /// A recipient of a campaign.
    RecipientId,
    /// A certificate or badge that was issued.
    CredentialId,
    /// A pair of an issuer's keys.
    IssuerKeyId,
    /// A mobile app that an organisation has registered: its *Client Id*.
    MobileAppId,
    /// A provider of OpenID Connect that an organisation set up.
    IdentityProviderId,
    /// A mail in the outbox.
    MailId,
    /// A job.
    JobId,
    /// An entry of the audit log.
    AuditId,
}
