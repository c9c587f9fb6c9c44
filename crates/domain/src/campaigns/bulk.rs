//! Work on many recipients at once: which ones, what is done, and what became of it for each.

use serde::{Deserialize, Serialize};

use super::actions::RecipientAction;
use crate::jobs::Progress;
use crate::{BatchId, CampaignId, RecipientId};

/// The most recipients of one piece of work.
pub const MOST: usize = 50_000;
/// Refusals that a screen shows.
pub const SHOWN: usize = 100;

/// Which recipients a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientFilter {
    /// They were sent nothing yet.
    Unsent,
    /// A start by time sent them nothing, because no font can draw their names.
    Held,
    /// They have not claimed.
    Waiting,
    /// A profile holds the token.
    Claimed,
    /// It was claimed and unlocked.
    Unlocked,
    /// The token was revoked.
    TokenRevoked,
    /// Somebody asks to unlock the token.
    AsksToUnlock,
    /// The recipient asks for another name.
    AsksForName,
    /// The credential was revoked.
    CredentialRevoked,
    /// The credential has expired.
    Expired,
    /// The mail came back.
    Bounced,
    /// The mail could not be sent.
    MailFailed,
}

impl RecipientFilter {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 12] = [
        Self::Unsent,
        Self::Held,
        Self::Waiting,
        Self::Claimed,
        Self::Unlocked,
        Self::TokenRevoked,
        Self::AsksToUnlock,
        Self::AsksForName,
        Self::CredentialRevoked,
        Self::Expired,
        Self::Bounced,
        Self::MailFailed,
    ];

    /// The word in addresses and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Unlocked => "unlocked",
            Self::TokenRevoked => "token_revoked",
            Self::AsksToUnlock => "asks_to_unlock",
            Self::AsksForName => "asks_for_name",
            Self::CredentialRevoked => "credential_revoked",
            Self::Expired => "expired",
            Self::Bounced => "bounced",
            Self::MailFailed => "mail_failed",
        }
    }

    /// What is behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.key() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsent => "Not sent",
            Self::Held => "Held back",
            Self::Waiting => "Not claimed",
            Self::Claimed => "Claimed",
            Self::Unlocked => "Unlocked",
            Self::TokenRevoked => "Token revoked",
            Self::AsksToUnlock => "Ask to unlock",
            Self::AsksForName => "Ask for another name",
            Self::CredentialRevoked => "Credential revoked",
            Self::Expired => "Credential expired",
            Self::Bounced => "Mail came back",
            Self::MailFailed => "Mail not sent",
        }
    }
}

/// What is done to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// The mail is sent again.
    SendAgain,
    /// The token is unlocked.
    Reset,
    /// The token is revoked.
    RevokeToken,
    /// A revoked token is enabled again.
    EnableToken,
    /// The credential is revoked.
    RevokeCredential,
    /// The recipient is deleted.
    Delete,
}

impl BulkAction {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::SendAgain,
        Self::Reset,
        Self::RevokeToken,
        Self::EnableToken,
        Self::RevokeCredential,
        Self::Delete,
    ];

    /// The word in the database and in the API.
    pub fn key(self) -> &'static str {
        match self.action() {
            None => "send",
            Some(action) => action.key(),
        }
    }

    /// What is behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.key() == key)
    }

    /// The action of the table; `None` for the mail, which changes nothing.
    pub fn action(self) -> Option<RecipientAction> {
        match self {
            Self::SendAgain => None,
            Self::Reset => Some(RecipientAction::Reset),
            Self::RevokeToken => Some(RecipientAction::RevokeToken),
            Self::EnableToken => Some(RecipientAction::EnableToken),
            Self::RevokeCredential => Some(RecipientAction::RevokeCredential),
            Self::Delete => Some(RecipientAction::DeleteRecipient),
        }
    }

    /// What an admin presses.
    pub fn label(self) -> &'static str {
        match self.action() {
            None => "Send again",
            Some(RecipientAction::DeleteRecipient) => "Delete recipients",
            Some(action) => action.label(),
        }
    }

    /// What it will do to each of them.
    pub fn sentences(self) -> Vec<&'static str> {
        self.action().unwrap_or(RecipientAction::SendAgain).sentences()
    }
}

/// What is done to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkForm {
    /// What.
    pub action: BulkAction,
    /// Why, for revoking a credential: it is public.
    #[serde(default)]
    pub reason: String,
    /// To these, if not to all.
    #[serde(default)]
    pub ids: Vec<RecipientId>,
    /// To everybody whom the search and the state fit.
    #[serde(default)]
    pub all: bool,
    /// What a name or an address begins with.
    #[serde(default)]
    pub search: String,
    /// Which recipients.
    #[serde(default)]
    pub state: Option<RecipientFilter>,
}

/// Why nothing was done to one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRefusal {
    /// The recipient.
    pub recipient: RecipientId,
    /// Their name; blank, if they are not there any more.
    pub name: String,
    /// Why, in words.
    pub reason: String,
}

/// How far work on many recipients is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// The campaign.
    pub campaign: CampaignId,
    /// What is done.
    pub action: BulkAction,
    /// How far it is.
    pub progress: Progress,
    /// To how many it was done.
    pub done: i64,
    /// How many were refused.
    pub refused: i64,
    /// The first of those.
    pub refusals: Vec<BatchRefusal>,
}
