//! Certificates and badges: what campaigns, their recipients and claims look like, and what may be done with them.

mod achievement;
pub mod actions;
pub mod bulk;
pub mod claims;
pub mod design;
pub mod import;
pub mod issuer;
mod languages;
pub mod reminders;

use serde::{Deserialize, Serialize};

pub use achievement::{ACHIEVEMENT_TYPES, achievement_words};
pub use languages::Languages;
pub use reminders::{Reminders, ScheduleForm};

use crate::form::{self, Problems};
use crate::mail::MailState;
use crate::{
    CampaignId, CredentialId, Cursor, DepartmentId, DesignId, EmailAddress, RecipientId, Refusal, When,
};

/// The longest title.
const TITLE: usize = 120;
/// The longest description and criteria.
const TEXT: usize = 2000;
/// The longest name of a recipient.
const NAME: usize = 120;
/// The most recipients that are typed or pasted at once.
pub const MOST_AT_ONCE: usize = 50_000;

/// What a campaign gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignKind {
    /// A certificate: a page with the recipient's name.
    Certificate,
    /// A badge: a picture.
    Badge,
}

impl CampaignKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Certificate, Self::Badge];

    /// The word in the database, in addresses and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Badge => "badge",
        }
    }

    /// The kind behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Certificate => "Certificate",
            Self::Badge => "Badge",
        }
    }
}

/// How far a campaign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Nothing was sent; links do not work yet.
    Draft,
    /// Recipients can claim.
    Live,
    /// Links say that the issuer paused it.
    Paused,
    /// Nobody can claim any more.
    Ended,
}

impl CampaignState {
    /// All states, in the order of a campaign's life.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Live, Self::Paused, Self::Ended];

    /// The word in the database, in addresses and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// The state behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Live => "Live",
            Self::Paused => "Paused",
            Self::Ended => "Ended",
        }
    }

    /// What becomes of the mails of recipients who are added now: screens say it before anybody is added.
    pub fn mails_of_added(self) -> &'static str {
        match self {
            Self::Draft => "The campaign is a draft: nothing is sent before it starts.",
            Self::Live => "The campaign is live: each of them is sent the mail with their link at once.",
            Self::Paused => "The campaign is paused: they are sent their mail when it is resumed.",
            Self::Ended => "The campaign has ended: nothing is sent unless it is resumed.",
        }
    }

    /// Whether a campaign in this state may go into another one.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft | Self::Paused | Self::Ended, Self::Live)
                | (Self::Live, Self::Paused)
                | (Self::Live | Self::Paused, Self::Ended)
        )
    }
}

/// A campaign as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CampaignForm {
    /// `certificate` or `badge`.
    pub kind: String,
    /// What recipients get.
    pub title: String,
    /// What it is.
    pub description: String,
    /// What had to be done for it.
    pub criteria: String,
    /// How many days it is valid; blank: for ever.
    pub valid_days: String,
    /// The design to start from; blank: the first one of its kind.
    pub template: String,
    /// The colour of the design, `#rrggbb`; blank: the product's.
    pub colour: String,
    /// After how many days recipients who did not claim are reminded, `3, 10, 30`; blank: never.
    pub reminders: String,
    /// What it is in the vocabulary of Open Badges; blank: what its kind is called.
    pub achievement_type: String,
    /// Its languages, the one of its texts first, `de, en`; blank: not said.
    pub languages: String,
    /// Whether recipients who share an address share one mail.
    pub grouped: bool,
}

/// A campaign that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignHead {
    /// What it gives.
    pub kind: CampaignKind,
    /// What recipients get.
    pub title: String,
    /// What it is.
    pub description: String,
    /// What had to be done for it.
    pub criteria: String,
    /// How many days it is valid.
    pub valid_days: Option<i64>,
    /// The design to start from.
    pub template: String,
    /// Its colour.
    pub colour: String,
    /// When recipients who did not claim are reminded.
    pub reminders: Reminders,
    /// What it is in the vocabulary of Open Badges.
    pub achievement_type: String,
    /// Its languages.
    pub languages: Languages,
    /// Whether recipients who share an address share one mail, with a link for each of them. Usually not: a link is for one
    /// person, and a mail of one's own can be sent again and corrected by itself.
    pub grouped: bool,
}

impl CampaignForm {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Problems at `kind`, `title`, `description`, `criteria`, `valid_days`, `colour`, `reminders`, `achievement_type` and
    /// `languages`.
    pub fn parse(&self) -> Result<CampaignHead, Problems> {
        let mut problems = Problems::default();
        let kind = CampaignKind::from_key(self.kind.trim());
        if kind.is_none() {
            problems.add("kind", "Choose a certificate or a badge.");
        }
        let title = problems.check("title", form::line("A title", TITLE, &self.title));
        let description = problems.check("description", long_text("A description", &self.description));
        let criteria = problems.check("criteria", long_text("The criteria", &self.criteria));
        let days = form::number("The number of days", 1, 36_500, &self.valid_days);
        let valid_days = problems.check("valid_days", days);
        let colour = match self.colour.trim() {
            "" => "#1d4ed8",
            colour => colour,
        };
        let hex = colour.strip_prefix('#').unwrap_or_default();
        if hex.len() != 6 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            problems.add("colour", "A colour is written as #rrggbb.");
        }
        let reminders = problems.check("reminders", Reminders::parse(&self.reminders));
        let achievement_type = kind.and_then(|kind| {
            let read = achievement::parse(kind, &self.achievement_type);
            problems.check("achievement_type", read)
        });
        let languages = problems.check("languages", Languages::parse(&self.languages));
        problems.into_result()?;
        match (
            kind,
            title,
            description,
            criteria,
            valid_days,
            reminders,
            achievement_type,
            languages,
        ) {
            (
                Some(kind),
                Some(title),
                Some(description),
                Some(criteria),
                Some(valid_days),
                Some(reminders),
                Some(achievement_type),
                Some(languages),
            ) => Ok(CampaignHead {
                kind,
                title,
                description,
                criteria,
                valid_days,
                template: self.template.trim().to_owned(),
                colour: colour.to_ascii_lowercase(),
                reminders,
                achievement_type,
                languages,
                grouped: self.grouped,
            }),
            // Whatever is missing was noted.
            _ => Err(Problems::default()),
        }
    }
}

fn long_text(what: &str, typed: &str) -> Result<String, String> {
    let text = form::text(typed).trim().to_owned();
    if text.is_empty() || text.chars().count() > TEXT {
        return Err(format!(
            "{what} has 1 to {TEXT} characters: it stands in each credential."
        ));
    }
    Ok(text)
}

/// A recipient as typed, pasted or imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipientForm {
    /// The name that stands on the certificate.
    pub name: String,
    /// Where the link is sent.
    pub email: String,
}

/// A recipient that can be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecipient {
    /// The name that stands on the certificate.
    pub name: String,
    /// Where the link is sent.
    pub email: EmailAddress,
    /// The language of mails; blank: the organisation's.
    pub language: String,
    /// Values for the design.
    pub columns: import::Columns,
}

impl NewRecipient {
    /// Somebody of whom no more is known.
    pub fn new(name: String, email: EmailAddress) -> Self {
        Self {
            name,
            email,
            language: String::new(),
            columns: import::Columns::new(),
        }
    }
}

impl RecipientForm {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Problems at `name` and `email`.
    pub fn parse(&self) -> Result<NewRecipient, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", form::line("A name", NAME, &self.name));
        let email = problems.check("email", self.email.parse::<EmailAddress>());
        problems.into_result()?;
        name.zip(email)
            .map(|(name, email)| NewRecipient::new(name, email))
            .ok_or_default()
    }
}

trait OkOrDefault<T> {
    fn ok_or_default(self) -> Result<T, Problems>;
}

impl<T> OkOrDefault<T> for Option<T> {
    fn ok_or_default(self) -> Result<T, Problems> {
        self.ok_or_else(Problems::default)
    }
}

/// Recipients as they are pasted: one on a line, `Name <address>`, `Name, address`, `Name;address` or `Name address`, in
/// either order.
///
/// # Errors
/// Each bad line with its number and reason.
pub fn pasted(text: &str) -> Result<Vec<NewRecipient>, Refusal> {
    let mut problems = Vec::new();
    let mut recipients = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        match one_of_line(line).parse() {
            Ok(recipient) => recipients.push(recipient),
            Err(refused) => problems.push(format!("Line {}: {refused}", number + 1)),
        }
    }
    if recipients.len() > MOST_AT_ONCE {
        problems.push(format!("At most {MOST_AT_ONCE} recipients are added at once."));
    }
    if problems.is_empty() && recipients.is_empty() {
        problems.push("Write one recipient on each line: name, address.".into());
    }
    if problems.is_empty() {
        Ok(recipients)
    } else {
        Err(Refusal::at("recipients", problems.join("\n")))
    }
}

fn one_of_line(line: &str) -> RecipientForm {
    if let Some((name, rest)) = line.split_once('<') {
        return RecipientForm {
            name: name.trim().trim_matches('"').to_owned(),
            email: rest.trim_end_matches('>').trim().to_owned(),
        };
    }
    let (first, second) = [';', '\t', ',']
        .into_iter()
        .find_map(|separator| line.rsplit_once(separator))
        .or_else(|| {
            line.rsplit_once(char::is_whitespace)
                .filter(|(_, last)| last.contains('@'))
        })
        .or_else(|| {
            line.split_once(char::is_whitespace)
                .filter(|(first, _)| first.contains('@'))
        })
        .unwrap_or((line, ""));
    let (first, second) = (first.trim().trim_matches('"'), second.trim().trim_matches('"'));
    let (name, email) = if first.contains('@') && !second.contains('@') {
        (second, first)
    } else {
        (first, second)
    };
    RecipientForm {
        name: name.to_owned(),
        email: email.to_owned(),
    }
}

/// A campaign in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignRow {
    /// Its id.
    pub id: CampaignId,
    /// What it gives.
    pub kind: CampaignKind,
    /// How far it is.
    pub state: CampaignState,
    /// What recipients get.
    pub title: String,
    /// How many recipients it has.
    pub recipients: i64,
    /// To how many of them the mail with the link was sent.
    pub sent: i64,
    /// How many of them went on from their link.
    pub opened: i64,
    /// How many of them claimed.
    pub claimed: i64,
    /// How many of them shared what they claimed, from its public page.
    pub shared: i64,
    /// How many mails with a link came back.
    pub bounced: i64,
    /// When it was made.
    pub created: When,
}

/// What a list of campaigns is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignOrder {
    /// When it was made, the newest first.
    #[default]
    Made,
    /// Its title, from A to Z.
    Title,
}

impl CampaignOrder {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Made, Self::Title];

    /// The word in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Title => "title",
        }
    }

    /// The order behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.key() == key)
    }
}

/// What a list of campaigns is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignQuery {
    /// What stands in the title.
    pub search: String,
    /// How far they are; all, if nothing is said.
    pub state: Option<CampaignState>,
    /// Only this department and those below it.
    pub department: Option<DepartmentId>,
    /// What they are ordered by.
    pub order: CampaignOrder,
    /// Whether the order is turned round.
    pub reversed: bool,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many rows it has; without it as many as a screen shows.
    pub rows: Option<u16>,
}

/// A campaign on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignView {
    /// What stands in the list.
    pub row: CampaignRow,
    /// What it is.
    pub description: String,
    /// What had to be done for it.
    pub criteria: String,
    /// How many days it is valid.
    pub valid_days: Option<i64>,
    /// The design that it started from.
    pub template: String,
    /// Its colour.
    pub colour: String,
    /// The version of its design that counts.
    pub design: DesignId,
    /// How many recipients were sent nothing yet, and will be.
    pub unsent: i64,
    /// When recipients who did not claim are reminded.
    pub reminders: Reminders,
    /// What it is in the vocabulary of Open Badges.
    pub achievement_type: String,
    /// Its languages.
    pub languages: Languages,
    /// When a draft starts by itself.
    pub starts: Option<When>,
    /// Whether recipients who share an address share one mail.
    #[serde(default)]
    pub grouped: bool,
    /// How many recipients were sent nothing when it started by itself, because no font can draw their names.
    #[serde(default)]
    pub held: i64,
}

/// A design to start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignChoice {
    /// What it is stored as.
    pub key: String,
    /// What people read.
    pub label: String,
    /// What it is for.
    pub kind: CampaignKind,
}

/// What a list of recipients is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipientQuery {
    /// Words that name or address begin with.
    pub search: String,
    /// Which recipients; all, if none is said.
    pub state: Option<bulk::RecipientFilter>,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many rows it has; without it as many as a screen shows.
    pub rows: Option<u16>,
}

/// Whether a recipient has claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// Not yet.
    Waiting,
    /// A profile holds it.
    Claimed,
    /// It was claimed and unlocked: the next profile may bind it.
    Unlocked,
    /// The token was revoked: nobody can claim with it.
    TokenRevoked,
}

impl ClaimState {
    /// The word in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Unlocked => "unlocked",
            Self::TokenRevoked => "token_revoked",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Not claimed",
            Self::Claimed => "Claimed",
            Self::Unlocked => "Unlocked",
            Self::TokenRevoked => "Token revoked",
        }
    }
}

/// What a credential is right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// It validates.
    Valid,
    /// Its time is over.
    Expired,
    /// The issuer revoked it.
    Revoked,
}

impl CredentialState {
    /// The word in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }
}

/// Who holds a token, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Masked: `g…e@example.org`.
    pub holder: String,
    /// How the profile was proven.
    pub provider: String,
    /// Since when.
    pub at: When,
}

/// A recipient in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientRow {
    /// Its id.
    pub id: RecipientId,
    /// The name that stands on the certificate.
    pub name: String,
    /// Where the link is sent.
    pub email: String,
    /// Whether it is an admin's own, to test with.
    pub is_test: bool,
    /// What lists show of the token.
    pub hint: String,
    /// Whether it was claimed.
    pub claim: ClaimState,
    /// Who holds it.
    pub lock: Option<Lock>,
    /// Whether somebody else asked to unlock it.
    pub unlock_asked: Option<When>,
    /// What was issued.
    pub credential: Option<CredentialId>,
    /// What that is right now.
    pub credential_state: Option<CredentialState>,
    /// Its last minute, if it ever expires.
    #[serde(default)]
    pub credential_until: Option<When>,
    /// Where the mail is.
    pub mail: Option<MailState>,
    /// How often they were reminded.
    pub reminded: i64,
    /// The name that they ask for.
    pub wanted_name: Option<String>,
    /// Why a start by time sent them nothing: the letters that no font has; blank, when all of them can be drawn by now.
    #[serde(default)]
    pub held: Option<String>,
}

/// What a list of credentials is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CredentialQuery {
    /// Only those of one campaign.
    pub campaign: Option<CampaignId>,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many rows it has; without it as many as a screen shows.
    pub rows: Option<u16>,
}

/// What was issued to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRow {
    /// Its id.
    pub id: CredentialId,
    /// The campaign that it came of.
    pub campaign: CampaignId,
    /// The recipient who claimed it.
    pub recipient: RecipientId,
    /// What it gives.
    pub kind: CampaignKind,
    /// What it is called now; it says itself what it was called when it was issued.
    pub title: String,
    /// Whose name stands on it.
    pub name: String,
    /// What it is right now.
    pub state: CredentialState,
    /// Its public page.
    pub address: String,
    /// When it was claimed first.
    pub awarded: When,
    /// When it was signed last.
    pub signed: When,
    /// Until just before when it is valid; none: for ever.
    pub until: Option<When>,
    /// When it was revoked, and why.
    pub revoked: Option<(When, String)>,
}

/// What became of recipients that were added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedRecipients {
    /// How many are new.
    pub added: usize,
    /// How many were left out, because the campaign has their address already.
    pub skipped: usize,
}

/// A token that was copied. Copying is recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedToken {
    /// The token, as people type it.
    pub token: String,
    /// The link with it.
    pub link: String,
}

impl std::fmt::Debug for CopiedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CopiedToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_needs_what_stands_in_each_credential() {
        let form = CampaignForm {
            kind: "badge".into(),
            title: " Safety ".into(),
            description: "What everybody should know.".into(),
            criteria: "Passed the test.".into(),
            valid_days: "365".into(),
            ..CampaignForm::default()
        };
        let head = form.parse().expect("fits");
        assert_eq!((head.title.as_str(), head.valid_days), ("Safety", Some(365)));
        assert_eq!(
            (head.achievement_type.as_str(), head.languages.of_texts()),
            ("Badge", None)
        );

        let problems = CampaignForm::default().parse().expect_err("blank");
        let fields: Vec<_> = problems.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["kind", "title", "description", "criteria"]);
        let colour = CampaignForm {
            colour: "red\"/>".into(),
            ..form.clone()
        };
        assert!(colour.parse().expect_err("no colour").at("colour").is_some());
        let foreign = CampaignForm {
            achievement_type: "Medal".into(),
            languages: "german".into(),
            ..form
        };
        let problems = foreign.parse().expect_err("neither is known");
        let fields: Vec<_> = problems.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["achievement_type", "languages"]);
    }

    #[test]
    fn recipients_are_pasted_in_the_ways_people_write_them() {
        let text = "\u{feff}Zoë Müller <zoe@example.org>\nO'Brien, Pat; pat@example.org\r\n\n山田 太郎\tyamada@example.org\nada@example.org, Ada\nBo Larsen bo@example.org\nmo@example.org Mo Tane";
        let names: Vec<_> = pasted(text)
            .expect("all fit")
            .into_iter()
            .map(|one| (one.name, one.email.to_string()))
            .collect();
        let expected = [
            ("Zoë Müller", "zoe@example.org"),
            ("O'Brien, Pat", "pat@example.org"),
            ("山田 太郎", "yamada@example.org"),
            ("Ada", "ada@example.org"),
            ("Bo Larsen", "bo@example.org"),
            ("Mo Tane", "mo@example.org"),
        ];
        assert_eq!(
            names,
            expected.map(|(name, email)| (name.to_owned(), email.to_owned()))
        );
    }

    #[test]
    fn every_bad_line_is_named_at_once() {
        let refused = pasted("Ada, ada@example.org\nBob\nCarl, carl@\n").expect_err("two bad lines");
        let sentence = refused.to_string();
        assert!(
            sentence.contains("Line 2:") && sentence.contains("\nLine 3:"),
            "{sentence}"
        );
        assert!(!sentence.contains("Line 1:"), "{sentence}");
        assert!(pasted(" \n").is_err());
    }

    #[test]
    fn a_campaign_goes_only_forwards_or_is_resumed() {
        use CampaignState::{Draft, Ended, Live, Paused};
        assert!(Draft.may_become(Live) && Live.may_become(Paused) && Paused.may_become(Live));
        assert!(Live.may_become(Ended) && Ended.may_become(Live));
        for state in CampaignState::ALL {
            assert!(!state.may_become(Draft) && !state.may_become(state));
        }
        assert!(!Draft.may_become(Paused) && !Draft.may_become(Ended));
    }
}
