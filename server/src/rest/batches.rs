//! `/campaigns/{id}/batches`: the same for many recipients of a campaign at once.

use domain::campaigns::bulk::{BatchRefusal, BatchView, BulkAction, BulkForm, RecipientFilter};
use domain::jobs::JobState;
use domain::{BatchId, CampaignId, Permission, RecipientId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Body, Id, Needs, One, Path, Problem, Program, Rest, get, post, row};

const MANAGE: Needs = Needs::Permission(Permission::CampaignsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/batches",
        MANAGE,
        "Do the same to many recipients of a campaign, by a job.",
        || post(begin),
    ),
    row(
        Method::GET,
        "/api/v1/campaigns/{id}/batches/{batch_id}",
        MANAGE,
        "How far it is, and who was refused why.",
        || get(show),
    ),
];

/// Work on recipients of a campaign, in a path.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "BatchOf")]
struct Of {
    /// The campaign.
    id: Uuid,
    /// The work.
    batch_id: Uuid,
}

/// What is done to many.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "BatchAction")]
enum Action {
    /// The mail is sent again.
    Send,
    /// The token is unlocked.
    Reset,
    /// The token is revoked.
    RevokeToken,
    /// A revoked token is enabled again.
    EnableToken,
    /// The credential is revoked, in public and for good.
    RevokeCredential,
    /// The recipient is deleted, for good.
    Delete,
}

/// Which recipients.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WhichOfBatch")]
pub(super) enum Which {
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

/// What is done to whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewBatch")]
struct New {
    /// What.
    action: Action,
    /// Why, for `revoke-credential`: everybody reads it.
    #[serde(default)]
    reason: String,
    /// To these recipients, if not to all.
    #[serde(default)]
    ids: Vec<Uuid>,
    /// To everybody whom `q` and `state` fit.
    #[serde(default)]
    all: bool,
    /// What a name or an address begins with.
    #[serde(default)]
    q: String,
    /// Which recipients.
    #[serde(default)]
    state: Option<Which>,
}

/// How far work on many recipients is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BatchState")]
enum State {
    /// It goes on.
    Running,
    /// It ended.
    Done,
    /// Somebody stopped it; what was done stays.
    Cancelled,
}

/// Why nothing was done to one of them.
#[derive(Debug, Serialize, JsonSchema)]
struct Refusal {
    /// The recipient.
    recipient_id: Uuid,
    /// Why, in words.
    reason: String,
}

/// Work on many recipients.
#[derive(Debug, Serialize, JsonSchema)]
struct Batch {
    /// Its id.
    id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// What is done.
    action: Action,
    /// How far it is.
    state: State,
    /// How many recipients there are.
    total: i64,
    /// To how many it was done.
    done: i64,
    /// How many were refused.
    refused: i64,
    /// The first hundred of those.
    refusals: Vec<Refusal>,
}

async fn begin(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(new): Body<New>,
) -> Result<One<Batch>, Problem> {
    let view = backend
        .campaigns()
        .act_on_many(&caller, CampaignId(id), &new.form())
        .await?;
    Ok(One(view.into()))
}

async fn show(
    Program(caller, backend): Program,
    Path(Of { id, batch_id }): Path<Of>,
) -> Result<One<Batch>, Problem> {
    let view = backend.campaigns().batch(&caller, BatchId(batch_id)).await?;
    if view.campaign.0 != id {
        return Err(domain::Refusal::NotFound.into());
    }
    Ok(One(view.into()))
}

impl New {
    fn form(self) -> BulkForm {
        BulkForm {
            action: match self.action {
                Action::Send => BulkAction::SendAgain,
                Action::Reset => BulkAction::Reset,
                Action::RevokeToken => BulkAction::RevokeToken,
                Action::EnableToken => BulkAction::EnableToken,
                Action::RevokeCredential => BulkAction::RevokeCredential,
                Action::Delete => BulkAction::Delete,
            },
            reason: self.reason,
            ids: self.ids.into_iter().map(RecipientId).collect(),
            all: self.all,
            search: self.q,
            state: self.state.map(RecipientFilter::from),
        }
    }
}

impl From<Which> for RecipientFilter {
    fn from(which: Which) -> Self {
        match which {
            Which::Unsent => Self::Unsent,
            Which::Held => Self::Held,
            Which::Waiting => Self::Waiting,
            Which::Claimed => Self::Claimed,
            Which::Unlocked => Self::Unlocked,
            Which::TokenRevoked => Self::TokenRevoked,
            Which::AsksToUnlock => Self::AsksToUnlock,
            Which::AsksForName => Self::AsksForName,
            Which::CredentialRevoked => Self::CredentialRevoked,
            Which::Expired => Self::Expired,
            Which::Bounced => Self::Bounced,
            Which::MailFailed => Self::MailFailed,
        }
    }
}

impl From<BulkAction> for Action {
    fn from(action: BulkAction) -> Self {
        match action {
            BulkAction::SendAgain => Self::Send,
            BulkAction::Reset => Self::Reset,
            BulkAction::RevokeToken => Self::RevokeToken,
            BulkAction::EnableToken => Self::EnableToken,
            BulkAction::RevokeCredential => Self::RevokeCredential,
            BulkAction::Delete => Self::Delete,
        }
    }
}

impl From<BatchRefusal> for Refusal {
    fn from(refusal: BatchRefusal) -> Self {
        Self {
            recipient_id: refusal.recipient.0,
            reason: refusal.reason,
        }
    }
}

impl From<BatchView> for Batch {
    fn from(view: BatchView) -> Self {
        Self {
            id: view.id.0,
            campaign_id: view.campaign.0,
            action: view.action.into(),
            state: match view.progress.state {
                JobState::Running => State::Running,
                JobState::Done => State::Done,
                JobState::Cancelled => State::Cancelled,
            },
            total: view.progress.total,
            done: view.done,
            refused: view.refused,
            refusals: view.refusals.into_iter().map(Refusal::from).collect(),
        }
    }
}
