//! Certificates and badges: campaigns, their recipients, claims, and the credentials that come of them.
//!
//! A recipient's claim token is a token of the core. What this feature adds is the lock, which binds a token to one
//! profile, and the credential, which is signed when it is claimed first and lives on its own from then on.
//!
//! * [`design`]: how they look, in versions
//! * [`drawable`]: names that no font can draw
//! * [`edit`], [`list`], [`recipients`]: what admins do
//! * [`importing`]: recipients from a file
//! * [`actions`], [`batches`]: what is done to one recipient, as the one table of `domain` says, and to many
//! * [`expiry`]: another last day for what was claimed
//! * [`reminding`]: what time does
//! * [`mail_again`]: a mail that somebody sends once more
//! * [`asking`]: what recipients ask of their issuer
//! * [`claim`], [`connect`]: the recipient's side
//! * [`issuing`], [`issuer`], [`status`]: signing, keys, and lists of what was revoked
//! * [`foreign`]: documents of other sites that a check takes
//! * [`public`], [`sharing`]: what everybody may see, check and pass on

mod actions;
mod archive;
mod asking;
mod batches;
mod checked;
mod claim;
mod connect;
mod credentials;
mod design;
mod drawable;
mod edit;
mod expiry;
mod foreign;
mod importing;
mod issuer;
mod issuing;
mod list;
mod mail_again;
mod public;
mod recipients;
mod reminding;
mod rotate;
mod sending;
mod sharing;
mod sql;
mod status;
#[cfg(test)]
mod tests;

use database::Conn;
use domain::tokens::Family;
use domain::{BatchId, CampaignId, ImportId, Permission, Refusal};

use crate::error::Result;
use crate::jobs::JobKind;
use crate::tokens::{Kind, Purpose, Registered, Sealing, SecretForm, UsePolicy};

pub(crate) use checked::Checked;
pub use claim::{CodeSent, Profile};
pub use connect::Connecting;
pub(crate) use design::Desk;
pub use design::{DrawingPage, DrawsPages};
pub(crate) use foreign::Fetching;
pub use public::{Document, Form};
pub use recipients::Added;
pub(crate) use rotate::KEPT;

use crate::{Backend, Caller};

/// A recipient's own token. It has no limit of uses: each profile that binds it is one, and there is one at a time.
pub(crate) static CLAIM: Kind = Kind {
    key: "claim",
    family: Family::Claim,
    secret: SecretForm::Code,
    purpose: Purpose("claim"),
    sealing: Sealing::Sealed,
    use_policy: UsePolicy::OncePerPerson,
    parts: None,
    journal: None,
};

/// What the feature adds to the core.
pub(crate) static REGISTERED: Registered = Registered {
    kinds: &[&CLAIM],
    checks: &[],
};

/// Adding the recipients of a file.
pub(crate) static IMPORT_RECIPIENTS: JobKind = JobKind {
    key: "import_recipients",
    permission: Permission::CampaignsManage,
    is_seen: |conn, _, caller, job| {
        Box::pin(async move {
            let campaign = importing::campaign_of(conn, ImportId(job.row()?)).await?;
            is_seen(conn, caller, campaign).await
        })
    },
    work: |tx, backend, job| Box::pin(importing::import_slice(tx, backend, job)),
    record_cancelled: |tx, backend, caller, job| {
        Box::pin(importing::record_cancelled_import(tx, backend, caller, job))
    },
};

/// Sending the claim links of a campaign.
pub(crate) static SEND_CAMPAIGN: JobKind = JobKind {
    key: "send_campaign",
    permission: Permission::CampaignsManage,
    is_seen: |conn, _, caller, job| {
        Box::pin(async move { is_seen(conn, caller, Some(CampaignId(job.row()?))).await })
    },
    work: |tx, backend, job| Box::pin(sending::send_slice(tx, backend, job)),
    record_cancelled: JobKind::nothing_to_record,
};

/// Doing the same to many recipients.
pub(crate) static ACT_ON_RECIPIENTS: JobKind = JobKind {
    key: "act_on_recipients",
    permission: Permission::CampaignsManage,
    is_seen: |conn, _, caller, job| {
        Box::pin(async move {
            let campaign = sql::campaign_of_batch(conn, BatchId(job.row()?)).await?;
            is_seen(conn, caller, campaign).await
        })
    },
    work: |tx, backend, job| Box::pin(batches::act_on_slice(tx, backend, job)),
    record_cancelled: JobKind::nothing_to_record,
};

/// A job belongs where its campaign does.
async fn is_seen(conn: &mut Conn, caller: &Caller, campaign: Option<CampaignId>) -> Result<()> {
    let campaign = campaign.ok_or(Refusal::NotFound)?;
    sql::by_id(conn, &caller.scope, campaign)
        .await?
        .ok_or(Refusal::NotFound)?;
    Ok(())
}

/// Campaigns and credentials.
pub struct Campaigns<'a>(pub(crate) &'a Backend);

impl Backend {
    /// Certificates and badges.
    pub fn campaigns(&self) -> Campaigns<'_> {
        Campaigns(self)
    }
}
