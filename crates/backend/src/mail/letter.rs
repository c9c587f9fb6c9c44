//! What mails there are, and a mail as its reader sees it.

/// A kind of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// Somebody assigned a code to the reader. Facts: `organisation`, `collection`, `assigned_by`,
    /// `from` when the link begins to work, if that lies ahead, and `until` when it ends.
    CodeAssigned,
    /// The reader can claim a certificate or badge. Facts: `organisation`, `title`, `kind`, `name`.
    ClaimLink,
    /// The reader did not claim it yet. The same facts.
    ClaimReminder,
    /// Several recipients of a campaign share the reader's address; the secret is a text with each of their links. Facts:
    /// `organisation`, `title`, `kind`, `count`.
    ClaimGroup,
    /// Some of them did not claim yet. The same facts.
    ClaimGroupReminder,
    /// The reader asked for all links of their address; the secret is a text with each of them. Facts: `organisation`.
    ClaimLinks,
    /// The reader proves their mailbox for a claim; the secret is six digits instead of a link. Facts: `organisation`,
    /// `title`.
    ClaimCode,
    /// A code that proves that who wants their data deleted has the mailbox. Facts: `organisation`, `title`.
    DeletionCode,
    /// The reader asked for a link to sign in with. Facts: `organisation`.
    SignInLink,
    /// An admin tries the mail settings. Facts: `organisation`.
    Test,
    /// Somebody gives the reader a link that opens one page. Facts: `organisation`, `page`, `sent_by`, and
    /// `from` and `until` as above.
    PageLink,
    /// The reader's sign-in with an app was ended, because somebody else may have what it is held by. Facts:
    /// `organisation`, `app`, `device`.
    MobileEnded,
    /// A token behind which the reader stands was revoked, because somebody found it. Facts: `organisation`, `token`,
    /// `hint`.
    TokenLeaked,
    /// The old string of a token behind which the reader stands was used after its grace. Facts: `organisation`, `token`,
    /// `hint`, and `address` when it is known.
    TokenReused,
    /// A token behind which the reader stands was revoked, because its string was in an address or travelled without
    /// encryption. The same facts.
    TokenExposed,
    /// A page token that the reader made was revoked, because somebody found it. Facts: `organisation`, `page`, `hint`.
    PageTokenLeaked,
    /// An API token ends soon. Facts: `organisation`, `token`, `until`, `left` ("in 3 days"), `page`, and `used` when it was
    /// last used or `unused` since when it was not.
    TokenEnds,
}

impl Template {
    /// All of them.
    pub(crate) const ALL: [Self; 17] = [
        Self::CodeAssigned,
        Self::ClaimLink,
        Self::ClaimReminder,
        Self::ClaimGroup,
        Self::ClaimGroupReminder,
        Self::ClaimLinks,
        Self::ClaimCode,
        Self::DeletionCode,
        Self::SignInLink,
        Self::Test,
        Self::PageLink,
        Self::MobileEnded,
        Self::TokenLeaked,
        Self::TokenReused,
        Self::TokenExposed,
        Self::PageTokenLeaked,
        Self::TokenEnds,
    ];

    /// The word in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::CodeAssigned => "code_assigned",
            Self::ClaimLink => "claim_link",
            Self::ClaimReminder => "claim_reminder",
            Self::ClaimGroup => "claim_group",
            Self::ClaimGroupReminder => "claim_group_reminder",
            Self::ClaimLinks => "claim_links",
            Self::ClaimCode => "claim_code",
            Self::DeletionCode => "deletion_code",
            Self::SignInLink => "sign_in_link",
            Self::Test => "test",
            Self::PageLink => "page_link",
            Self::MobileEnded => "mobile_ended",
            Self::TokenLeaked => "token_leaked",
            Self::TokenReused => "token_reused",
            Self::TokenExposed => "token_exposed",
            Self::PageTokenLeaked => "page_token_leaked",
            Self::TokenEnds => "token_ends",
        }
    }

    /// Its name, as people know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CodeAssigned => "Access to a collection",
            Self::ClaimLink => "Certificate or badge",
            Self::ClaimReminder => "Reminder of a certificate or badge",
            Self::ClaimGroup => "Certificates or badges of one address",
            Self::ClaimGroupReminder => "Reminder of those of one address",
            Self::ClaimLinks => "All links of an address",
            Self::ClaimCode => "Code to claim with",
            Self::DeletionCode => "Code to delete one's data with",
            Self::SignInLink => "Sign-in link",
            Self::Test => "Test of the mail settings",
            Self::PageLink => "Link to a page",
            Self::MobileEnded => "Sign-in with an app ended",
            Self::TokenLeaked => "API token found and revoked",
            Self::TokenReused => "Old string of an API token used",
            Self::TokenExposed => "API token exposed and revoked",
            Self::PageTokenLeaked => "Page token found and revoked",
            Self::TokenEnds => "API token ends soon",
        }
    }

    /// Whether it holds the links of several tokens of a campaign.
    pub(crate) fn is_of_several(self) -> bool {
        matches!(self, Self::ClaimGroup | Self::ClaimGroupReminder)
    }

    /// Whether it reminds of a link.
    pub(crate) fn is_reminder(self) -> bool {
        matches!(self, Self::ClaimReminder | Self::ClaimGroupReminder)
    }

    /// The same for several links in one mail.
    pub(crate) fn of_several(self) -> Self {
        match self {
            Self::ClaimLink => Self::ClaimGroup,
            Self::ClaimReminder => Self::ClaimGroupReminder,
            other => other,
        }
    }

    /// Whether a campaign may have a text of its own for it.
    pub(crate) fn is_of_campaign(self) -> bool {
        matches!(
            self,
            Self::ClaimLink | Self::ClaimReminder | Self::ClaimGroup | Self::ClaimGroupReminder
        )
    }

    /// Whether it may show what else is known of its recipient: the columns of an import.
    pub(crate) fn has_columns(self) -> bool {
        matches!(self, Self::ClaimLink | Self::ClaimReminder)
    }

    /// The template behind a word.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.key() == key)
    }
}

/// A mail as its reader sees it.
#[derive(Debug, Default)]
pub(super) struct Letter {
    pub from_name: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}
