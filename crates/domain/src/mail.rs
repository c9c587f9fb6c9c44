//! Mail, as it is shown.

mod letterhead;
mod settings;
mod templates;

use serde::{Deserialize, Serialize};

use crate::access_tokens::HistoryEntry;
use crate::email::EmailAddress;
use crate::id::{DepartmentId, MailId};
use crate::page::Cursor;
use crate::when::When;

pub use letterhead::{Contact, Letterhead, Logo};
pub use settings::{
    DEFAULT_PER_HOUR, MailSettings, MailSettingsForm, MailSettingsView, OwnServer, is_language, language,
};
pub use templates::{TemplateForm, TemplatePreview, TemplateRow, TemplateView, VariableView};

/// Where a mail is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Written with the change that caused it; the worker will take it.
    Queued,
    /// The worker has it.
    Sending,
    /// Handed over.
    Sent,
    /// Given up after several tries.
    Failed,
    /// Withdrawn before it went out, because its link was.
    Cancelled,
    /// Handed over, and sent back by a server on its way.
    Bounced,
}

impl MailState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Cancelled,
        Self::Bounced,
    ];

    /// The word on screens. In the database a mail that bounced is one that was sent, with the time it came back.
    pub fn key(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Bounced => "bounced",
        }
    }

    /// The word at the start of a line.
    pub fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Sending => "Sending",
            Self::Sent => "Sent",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Bounced => "Bounced",
        }
    }

    /// The state behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// What the list of mails asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailQuery {
    /// The beginning of an address, or words of address and name; blank: all mails.
    pub search: String,
    /// Only mails in this state.
    pub state: Option<MailState>,
    /// Only this department and those below it.
    #[serde(default)]
    pub department: Option<DepartmentId>,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
    /// Rows of a page, for programs; screens have their own number.
    #[serde(default)]
    pub rows: Option<u16>,
}

/// A row of the list of mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRow {
    /// The mail.
    pub id: MailId,
    /// The address it goes to.
    pub to: EmailAddress,
    /// The name that belongs to it; may be blank.
    pub to_name: String,
    /// What it is about: the name of its template.
    pub about: String,
    /// Where it is on its way.
    pub state: MailState,
    /// How often it was tried.
    pub tries: i64,
    /// When it was written.
    pub written: When,
    /// When it went out, if it did.
    pub sent: Option<When>,
    /// When it is tried again, if it waits for that.
    pub next_try: Option<When>,
    /// Why it is not out, or came back: often the mail server's words.
    pub problem: Option<String>,
}

/// A mail, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// What the list shows of it.
    pub row: MailRow,
    /// Its subject.
    pub subject: String,
    /// Its plain text. The link in it is a secret, and left out.
    pub text: String,
    /// What became of it, the newest first.
    pub history: Vec<HistoryEntry>,
    /// The mail that it repeats.
    pub repeats: Option<MailId>,
    /// Why it cannot be sent again, if it cannot.
    pub not_again: Option<String>,
    /// Why its address cannot be corrected, if it cannot.
    pub not_corrected: Option<String>,
}
