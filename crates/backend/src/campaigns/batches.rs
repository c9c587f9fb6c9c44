//! The same for many recipients at once: a job, with an outcome for each.

use std::collections::HashSet;

use database::{Conn, WriteTx};
use domain::campaigns::bulk::{BatchRefusal, BatchView, BulkAction, BulkForm, MOST, SHOWN};
use domain::form::grouped;
use domain::{BatchId, CampaignId, Permission, RecipientId, Refusal};
use serde_json::json;

use super::{Campaigns, edit, sending, sql};
use crate::audit::{Entry, Event, Who};
use crate::error::{Error, Result, corrupt};
use crate::jobs::{self, Job, Subject};
use crate::keyset::{Key, Start};
use crate::{Backend, Caller, Scope};

/// Recipients of a slice: others get their turn between.
const SLICE: i64 = 50;

/// Rows that are read at once when everybody is meant.
const PAGE: i64 = 1_000;

/// The longest reason of a revocation.
const REASON: usize = 200;

impl Campaigns<'_> {
    /// Begins to do something to many recipients. It is done by a job; what becomes of it is asked by [`Self::batch`].
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `ids` or `reason`.
    pub async fn act_on_many(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        form: &BulkForm,
    ) -> Result<BatchView> {
        caller.may(Permission::CampaignsManage)?;
        let reason = match form.action {
            BulkAction::RevokeCredential => domain::form::line("A reason", REASON, &form.reason)
                .map_err(|error| Refusal::at("reason", error.to_string()))?,
            _ => String::new(),
        };
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let found = edit::locked(&mut tx, caller, campaign).await?;
        let mut recipients = self.chosen(&mut tx, caller, campaign, form).await?;
        if form.action == BulkAction::SendAgain && found.grouped {
            // Those who share a mail stand beside each other.
            let chosen: HashSet<RecipientId> = recipients.into_iter().collect();
            recipients = sql::by_address(&mut tx, campaign).await?;
            recipients.retain(|id| chosen.contains(id));
        }
        let id = BatchId(self.0.random.id(now));
        let total = i64::try_from(recipients.len()).unwrap_or(i64::MAX);
        let who = Who::from(caller);
        let job = jobs::start(
            &mut tx,
            self.0,
            caller.organisation(),
            &super::ACT_ON_RECIPIENTS,
            Subject::Row(id.0),
            total,
            who.person,
        )
        .await?;
        let batch = sql::Batch {
            id,
            campaign_id: campaign,
            action: form.action.key().into(),
            reason,
            job_id: job.id,
            created_by: who.person,
            created_by_name: who.name.clone(),
            address: who.address.clone(),
        };
        sql::insert_batch(&mut tx, caller.organisation(), &batch, &recipients, now).await?;
        let facts = json!({
            "campaign": campaign, "title": found.title, "batch": id, "action": form.action.label(),
            "count": grouped(total),
        });
        let entry = Entry {
            facts,
            ..Entry::new(Event::BatchStarted)
        };
        self.0.record(&mut tx, who, entry).await?;
        let view = seen(&mut tx, caller, &batch).await?;
        self.0.commit(tx).await?;
        self.0.job_woken.notify_one();
        Ok(view)
    }

    /// How far work on many recipients is, and who was refused why.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn batch(&self, caller: &Caller, id: BatchId) -> Result<BatchView> {
        caller.may(Permission::CampaignsManage)?;
        let mut conn = self.0.db.read().await?;
        let batch = sql::batch(&mut conn, caller.organisation(), id)
            .await?
            .ok_or(Refusal::NotFound)?;
        sql::by_id(&mut conn, &caller.scope, batch.campaign_id)
            .await?
            .ok_or(Refusal::NotFound)?;
        seen(&mut conn, caller, &batch).await
    }

    /// Who is meant: those who are named, or everybody whom the filter fits.
    async fn chosen(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        campaign: CampaignId,
        form: &BulkForm,
    ) -> Result<Vec<RecipientId>> {
        let mut chosen = Vec::new();
        if form.all {
            let (mut start, now) = (Start::default(), self.0.clock.now());
            loop {
                let page = sql::recipients(
                    tx,
                    &caller.scope,
                    campaign,
                    sql::Wanted {
                        search: &form.search,
                        state: form.state,
                    },
                    now,
                    &start,
                    PAGE,
                )
                .await?;
                let Some(last) = page.last() else { break };
                start = Start::behind((Key::None, last.id.0));
                let is_last = (page.len() as i64) < PAGE;
                chosen.extend(page.into_iter().map(|row| row.id));
                if is_last || chosen.len() > MOST {
                    break;
                }
            }
        } else {
            let mut ids = form.ids.clone();
            ids.sort();
            ids.dedup();
            chosen = sql::of_campaign(tx, campaign, &ids).await?;
            if chosen.len() < ids.len() {
                return Err(Refusal::NotFound.into());
            }
        }
        if chosen.is_empty() {
            return Err(Refusal::at("ids", "Choose at least one recipient.").into());
        }
        if chosen.len() > MOST {
            return Err(Refusal::at("ids", "Choose at most 50,000 recipients.").into());
        }
        Ok(chosen)
    }
}

async fn seen(conn: &mut Conn, caller: &Caller, batch: &sql::Batch) -> Result<BatchView> {
    let broken = || corrupt("recipient_batches", "job_id", batch.id);
    let progress = jobs::progress(conn, caller.organisation(), batch.job_id)
        .await?
        .ok_or_else(broken)?;
    let refused = sql::refused_items(conn, batch.id).await?;
    let refusals = sql::refusals(conn, batch.id, SHOWN as i64).await?;
    Ok(BatchView {
        id: batch.id,
        campaign: batch.campaign_id,
        action: action_of(batch)?,
        done: progress.done - refused,
        progress,
        refused,
        refusals: refusals
            .into_iter()
            .map(|one| BatchRefusal {
                recipient: one.recipient_id,
                name: one.name,
                reason: one.refusal,
            })
            .collect(),
    })
}

fn action_of(batch: &sql::Batch) -> Result<BulkAction> {
    BulkAction::from_key(&batch.action).ok_or_else(|| corrupt("recipient_batches", "action", batch.id))
}

/// Does it to the next recipients and says how many those were. One who is refused stops nobody: the reason is kept.
pub(super) async fn act_on_slice(tx: &mut WriteTx, backend: &Backend, job: &Job) -> Result<i64> {
    let broken = || corrupt("jobs", "subject_id", job.id);
    let id = BatchId(job.row()?);
    let batch = sql::batch(tx, job.organisation_id, id)
        .await?
        .ok_or_else(broken)?;
    let action = action_of(&batch)?;
    let scope = Scope::new(job.organisation_id, None);
    let who = Who {
        organisation: job.organisation_id,
        person: batch.created_by,
        name: batch.created_by_name.clone(),
        address: batch.address.clone(),
    };
    let campaigns = backend.campaigns();
    let items = sql::batch_items(tx, id, job.done, SLICE).await?;
    let Some(action) = action.action() else {
        let is_last = job.done + items.len() as i64 >= job.total;
        let done = send_again_slice(tx, backend, &who, &scope, &batch, &items, is_last).await?;
        return Ok(if done == 0 { job.total - job.done } else { done });
    };
    for (number, recipient) in &items {
        let outcome = campaigns
            .act_in(tx, &who, &scope, *recipient, action, &batch.reason)
            .await;
        let refusal = refused(outcome)?.err();
        sql::settle_item(tx, id, *number, refusal, backend.clock.now()).await?;
    }
    let done = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(if done == 0 { job.total - job.done } else { done })
}

/// What came of one of them, or why it was refused. Refusals come before anything is written.
fn refused<T>(outcome: Result<T>) -> Result<std::result::Result<T, String>> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(Error::Refused(refusal)) => Ok(Err(refusal.to_string())),
        Err(fault) => Err(fault),
    }
}

/// Sends mails again, one for those who share an address, if their campaign says so; says how many items that was. The last
/// address of a slice may go on in the next one, and waits for it.
async fn send_again_slice(
    tx: &mut WriteTx,
    backend: &Backend,
    who: &Who,
    scope: &Scope,
    batch: &sql::Batch,
    items: &[(i64, RecipientId)],
    is_last: bool,
) -> Result<i64> {
    let campaigns = backend.campaigns();
    let mut ready: Vec<(i64, Option<sql::Recipient>, Option<String>)> = Vec::with_capacity(items.len());
    for (number, recipient) in items {
        let checked = campaigns.check_again(tx, scope, *recipient).await;
        ready.push(match refused(checked)? {
            Ok(recipient) => (*number, Some(recipient), None),
            Err(reason) => (*number, None, Some(reason)),
        });
    }
    let campaign = sql::by_id(tx, scope, batch.campaign_id)
        .await?
        .ok_or_else(|| corrupt("recipient_batches", "campaign_id", batch.id))?;
    let address = |item: &(i64, Option<sql::Recipient>, Option<String>)| {
        item.1.as_ref().map(|recipient| recipient.email.clone())
    };
    if campaign.grouped && !is_last {
        let last = ready.last().and_then(address);
        let others = ready
            .iter()
            .rposition(|item| address(item) != last)
            .map_or(ready.len(), |at| at + 1);
        ready.truncate(others);
    }
    let recipients: Vec<_> = ready
        .iter()
        .filter_map(|(_, recipient, _)| recipient.as_ref())
        .collect();
    let to_send: Vec<_> = recipients.iter().map(|recipient| recipient.to_send()).collect();
    for some in sending::together(&to_send, campaign.grouped) {
        sending::send(tx, backend, &campaign, some).await?;
    }
    for recipient in recipients {
        let facts = json!({"name": recipient.name, "email": recipient.email});
        campaigns
            .note(tx, who, Event::ClaimMailRepeated, recipient, facts)
            .await?;
    }
    let done = i64::try_from(ready.len()).unwrap_or(i64::MAX);
    for (number, _, refusal) in ready {
        sql::settle_item(tx, batch.id, number, refusal, backend.clock.now()).await?;
    }
    Ok(done)
}
