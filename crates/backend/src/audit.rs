//! What happened: who, what, before and after, from where.
//!
//! An entry is written in the transaction that makes it true: if it cannot be recorded, it does not happen. Entries are
//! never changed and never removed. They are also the source of the live feed, see [`crate::feed`].

mod list;
mod sql;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::access_tokens::HistoryEntry;
use domain::feed::Change;
use domain::tokens::Family;
use domain::{CollectionId, OrganisationId, PersonId, TokenId};
use serde_json::Value;

use crate::caller::{Caller, Recipient};
use crate::clock::Random;
use crate::error::Result;
use crate::times::Times;
use crate::{Backend, Scope};

/// Who did it.
#[derive(Debug, Clone)]
pub struct Who {
    /// Where it happened.
    pub organisation: OrganisationId,
    /// The person; `None` for the program itself and the command line.
    pub person: Option<PersonId>,
    /// Their name at that time.
    pub name: String,
    /// The address it was done from.
    pub address: Option<String>,
}

impl Who {
    /// The program itself, because of the time or a job.
    pub fn program(organisation: OrganisationId) -> Self {
        Self {
            organisation,
            person: None,
            name: "Tokenwright".into(),
            address: None,
        }
    }

    /// The operator at the command line on the server.
    pub fn operator(organisation: OrganisationId) -> Self {
        Self {
            name: "the operator".into(),
            ..Self::program(organisation)
        }
    }
}

impl From<&Caller> for Who {
    fn from(caller: &Caller) -> Self {
        Self {
            organisation: caller.organisation(),
            person: caller.person(),
            name: caller.name().to_owned(),
            address: caller.client.address_text(),
        }
    }
}

impl From<&Recipient> for Who {
    fn from(recipient: &Recipient) -> Self {
        Self {
            organisation: recipient.organisation,
            person: Some(recipient.person),
            name: recipient.name.clone(),
            address: recipient.client.address_text(),
        }
    }
}

/// What happened, and to what. Facts hold the values before and after; never a secret.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub event: Event,
    /// The family of the token, where there is one.
    pub family: Option<Family>,
    pub token: Option<TokenId>,
    pub code: Option<TokenId>,
    pub collection: Option<CollectionId>,
    pub person: Option<PersonId>,
    pub facts: Value,
}

impl Entry {
    /// An event without any details; fields are added with struct update syntax.
    pub(crate) fn new(event: Event) -> Self {
        Self {
            event,
            family: None,
            token: None,
            code: None,
            collection: None,
            person: None,
            facts: Value::Null,
        }
    }

    /// An event of a token that appears in a list.
    pub(crate) fn token(event: Event, family: Family, token: TokenId, facts: Value) -> Self {
        Self {
            family: Some(family),
            token: Some(token),
            facts,
            ..Self::new(event)
        }
    }

    /// An event of one code of a multi token.
    pub(crate) fn code(event: Event, whole: TokenId, code: TokenId, facts: Value) -> Self {
        Self {
            code: Some(code),
            ..Self::token(event, Family::Access, whole, facts)
        }
    }

    /// An event of a collection.
    pub(crate) fn collection(event: Event, collection: CollectionId, facts: Value) -> Self {
        Self {
            collection: Some(collection),
            facts,
            ..Self::new(event)
        }
    }

    /// An event of a person.
    pub(crate) fn person(event: Event, person: PersonId, facts: Value) -> Self {
        Self {
            person: Some(person),
            facts,
            ..Self::new(event)
        }
    }
}

macro_rules! events {
    ($($name:ident $key:literal $sentence:literal),+ $(,)?) => {
        /// Everything that is recorded.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Event { $($name),+ }

        impl Event {
            /// Its name in the database.
            pub(crate) fn key(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }

            /// The event with this name.
            pub(crate) fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$name),)+ _ => None }
            }

            /// What happened, with `{fact}` as the placeholder for a fact.
            fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),+ }
            }
        }
    };
}

events! {
    OrganisationSetUp "organisation.set_up" "Set up the organisation {name}",
    OrganisationChanged "organisation.changed" "Changed the organisation: {change}",
    OrganisationCancelled "organisation.cancelled" "Cancelled the organisation",
    OrganisationReactivated "organisation.reactivated" "Took the cancellation of the organisation back",
    PersonAdded "person.added" "Became known as {name}",
    ServiceUserCreated "person.service_user_created" "Made the service user {name} as {user_type}, for whom {owner} answers",
    ServiceUserOwnerChanged "person.service_user_owner_changed" "Made {owner} the owner of the service user",
    PersonRenamed "person.renamed" "Changed the name to {name}",
    PersonSignedIn "person.signed_in" "Signed in",
    PersonSignedOut "person.signed_out" "Signed out",
    PersonUserTypeChanged "person.user_type_changed" "Changed the user type from {before} to {after}",
    PersonDepartmentChanged "person.department_changed" "Changed the department from {before} to {after}",
    PersonDeactivated "person.deactivated" "Ended the access",
    PersonReactivated "person.reactivated" "Gave the access back",
    PasswordChanged "person.password_changed" "Changed the password",
    SessionEnded "person.session_ended" "Signed out another browser",
    SignInLinkSent "person.sign_in_link_sent" "Asked for a sign-in link",
    PersonInvited "person.invited" "Invited {email} as {user_type}",
    InvitationWithdrawn "person.invitation_withdrawn" "Withdrew the invitation of {email}",
    InvitationAccepted "person.invitation_accepted" "Accepted the invitation",
    UserTypeCreated "user_type.created" "Made the user type {name}, which may do this: {permissions}",
    UserTypeChanged "user_type.changed" "Changed the user type {before} to {name}, which may do this: {permissions}",
    UserTypeDeleted "user_type.deleted" "Deleted the user type {name}",
    DepartmentCreated "department.created" "Made the department {name} in {parent}",
    DepartmentRenamed "department.renamed" "Renamed the department {before} to {name}",
    DepartmentMoved "department.moved" "Moved the department {name} from {before} to {after}",
    DepartmentRemoved "department.removed" "Removed the department {name}",
    CollectionDepartmentChanged "collection.department_changed" "Moved the collection from the department {before} to {after}",
    CollectionCreated "collection.created" "Made the collection {title}",
    CollectionChanged "collection.changed" "Changed the collection {title}",
    CollectionStateChanged "collection.state_changed" "Changed the collection from {before} to {after}",
    ItemAdded "collection.item_added" "Added {title}",
    ItemChanged "collection.item_changed" "Changed {title}",
    ItemRemoved "collection.item_removed" "Removed {title}",
    ItemMoved "collection.item_moved" "Moved {title}",
    ItemOpened "collection.item_opened" "Opened {title}",
    TokenCreated "token.created" "Made the token {name}",
    TokenChanged "token.changed" "Changed {change}",
    TokenSuspended "token.suspended" "Suspended it",
    TokenResumed "token.resumed" "Resumed it",
    TokenRevoked "token.revoked" "Revoked it",
    TokenDeleted "token.deleted" "Deleted it",
    TokenRestored "token.restored" "Restored it",
    TokenExpired "token.expired" "Its time was over",
    CodesAdded "token.codes_added" "Made {count} codes",
    CodesOrdered "token.codes_ordered" "Asked for {count} codes",
    CodesCancelled "token.codes_cancelled" "Stopped making codes; {count} were made",
    CodesExported "token.codes_exported" "Exported the codes",
    TokenRevealed "token.revealed" "Looked at the link of {hint}",
    ApiTokenRevealed "api_token.revealed" "Looked at the string {hint}",
    TokenUsed "token.used" "Used {hint} (use {number})",
    FormAgain "token.form_again" "Opened {hint} once more with the form of use {number}",
    CodeAssigned "code.assigned" "Assigned {hint} to {email}",
    AssignmentCleared "code.assignment_cleared" "Cleared the assignment of {hint} to {email}; its link no longer works",
    CodeRenewed "code.renewed" "Made a new link for {email}; the old one no longer works",
    CodeReplaced "code.replaced" "Issued {hint} as a replacement",
    CampaignCreated "campaign.created" "Made the campaign {title}",
    CampaignChanged "campaign.changed" "Changed the campaign {title}",
    DesignSaved "campaign.design_saved" "Saved version {version} of the design of {title}",
    DesignUsedAgain "campaign.design_used_again" "Went back to version {before} of the design of {title}, as version {version}",
    DesignPictureAdded "campaign.picture_added" "Added the picture {name} for the design of {title}",
    CampaignStateChanged "campaign.state_changed" "Changed the campaign {title} from {before} to {after}",
    CampaignSent "campaign.sent" "Sent {count} claim links of {title}",
    RecipientsAdded "campaign.recipients_added" "Added {count} recipients to {title}",
    ImportStarted "campaign.import_started" "Imports {count} rows of {file}",
    ImportCancelled "campaign.import_cancelled" "Stopped an import; {count} recipients were added",
    IssuerProfileChanged "campaign.issuer_changed" "Changed what credentials say of their issuer: {change}",
    IssuerKeyMade "campaign.issuer_key_made" "Made key {number}, with which credentials are signed from now on",
    CampaignScheduled "campaign.scheduled" "Set when the campaign {title} starts by itself",
    TokenBatchStarted "token.batch_started" "{action}: asked for {count} tokens at once",
    RecipientsHeld "campaign.recipients_held" "Sent nothing to {count} recipients of {title}, whose names no font can draw",
    BatchStarted "campaign.batch_started" "{action}: asked for {count} recipients at once",
    NameAsked "claim.name_asked" "Asked for another name, {name}",
    NameRefused "claim.name_refused" "Refused the name {name}",
    LinksAsked "claim.links_asked" "Sent all links to {email}, which asked for them",
    RecipientCorrected "claim.recipient_corrected" "Corrected the recipient to {name}, {email}",
    RecipientDeleted "claim.recipient_deleted" "Deleted the recipient",
    ClaimTokenCopied "claim.token_copied" "Copied the token {hint} of {name}",
    ClaimTokenReset "claim.token_reset" "Reset the token of {name}, which {holder} held",
    ClaimTokenRevoked "claim.token_revoked" "Revoked the token of {name}",
    ClaimTokenEnabled "claim.token_enabled" "Enabled the token of {name}",
    ClaimTokenLocked "claim.token_locked" "Claimed {title} as {holder} ({provider})",
    ClaimMailRepeated "claim.mail_repeated" "Sent the claim link of {name} to {email} again",
    ProviderAdded "identity_provider.added" "Added the sign-in provider {name}, {issuer}",
    ProviderChanged "identity_provider.changed" "Changed the sign-in provider {name}, {issuer}",
    ProviderRemoved "identity_provider.removed" "Removed the sign-in provider {name}, {issuer}",
    UnlockAsked "claim.unlock_asked" "Asked to unlock the token of {name}",
    CredentialShared "claim.credential_shared" "What {title} gave was shared from its public page",
    CredentialRevoked "claim.credential_revoked" "Revoked the credential of {name}: {reason}",
    CredentialRedated "claim.credential_expiry_changed" "Changed when the credential of {name} expires: {after} instead of {before}",
    MailSent "mail.sent" "The mail to {email} went out",
    MailFailed "mail.failed" "The mail to {email} could not be sent; it was tried several times",
    SiteAdded "site.added" "Added the site {address}",
    SiteChanged "site.changed" "Changed the site {address}: {change}",
    SiteSecretRenewed "site.secret_renewed" "Gave the site {address} a new secret",
    SiteRemoved "site.removed" "Removed the site {address}",
    PageTokenRotated "page_token.rotated" "Gave {hint} a new secret; the old one stays good for {hours} hours",
    PageTokenLeaked "page_token.leaked" "ALARM: somebody found {hint} where it does not belong; it was revoked",
    MailBounced "mail.bounced" "The mail to {email} came back: {reason}",
    MailSentAgain "mail.sent_again" "Sent the mail to {email} again",
    RemindersRefused "mail.reminders_refused" "{email} does not want to be reminded",
    ApiTokenCreated "api_token.created" "Made the API token {name} as {user_type}",
    ApiTokenRotated "api_token.rotated" "Gave it a new string, {hint}; the old one opens until {until}",
    ApiTokenGraceEnded "api_token.grace_ended" "The new string was used, so the old one opens nothing any more",
    ApiTokenReused "api_token.reused" "ALARM: the old string of {name} was used after its grace",
    ApiTokenExposed "api_token.exposed" "ALARM: the string of {name} was seen in an address or without encryption",
    ApiTokenLeaked "api_token.leaked" "ALARM: somebody found the string of {name} where it does not belong; it was revoked",
    ApiTokenPolicyChanged "api_token.policy_changed" "Changed the policy for API tokens: {change}",
    MobileAppAdded "mobile_app.added" "Registered the app {name}",
    MobileAppChanged "mobile_app.changed" "Changed the app {name}",
    MobileAppRemoved "mobile_app.removed" "Removed the app {name}, and ended all sign-ins with it",
    MobileAllowed "person.app_allowed" "Allowed {app} to sign in",
    MobileSignedIn "mobile.signed_in" "Signed in with {app} on {device}",
    MobileSignedOut "mobile.signed_out" "Signed out of {app}",
    MobileEnded "mobile.ended" "Signed {name} out of {app}",
    MobileReused "mobile.reused" "ALARM: an old refresh token of {name} was used again, so the sign-in with {app} ended",
    MobileCodeReused "mobile.code_reused" "ALARM: a code of {name} was used twice, so the sign-in with {app} ended",
    MobileLeaked "mobile.leaked" "ALARM: somebody found a token of {name} where it does not belong, so the sign-in with {app} ended",
    MobileExposed "mobile.exposed" "ALARM: a token of {name} was seen in an address or without encryption",
    MobileWipeAsked "mobile.wipe_asked" "Asked {app} to remove everything from the device of {name}",
    MobileWiped "mobile.wiped" "{app} removed everything from the device of {name}",
    MailSettingsChanged "mail.settings_changed" "Changed the mail settings: the server is {server}",
    LogoChanged "mail.logo_changed" "Changed the logo of mails and recipients' pages",
    MailTested "mail.tested" "Sent a test mail to {email}",
    MailTextChanged "mail.text_changed" "Changed the text of {name} ({language})",
    KeysRotated "keys.rotated" "Rotated the keys",
}

impl Event {
    /// Whether this may change what programs may do in an organisation. Anything not known to be harmless counts:
    /// reading again costs little, and trusting stale rights would cost a lot.
    fn may_change_rights(self) -> bool {
        !matches!(
            self,
            Self::PersonAdded
                | Self::PersonRenamed
                | Self::PersonSignedIn
                | Self::PersonSignedOut
                | Self::PersonInvited
                | Self::PasswordChanged
                | Self::SessionEnded
                | Self::MobileAllowed
                | Self::SignInLinkSent
                | Self::InvitationWithdrawn
                | Self::CollectionCreated
                | Self::CollectionChanged
                | Self::CollectionStateChanged
                | Self::ItemAdded
                | Self::ItemChanged
                | Self::ItemRemoved
                | Self::ItemMoved
                | Self::ItemOpened
                | Self::DesignSaved
                | Self::DesignUsedAgain
                | Self::DesignPictureAdded
                | Self::MailSent
                | Self::MailFailed
                | Self::MailBounced
                | Self::MailSentAgain
                | Self::RemindersRefused
        )
    }

    /// Whether rows become visible or invisible to somebody, or get another name everywhere.
    fn moves_rows(self) -> bool {
        matches!(
            self,
            Self::UserTypeCreated
                | Self::UserTypeChanged
                | Self::UserTypeDeleted
                | Self::DepartmentCreated
                | Self::DepartmentRenamed
                | Self::DepartmentMoved
                | Self::DepartmentRemoved
                | Self::CollectionDepartmentChanged
                | Self::PersonDepartmentChanged
        )
    }
}

/// Writes an entry into the transaction.
///
/// # Errors
/// When the database fails; the caller's transaction must then not be committed.
pub(crate) async fn record(
    tx: &mut WriteTx,
    random: Random,
    now: DateTime<Utc>,
    who: &Who,
    entry: &Entry,
) -> Result<()> {
    record_all(tx, random, now, &[(who.clone(), entry.clone())]).await
}

/// Writes entries into the transaction, in this order.
///
/// # Errors
/// When the database fails; the caller's transaction must then not be committed.
pub(crate) async fn record_all(
    tx: &mut WriteTx,
    random: Random,
    now: DateTime<Utc>,
    entries: &[(Who, Entry)],
) -> Result<()> {
    let rows: Vec<_> = random.ids(now, entries.len()).zip(entries).collect();
    sql::insert(tx, &rows, now).await?;
    for (who, entry) in entries {
        match (entry.family, entry.token) {
            (Some(Family::Api | Family::Mobile), Some(token)) => tx.changes(token.0),
            (None, _) if entry.event.may_change_rights() => tx.changes(who.organisation.0),
            _ => {}
        }
    }
    Ok(())
}

/// A use of a token by nobody in particular, a moment ago.
pub(crate) struct PastUse {
    pub at: DateTime<Utc>,
    pub organisation: OrganisationId,
    pub token: TokenId,
    /// As JSON.
    pub facts: String,
    pub address: Option<String>,
}

/// Writes an entry for each use of tokens of a family, in this order, under one name and each as of its own instant. Their ids
/// are of now: who reads the log from the last entry on misses none.
///
/// # Errors
/// When the database fails; the caller's transaction must then not be committed.
pub(crate) async fn record_uses(
    tx: &mut WriteTx,
    random: Random,
    now: DateTime<Utc>,
    (name, family): (&'static str, Family),
    uses: &[PastUse],
) -> Result<()> {
    let mut rows: Vec<_> = random.ids(now, uses.len()).zip(uses).collect();
    // Many walk through the index by token once, and not here and there.
    rows.sort_by_key(|(_, one)| one.token);
    Ok(sql::insert_uses(tx, name, family, &rows).await?)
}

impl Backend {
    /// Writes an entry into the transaction, as of now.
    pub(crate) async fn record(&self, tx: &mut WriteTx, who: impl Into<Who>, entry: Entry) -> Result<()> {
        record(tx, self.random, self.clock.now(), &who.into(), &entry).await
    }
}

/// The last events of a token and, for a multi token, of all its codes; or of one code. A limited caller does not learn
/// the names of people outside the department.
pub(crate) async fn history_of_token(
    conn: &mut Conn,
    scope: &Scope,
    token: TokenId,
    times: &Times,
) -> Result<Vec<HistoryEntry>> {
    let rows = sql::of_token(conn, scope, token).await?;
    Ok(rows.into_iter().map(|row| row.told(times)).collect())
}

/// The last events of a person, done by them or to them; names as in [`history_of_token`].
pub(crate) async fn history_of_person(
    conn: &mut Conn,
    scope: &Scope,
    person: PersonId,
    times: &Times,
) -> Result<Vec<HistoryEntry>> {
    let rows = sql::of_person(conn, scope, person).await?;
    Ok(rows.into_iter().map(|row| row.told(times)).collect())
}

/// What an entry means for a page that shows a list.
fn change(event: Event, row: &sql::Heard) -> Option<Change> {
    if event.moves_rows() {
        return Some(Change::Everything);
    }
    if let Some((id, family)) = row.token_id.zip(row.family.as_deref().and_then(Family::from_key)) {
        return Some(Change::Token {
            id,
            family,
            code: row.code_id,
            new: matches!(
                event,
                Event::TokenCreated | Event::ApiTokenCreated | Event::MobileSignedIn
            ),
            person: row.person_id,
            collection: row.collection_id,
        });
    }
    if let Some(id) = row.mail(event) {
        return Some(Change::Mail {
            id,
            code: row.code_id,
        });
    }
    if let Some(id) = row.collection_id {
        let new = event == Event::CollectionCreated;
        return Some(Change::Collection { id, new });
    }
    matches!(
        event,
        Event::PersonAdded
            | Event::ServiceUserCreated
            | Event::ServiceUserOwnerChanged
            | Event::PersonRenamed
            | Event::PersonUserTypeChanged
            | Event::PersonDeactivated
            | Event::PersonReactivated
            | Event::PersonInvited
            | Event::InvitationWithdrawn
            | Event::InvitationAccepted
    )
    .then_some(Change::Person {
        id: row.person_id,
        new: matches!(event, Event::PersonAdded | Event::ServiceUserCreated),
    })
}

/// The entries after an id, oldest first, each with what it means for listening pages.
pub(crate) async fn heard_since(
    conn: &mut Conn,
    after: uuid::Uuid,
) -> Result<Vec<(uuid::Uuid, OrganisationId, Option<Change>)>> {
    let rows = sql::since(conn, after).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let told = Event::from_key(&row.event).and_then(|event| change(event, &row));
            (row.id, row.organisation_id, told)
        })
        .collect())
}

/// A sentence with its facts filled in.
fn told(event: &str, facts: &str) -> String {
    let Some(event) = Event::from_key(event) else {
        return event.to_owned();
    };
    let facts: Value = serde_json::from_str(facts).unwrap_or_default();
    let mut sentence = event.sentence().to_owned();
    // Why tokens were ended or paused is said by who wants to.
    if !sentence.contains("{reason}") && facts["reason"].is_string() {
        sentence.push_str(": {reason}");
    }
    for (name, fact) in facts.as_object().into_iter().flatten() {
        let text = fact.as_str().map_or_else(|| fact.to_string(), str::to_owned);
        sentence = sentence.replace(&format!("{{{name}}}"), &text);
    }
    // Entries from before this was recorded go without it.
    match sentence.strip_suffix(": {change}") {
        Some(without) => without.to_owned(),
        None => sentence,
    }
}

/// What was changed, in words: the values that differ, each with before and after; `None` if none does.
pub(crate) fn changes<'a>(facts: impl IntoIterator<Item = (&'a str, String, String)>) -> Option<String> {
    let changed: Vec<String> = facts
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(what, before, after)| format!("{what} from {before} to {after}"))
        .collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_told_as_a_sentence() {
        let facts = json!({"hint": "7F3K…M5QJ", "number": 3}).to_string();
        assert_eq!(told("token.used", &facts), "Used 7F3K…M5QJ (use 3)");
        assert_eq!(told("token.suspended", "null"), "Suspended it");
        let why = json!({ "reason": "It was in a build log" }).to_string();
        assert_eq!(told("token.revoked", &why), "Revoked it: It was in a build log");
        let policy = "Changed the policy for API tokens";
        assert_eq!(
            told("api_token.policy_changed", "null"),
            policy,
            "as it was recorded once"
        );
    }
}
