//! What time does to campaigns: recipients who did not claim are reminded, and drafts start when they are meant to.
//!
//! A reminder is queued in the transaction that notes it, and rows that another server has taken are passed by: each is
//! sent at most once, whoever dies when. A restored database does nothing by itself until somebody has looked: what it
//! takes for due may have been done.

use chrono::{DateTime, TimeDelta, Utc};
use database::WriteTx;
use domain::campaigns::CampaignState;
use serde_json::json;

use super::{Campaigns, drawable, sending, sql};
use crate::Scope;
use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::mail::{self, Template};

/// Reminders of one transaction.
const SLICE: i64 = 100;

/// How long a reminder waits that would lead to nothing: the campaign is paused, or the token was revoked.
const LATER: TimeDelta = TimeDelta::days(1);

impl Campaigns<'_> {
    /// Starts the drafts whose time has come, and reminds everybody who is to be reminded. Says how many were.
    ///
    /// # Errors
    /// A fault; what was done until then stays.
    pub async fn do_what_is_due(&self) -> Result<usize> {
        if self.0.is_held() {
            return Ok(0);
        }
        let now = self.0.clock.now();
        // Looking costs a reader; only doing something needs the writer.
        while sql::starts_due(&mut self.0.db.read().await?, now).await? {
            let mut tx = self.0.db.write().await?;
            let Some((campaign, organisation)) = sql::take_start(&mut tx, now).await? else {
                break;
            };
            let campaign = sql::lock(&mut tx, &Scope::new(organisation, None), campaign)
                .await?
                .ok_or_else(|| corrupt("campaigns", "id", campaign))?;
            self.start_by_time(&mut tx, &campaign).await?;
            self.0.commit(tx).await?;
            self.0.job_woken.notify_one();
        }
        let mut reminded = 0;
        while sql::reminders_due(&mut self.0.db.read().await?, now).await? {
            let mut tx = self.0.db.write_slice().await?;
            let due = sql::take_reminders(&mut tx, now, SLICE).await?;
            if due.is_empty() {
                break;
            }
            for one in &due {
                reminded += self.remind(&mut tx, one, now).await?;
            }
            self.0.commit(tx).await?;
        }
        Ok(reminded)
    }

    async fn start_by_time(&self, tx: &mut WriteTx, campaign: &sql::Campaign) -> Result<()> {
        sql::set_start(tx, campaign.id, None, false).await?;
        if campaign.state()? != CampaignState::Draft {
            return Ok(());
        }
        sql::set_state(tx, campaign.id, CampaignState::Live).await?;
        let who = Who::program(campaign.organisation_id);
        let facts = json!({
            "campaign": campaign.id, "title": campaign.title, "before": CampaignState::Draft.key(),
            "after": CampaignState::Live.key(),
        });
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignStateChanged)
        };
        self.0.record(tx, who.clone(), entry).await?;
        // Nobody can be asked now. Who would get boxes is told on the campaign's page, and sent nothing.
        if !campaign.starts_anyway {
            let held = drawable::hold(tx, campaign, self.0.clock.now()).await?;
            if held > 0 {
                let facts = json!({"campaign": campaign.id, "title": campaign.title, "count": held});
                let entry = Entry {
                    facts,
                    ..Entry::new(Event::RecipientsHeld)
                };
                self.0.record(tx, who.clone(), entry).await?;
            }
        }
        sending::send_and_record(tx, self.0, who, campaign).await
    }

    /// Queues the reminder of one recipient, and of those who share their address and their mail, or notes why there is
    /// none; says how many were reminded.
    async fn remind(&self, tx: &mut WriteTx, due: &sql::DueReminder, now: DateTime<Utc>) -> Result<usize> {
        let campaign = sql::by_id(tx, &Scope::new(due.organisation_id, None), due.campaign_id)
            .await?
            .ok_or_else(|| corrupt("campaign_recipients", "campaign_id", due.recipient_id))?;
        if !self.is_to_be_reminded(tx, &campaign, due, now).await? {
            return Ok(0);
        }
        let mut reminded = vec![due.clone()];
        if campaign.grouped {
            for other in sql::take_companions(tx, due, now, sending::MOST_LINKS as i64 - 1).await? {
                if self.is_to_be_reminded(tx, &campaign, &other, now).await? {
                    reminded.push(other);
                }
            }
        }
        let recipients: Vec<_> = reminded.iter().map(sql::DueReminder::to_send).collect();
        let replies = sending::replies(tx, &campaign).await?;
        let reminder = Template::ClaimReminder;
        let mail = sending::queue(tx, self.0, &campaign, &recipients, reminder, replies.as_ref()).await?;
        for one in &reminded {
            let next = sending::next_reminder(&campaign, one.reminded + 1, now);
            sql::set_reminded(tx, one.recipient_id, one.reminded + 1, Some(mail), next).await?;
        }
        Ok(reminded.len())
    }

    /// Whether somebody is to be reminded now; if not, when they are looked at next is noted.
    async fn is_to_be_reminded(
        &self,
        tx: &mut WriteTx,
        campaign: &sql::Campaign,
        due: &sql::DueReminder,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let next = if due.is_claimed || due.is_cancelled {
            None
        } else if campaign.state()? != CampaignState::Live || due.is_suspended {
            Some(now + LATER)
        } else if mail::may_remind(tx, due.organisation_id, &due.email).await? {
            return Ok(true);
        } else {
            None
        };
        sql::set_reminded(tx, due.recipient_id, due.reminded, None, next).await?;
        Ok(false)
    }
}
