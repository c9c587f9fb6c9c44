//! `/recipients`: one recipient of a campaign, their claim token and their credential.

use chrono::{DateTime, NaiveDate, Utc};
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{ClaimState, CopiedToken, CredentialState, Lock, RecipientForm, RecipientRow};
use domain::mail::MailState;
use domain::{Permission, RecipientId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Body, Done, Id, Needs, One, Path, Problem, Program, Rest, Secretly, delete, get, patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::CampaignsRead);
const MANAGE: Needs = Needs::Permission(Permission::CampaignsManage);
const REVEAL: Needs = Needs::Permission(Permission::TokensReveal);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/recipients/{id}",
        READ,
        "A recipient.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/recipients/{id}",
        MANAGE,
        "Correct the name or address of a recipient; a new address gets a new link.",
        || patch(correct),
    ),
    row(
        Method::DELETE,
        "/api/v1/recipients/{id}",
        MANAGE,
        "Delete a recipient: the link opens nothing and the credential no longer validates, for good.",
        || delete(remove),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/copy-token",
        REVEAL,
        "The claim token of a recipient, which needs campaigns:manage, too. Each time is recorded.",
        || post(copy_token),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/reset",
        MANAGE,
        "Unlock the token of a recipient from its profile; the next one binds it again.",
        || post(reset),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/revoke-token",
        MANAGE,
        "Revoke the token of a recipient: nobody can claim with it, and what was claimed stays valid.",
        || post(revoke_token),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/enable-token",
        MANAGE,
        "Let a token that was revoked work again.",
        || post(enable_token),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/revoke-credential",
        MANAGE,
        "Revoke the credential of a recipient, in public and for good.",
        || post(revoke_credential),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/change-expiry",
        MANAGE,
        "Give the credential of a recipient another last day, or none: it is signed anew under the same id.",
        || post(change_expiry),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/approve-name",
        MANAGE,
        "Give a recipient the name that they ask for; what was issued is signed anew under the same id.",
        || post(approve_name),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/refuse-name",
        MANAGE,
        "Refuse the name that a recipient asks for.",
        || post(refuse_name),
    ),
    row(
        Method::POST,
        "/api/v1/recipients/{id}/send",
        MANAGE,
        "Send the claim link of a recipient again.",
        || post(send),
    ),
];

/// Whether a recipient has claimed.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Claim {
    /// Not yet.
    Waiting,
    /// A profile holds it.
    Claimed,
    /// It was claimed and unlocked: the next profile may bind it.
    Unlocked,
    /// The token was revoked: nobody can claim with it.
    TokenRevoked,
}

/// What a credential is right now.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It validates.
    Valid,
    /// Its time is over.
    Expired,
    /// The issuer revoked it.
    Revoked,
}

/// Where a mail is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RecipientMailState")]
enum Mail {
    /// It waits for its turn.
    Queued,
    /// A mail server is being talked to.
    Sending,
    /// A mail server took it.
    Sent,
    /// It could not be handed over.
    Failed,
    /// It came back.
    Bounced,
    /// It was withdrawn before it went out.
    Cancelled,
}

/// Who holds a token, as far as it is told.
#[derive(Debug, Serialize, JsonSchema)]
struct Holder {
    /// Masked: `g…e@example.org`.
    holder: String,
    /// How the profile was proven.
    provider: String,
    /// Since when.
    locked_at: DateTime<Utc>,
}

/// A recipient of a campaign.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recipient {
    /// Their id.
    id: Uuid,
    /// The name that stands on the certificate.
    name: String,
    /// Where the link is sent.
    email: String,
    /// Whether it was claimed.
    claim_state: Claim,
    /// The profile that holds the token; null: none.
    lock: Option<Holder>,
    /// When somebody else asked to unlock it.
    unlock_asked_at: Option<DateTime<Utc>>,
    /// What was issued; null: nothing yet.
    credential_id: Option<Uuid>,
    /// What that is right now.
    credential_state: Option<Standing>,
    /// Where the newest mail is; null: none was sent.
    mail_state: Option<Mail>,
    /// How often they were reminded.
    reminded: i64,
    /// The name that they ask for; null: none.
    wanted_name: Option<String>,
    /// Why a start by time sent them nothing: the letters that no font has, blank when all of them can be drawn by now;
    /// null: they are not held back.
    held: Option<String>,
    /// What lists show of the token.
    hint: String,
    /// Whether it is an admin's own, to test with.
    is_test: bool,
}

/// A correction; what is not said stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Correction {
    /// The name that stands on the certificate.
    name: Option<String>,
    /// Where the link is sent.
    email: Option<String>,
    /// Whether to give a new name although no font has some of its letters, and boxes would be drawn.
    allow_undrawable: bool,
}

/// Why a credential is revoked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Why {
    /// The reason, which everybody reads on the public page.
    reason: String,
}

/// When a credential expires.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Expiry {
    /// Its last day, where the organisation is; a day that is over ends it now. Null: it never expires.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<NaiveDate>")]
    expires_on: Option<Option<NaiveDate>>,
}

/// A claim token.
#[derive(Serialize, JsonSchema)]
struct Copied {
    /// The token as people type it.
    token: String,
    /// The link with it.
    link: String,
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Recipient>, Problem> {
    Ok(One(backend
        .campaigns()
        .recipient(&caller, RecipientId(id))
        .await?
        .into()))
}

/// A recipient to anyone who just changed it.
async fn changed(
    caller: &backend::Caller,
    backend: &backend::Backend,
    id: Uuid,
) -> Result<One<Recipient>, Problem> {
    let row = backend
        .campaigns()
        .changed_recipient(caller, RecipientId(id))
        .await?;
    Ok(One(row.into()))
}

async fn correct(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(correction): Body<Correction>,
) -> Result<One<Recipient>, Problem> {
    let anyway = correction.allow_undrawable;
    let over = |form: &mut RecipientForm| {
        if let Some(name) = correction.name {
            form.name = name;
        }
        if let Some(email) = correction.email {
            form.email = email;
        }
    };
    backend
        .campaigns()
        .correct_with(&caller, RecipientId(id), anyway, over)
        .await?;
    changed(&caller, &backend, id).await
}

async fn remove(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend
        .campaigns()
        .act(&caller, RecipientId(id), RecipientAction::DeleteRecipient, "")
        .await?;
    Ok(Done)
}

async fn copy_token(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<Secretly<Copied>, Problem> {
    Ok(Secretly(
        backend
            .campaigns()
            .copied_token(&caller, RecipientId(id))
            .await?
            .into(),
    ))
}

async fn reset(program: Program, id: Path<Id>) -> Result<One<Recipient>, Problem> {
    act(program, id, RecipientAction::Reset, "").await
}

async fn revoke_token(program: Program, id: Path<Id>) -> Result<One<Recipient>, Problem> {
    act(program, id, RecipientAction::RevokeToken, "").await
}

async fn enable_token(program: Program, id: Path<Id>) -> Result<One<Recipient>, Problem> {
    act(program, id, RecipientAction::EnableToken, "").await
}

async fn revoke_credential(
    program: Program,
    id: Path<Id>,
    Body(why): Body<Why>,
) -> Result<One<Recipient>, Problem> {
    act(program, id, RecipientAction::RevokeCredential, &why.reason).await
}

async fn change_expiry(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(expiry): Body<Expiry>,
) -> Result<One<Recipient>, Problem> {
    let day = expiry.expires_on.flatten().map(|day| day.to_string());
    backend
        .campaigns()
        .change_expiry(&caller, RecipientId(id), &day.unwrap_or_default())
        .await?;
    changed(&caller, &backend, id).await
}

async fn act(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    action: RecipientAction,
    reason: &str,
) -> Result<One<Recipient>, Problem> {
    backend
        .campaigns()
        .act(&caller, RecipientId(id), action, reason)
        .await?;
    changed(&caller, &backend, id).await
}

async fn send(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Recipient>, Problem> {
    backend.campaigns().send_again(&caller, RecipientId(id)).await?;
    changed(&caller, &backend, id).await
}

async fn approve_name(program: Program, id: Path<Id>) -> Result<One<Recipient>, Problem> {
    answer_name(program, id, true).await
}

async fn refuse_name(program: Program, id: Path<Id>) -> Result<One<Recipient>, Problem> {
    answer_name(program, id, false).await
}

async fn answer_name(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    approve: bool,
) -> Result<One<Recipient>, Problem> {
    backend
        .campaigns()
        .answer_name(&caller, RecipientId(id), approve)
        .await?;
    changed(&caller, &backend, id).await
}

impl From<ClaimState> for Claim {
    fn from(state: ClaimState) -> Self {
        match state {
            ClaimState::Waiting => Self::Waiting,
            ClaimState::Claimed => Self::Claimed,
            ClaimState::Unlocked => Self::Unlocked,
            ClaimState::TokenRevoked => Self::TokenRevoked,
        }
    }
}

impl From<CredentialState> for Standing {
    fn from(state: CredentialState) -> Self {
        match state {
            CredentialState::Valid => Self::Valid,
            CredentialState::Expired => Self::Expired,
            CredentialState::Revoked => Self::Revoked,
        }
    }
}

impl From<MailState> for Mail {
    fn from(state: MailState) -> Self {
        match state {
            MailState::Queued => Self::Queued,
            MailState::Sending => Self::Sending,
            MailState::Sent => Self::Sent,
            MailState::Failed => Self::Failed,
            MailState::Bounced => Self::Bounced,
            MailState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Lock> for Holder {
    fn from(lock: Lock) -> Self {
        Self {
            holder: lock.holder,
            provider: lock.provider,
            locked_at: lock.at.at,
        }
    }
}

impl From<CopiedToken> for Copied {
    fn from(copied: CopiedToken) -> Self {
        Self {
            token: copied.token,
            link: copied.link,
        }
    }
}

impl From<RecipientRow> for Recipient {
    fn from(row: RecipientRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            email: row.email,
            claim_state: row.claim.into(),
            lock: row.lock.map(Holder::from),
            unlock_asked_at: row.unlock_asked.map(|when| when.at),
            credential_id: row.credential.map(|id| id.0),
            credential_state: row.credential_state.map(Standing::from),
            mail_state: row.mail.map(Mail::from),
            reminded: row.reminded,
            wanted_name: row.wanted_name,
            held: row.held,
            hint: row.hint,
            is_test: row.is_test,
        }
    }
}
