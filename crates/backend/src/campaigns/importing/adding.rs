//! A slice of an import: the next piece of a file, in one transaction.

use std::collections::HashMap;

use database::WriteTx;
use domain::campaigns::import::{Duplicates, ImportOutcome};
use domain::campaigns::{CampaignState, NewRecipient};
use domain::{ImportId, RecipientId};
use serde_json::json;

use super::sql;
use crate::audit::{Entry, Event, Who};
use crate::campaigns::recipients::insert;
use crate::campaigns::{actions, sending};
use crate::error::{Result, corrupt};
use crate::jobs::Job;
use crate::{Backend, Scope};

/// Adds the recipients of the next piece and says how many rows it had. What came before is known by the job's row, so a
/// slice that was cut off is done again as if it never was.
pub(in super::super) async fn import_slice(tx: &mut WriteTx, backend: &Backend, job: &Job) -> Result<i64> {
    let id = ImportId(job.row()?);
    let broken = || corrupt("jobs", "subject_id", job.id);
    let import = sql::found(tx, id).await?.ok_or_else(broken)?;
    let scope = Scope::new(job.organisation_id, None);
    let campaign = super::super::sql::lock(tx, &scope, import.campaign_id)
        .await?
        .ok_or_else(broken)?;
    let mapping = import.mapping()?.ok_or_else(broken)?;
    let duplicates = Duplicates::from_key(&import.duplicates)
        .ok_or_else(|| corrupt("recipient_imports", "duplicates", id))?;
    let rows = sql::piece(tx, id, job.done / super::PIECE as i64)
        .await?
        .ok_or_else(broken)?;
    let mut outcome = ImportOutcome::default();
    let mut good = Vec::with_capacity(rows.len());
    for row in &rows {
        match mapping.recipient(&row.cells) {
            Ok(recipient) => good.push(recipient),
            Err(_) => outcome.bad += 1,
        }
    }
    let addresses = good.iter().map(|one| one.email.to_string()).collect();
    let mut known: HashMap<String, RecipientId> =
        super::super::sql::known_recipients(tx, campaign.id, addresses).await?;
    for recipient in &good {
        match (known.get(recipient.email.as_str()).copied(), duplicates) {
            (Some(_), Duplicates::Skip) => outcome.skipped += 1,
            (Some(there), Duplicates::Replace) => {
                replace(tx, backend, &scope, there, recipient).await?;
                outcome.replaced += 1;
            }
            (None, _) | (Some(_), Duplicates::Allow) => {
                let new = insert(tx, backend, &campaign, recipient, false, None).await?;
                known.entry(recipient.email.to_string()).or_insert(new);
                outcome.added += 1;
            }
        }
    }
    sql::count(tx, id, outcome).await?;
    if campaign.state()? == CampaignState::Live && !campaign.grouped {
        sending::send_unsent(tx, backend, &campaign, super::PIECE as i64).await?;
    }
    let done = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if job.done + done >= job.total {
        send_grouped(tx, backend, &campaign, Who::program(job.organisation_id)).await?;
        let facts = json!({
            "campaign": campaign.id, "title": campaign.title, "import": id, "count": import.added + outcome.added,
        });
        let entry = Entry {
            facts,
            ..Entry::new(Event::RecipientsAdded)
        };
        backend
            .record(tx, Who::program(job.organisation_id), entry)
            .await?;
    }
    Ok(done)
}

/// Sends the mails that several rows share, once no row can come any more: the last row may have the address of the first.
pub(super) async fn send_grouped(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &super::super::sql::Campaign,
    who: Who,
) -> Result<()> {
    if campaign.state()? == CampaignState::Live && campaign.grouped {
        sending::send_and_record(tx, backend, who, campaign).await?;
    }
    Ok(())
}

/// Another name, language and columns for a recipient who is there; what was issued is signed anew under the same id.
async fn replace(
    tx: &mut WriteTx,
    backend: &Backend,
    scope: &Scope,
    id: RecipientId,
    new: &NewRecipient,
) -> Result<()> {
    let before = super::super::sql::recipient(tx, scope, id)
        .await?
        .ok_or_else(|| corrupt("campaign_recipients", "id", id))?;
    super::super::sql::replace(tx, id, new).await?;
    let columns = serde_json::json!(new.columns).to_string();
    if before.name != new.name || before.columns != columns {
        actions::sign_again(tx, backend, &before, new).await?;
    }
    Ok(())
}
