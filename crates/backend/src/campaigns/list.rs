//! The list of campaigns: by age or title, with what is counted of each.

use std::collections::{BTreeSet, HashMap};

use database::Conn;
use domain::campaigns::import::Columns;
use domain::campaigns::{CampaignOrder, CampaignQuery, CampaignRow};
use domain::{CampaignId, Page, Permission, Refusal};

use super::{Campaigns, sql};
use crate::error::Result;
use crate::keyset::{self, Key};
use crate::times::Times;
use crate::{Caller, departments};

impl Campaigns<'_> {
    /// The campaigns that fit a question.
    ///
    /// # Errors
    /// Forbidden; not found: a department outside the scope; malformed: a cursor that is none.
    pub async fn list(&self, caller: &Caller, query: &CampaignQuery) -> Result<Page<CampaignRow>> {
        caller.may(Permission::CampaignsRead)?;
        let most = keyset::rows(query.rows);
        let start = sql::order(query).start(query.after.as_ref())?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let found = sql::list(&mut conn, &scope, query, &start, most + 1).await?;
        let found = keyset::page_of(found, most, &start, |row| match query.order {
            CampaignOrder::Made => (Key::None, row.id.0),
            CampaignOrder::Title => (Key::Text(row.title_key.clone()), row.id.0),
        });
        Ok(Page {
            rows: self.with_counts(&mut conn, caller, &found.rows).await?,
            next: found.next,
            prev: found.prev,
        })
    }

    /// How many campaigns fit a question, as [`Count::number`](domain::page::Count::number) writes it.
    ///
    /// # Errors
    /// Forbidden; not found: a department outside the scope.
    pub async fn count(&self, caller: &Caller, query: &CampaignQuery) -> Result<i64> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        Ok(sql::count(&mut conn, &scope, query).await?.number())
    }

    /// Some campaigns as they are now. Ids that are not the organisation's are left out.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn rows(&self, caller: &Caller, ids: &[CampaignId]) -> Result<Vec<CampaignRow>> {
        caller.may(Permission::CampaignsRead)?;
        let ids = &ids[..ids.len().min(keyset::MOST_BY_ID)];
        let mut conn = self.0.db.read().await?;
        let found = sql::some(&mut conn, &caller.scope, ids).await?;
        self.with_counts(&mut conn, caller, &found).await
    }

    /// The columns that recipients of a campaign, or of the newest ones, have, as texts of mails may call them. Anyone who may
    /// not see mails learns none.
    ///
    /// # Errors
    /// Forbidden, or not found: no such campaign.
    pub(crate) async fn columns(
        &self,
        caller: &Caller,
        campaign: Option<CampaignId>,
    ) -> Result<BTreeSet<String>> {
        caller.may(Permission::MailsRead)?;
        let mut conn = self.0.db.read().await?;
        let campaigns = match campaign {
            Some(id) => {
                sql::by_id(&mut conn, &caller.scope, id)
                    .await?
                    .ok_or(Refusal::NotFound)?;
                vec![id]
            }
            None => sql::newest(&mut conn, &caller.scope).await?,
        };
        let mut names = BTreeSet::new();
        for campaign in campaigns {
            for columns in sql::newest_columns(&mut conn, campaign).await? {
                let columns: Columns = serde_json::from_str(&columns).unwrap_or_default();
                names.extend(columns.into_keys().filter(|name| is_name(name)));
            }
        }
        Ok(names)
    }

    async fn with_counts(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        found: &[sql::Campaign],
    ) -> Result<Vec<CampaignRow>> {
        let ids: Vec<CampaignId> = found.iter().map(|row| row.id).collect();
        let counts = sql::counts(conn, caller.organisation(), &ids).await?;
        let times = self.times(caller);
        found
            .iter()
            .map(|campaign| row(&times, campaign, &counts))
            .collect()
    }

    pub(super) fn times(&self, caller: &Caller) -> Times {
        Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        }
    }
}

/// Whether a template can say the name of a column.
fn is_name(name: &str) -> bool {
    let begins = |c: char| c.is_alphabetic() || c == '_';
    name.starts_with(begins) && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

pub(super) fn row(
    times: &Times,
    campaign: &sql::Campaign,
    counts: &HashMap<CampaignId, sql::Counts>,
) -> Result<CampaignRow> {
    let counts = counts.get(&campaign.id).copied().unwrap_or_default();
    Ok(CampaignRow {
        id: campaign.id,
        kind: campaign.kind()?,
        state: campaign.state()?,
        title: campaign.title.clone(),
        recipients: counts.recipients,
        sent: counts.recipients - counts.unsent,
        opened: counts.opened,
        claimed: counts.claimed,
        shared: counts.shared,
        bounced: counts.bounced,
        created: times.when(campaign.created_at),
    })
}
