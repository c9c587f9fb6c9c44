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
mod claim;
mod connect;
mod credentials;
mod design;
mod drawable;
mod edit;
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
use crate::jobs::{Job, JobKind};
use crate::tokens::{Kind, Purpose, Registered, Sealing, SecretForm, UsePolicy};

pub use claim::{CodeSent, Profile};
pub use connect::Connecting;
pub(crate) use design::Desk;
pub use design::{DrawingPage, DrawsPages};
pub(crate) use foreign::Fetching;
pub use public::{Document, Form};
pub use recipients::Added;
pub(crate) use rotate::KEPT;

use crate::{Backend, Caller};
pub(crate) use batches::act_on_slice;
pub(crate) use importing::{import_slice, record_cancelled_import};
pub(crate) use sending::send_slice;

/// A recipient's own token. It has no limit of uses: each profile that binds it is one, and there is one at a time.
pub(crate) static CLAIM: Kind = Kind {
    key: "claim",
    family: Family::Claim,
    secret: SecretForm::Code,
    purpose: Purpose("claim"),
    sealing: Sealing::Sealed,
    use_policy: UsePolicy::OncePerPerson,
    parts: None,
};

/// What the feature adds to the core.
pub(crate) static REGISTERED: Registered = Registered {
    kinds: &[&CLAIM],
    checks: &[],
};

/// Whether a job of this feature is one that the caller may stop.
///
/// # Errors
/// Forbidden or not found.
pub(crate) async fn job_is_seen(conn: &mut Conn, caller: &Caller, kind: JobKind, job: &Job) -> Result<()> {
    caller.may(Permission::CampaignsManage)?;
    let row = job.row()?;
    let campaign = match kind {
        JobKind::ImportRecipients => importing::campaign_of(conn, ImportId(row)).await?,
        JobKind::ActOnRecipients => sql::campaign_of_batch(conn, BatchId(row)).await?,
        JobKind::MakeCodes | JobKind::SendCampaign => Some(CampaignId(row)),
    };
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
