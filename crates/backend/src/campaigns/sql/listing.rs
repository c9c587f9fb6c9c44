//! The statements of the list of campaigns.

use std::collections::HashMap;

use database::{Conn, Result, Statement};
use domain::campaigns::{CampaignOrder, CampaignQuery};
use domain::page::Count;
use domain::{CampaignId, OrganisationId};

use super::{CAMPAIGNS, Campaign};
use crate::caller::Scope;
use crate::keyset::{self, KeyForm, Order, Start};
use crate::words;

/// The campaigns that fit a question, from a place on, as they are walked.
pub(in super::super) async fn list(
    conn: &mut Conn,
    scope: &Scope,
    query: &CampaignQuery,
    start: &Start,
    most: i64,
) -> Result<Vec<Campaign>> {
    let statement = fitting_campaigns(conn, scope, Statement::new(CAMPAIGNS), query);
    order(query).page(statement, start, most).query(conn).all().await
}

/// The order of a list: the newest first, or titles from A to Z; or turned round.
pub(in super::super) fn order(query: &CampaignQuery) -> Order {
    match query.order {
        CampaignOrder::Made => Order::by_id("c.id", !query.reversed),
        CampaignOrder::Title => Order {
            descending: query.reversed,
            ..Order::by("c.title_key", KeyForm::Text, "c.id")
        },
    }
}

/// How many campaigns fit a question, up to ten thousand.
pub(in super::super) async fn count(conn: &mut Conn, scope: &Scope, query: &CampaignQuery) -> Result<Count> {
    let head = keyset::counting("FROM campaigns c WHERE c.organisation_id =");
    let statement = fitting_campaigns(conn, scope, head, query);
    keyset::count(conn, statement).await
}

/// Some campaigns. Ids outside the scope are left out.
pub(in super::super) async fn some(
    conn: &mut Conn,
    scope: &Scope,
    ids: &[CampaignId],
) -> Result<Vec<Campaign>> {
    let statement = scope.within(Statement::new(CAMPAIGNS), "c.department_id");
    statement
        .text("AND")
        .is_among("c.id", ids.to_vec())
        .query(conn)
        .all()
        .await
}

/// The newest campaigns.
pub(in super::super) async fn newest(conn: &mut Conn, scope: &Scope) -> Result<Vec<CampaignId>> {
    let head = "SELECT c.id FROM campaigns c WHERE c.organisation_id =";
    let newest: Vec<(CampaignId,)> = scope
        .within(Statement::new(head), "c.department_id")
        .text("ORDER BY c.id DESC LIMIT 20")
        .query(conn)
        .all()
        .await?;
    Ok(newest.into_iter().map(|(id,)| id).collect())
}

fn fitting_campaigns(conn: &Conn, scope: &Scope, head: Statement, query: &CampaignQuery) -> Statement {
    let mut statement = scope.within(head, "c.department_id");
    if let Some(state) = query.state {
        statement = statement.text("AND c.state =").value(state.key().to_owned());
    }
    let search = words::fold(query.search.trim());
    if search.is_empty() {
        return statement;
    }
    // Each engine has its own word for what stands within bytes. A key is cut after a while: the end of a long title is
    // found as it is written.
    let typed = query.search.trim().to_lowercase().replace(['%', '_', '\\'], "");
    statement
        .text(conn.either("AND (instr(c.title_key,", "AND (position("))
        .value(search.into_bytes())
        .text(conn.either(") > 0", "IN c.title_key) > 0"))
        .text("OR lower(c.title) LIKE")
        .value(format!("%{typed}%"))
        .text(")")
}

#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Counts {
    pub recipients: i64,
    pub unsent: i64,
    pub opened: i64,
    pub claimed: i64,
    pub shared: i64,
    pub bounced: i64,
}

/// What is counted of some campaigns of an organisation: a statement for each column, however many campaigns there are, and
/// an index for each statement.
pub(in super::super) async fn counts(
    conn: &mut Conn,
    organisation: OrganisationId,
    ids: &[CampaignId],
) -> Result<HashMap<CampaignId, Counts>> {
    let mut counts: HashMap<CampaignId, Counts> = HashMap::new();
    if ids.is_empty() {
        return Ok(counts);
    }
    let rows: Vec<(CampaignId, i64, i64)> = conn
        .query_in(
            "SELECT campaign_id, CAST(COUNT(*) AS BIGINT), CAST(COUNT(credential_id) AS BIGINT)
             FROM campaign_recipients WHERE deleted_at IS NULL AND campaign_id IN (VALUES",
            ids.to_vec(),
            ") GROUP BY campaign_id",
        )
        .all()
        .await?;
    for (id, recipients, claimed) in rows {
        let count = counts.entry(id).or_default();
        (count.recipients, count.claimed) = (recipients, claimed);
    }
    let unsent = "SELECT campaign_id, CAST(COUNT(*) AS BIGINT) FROM campaign_recipients
                  WHERE deleted_at IS NULL AND sent_at IS NULL AND campaign_id IN (VALUES";
    let opened = "SELECT campaign_id, CAST(COUNT(*) AS BIGINT) FROM campaign_recipients
                  WHERE deleted_at IS NULL AND opened_at IS NOT NULL AND campaign_id IN (VALUES";
    let shared = "SELECT campaign_id, CAST(COUNT(*) AS BIGINT) FROM campaign_recipients
                  WHERE deleted_at IS NULL AND shared_at IS NOT NULL AND campaign_id IN (VALUES";
    for (id, number) in counted(conn, unsent, ids).await? {
        counts.entry(id).or_default().unsent = number;
    }
    for (id, number) in counted(conn, opened, ids).await? {
        counts.entry(id).or_default().opened = number;
    }
    for (id, number) in counted(conn, shared, ids).await? {
        counts.entry(id).or_default().shared = number;
    }
    // Mails that came back are few: it begins with them, and not with the recipients. A mail may hold several links.
    let bounced: Vec<(CampaignId, i64)> = Statement::new(
        "SELECT r.campaign_id, CAST(COUNT(*) AS BIGINT) FROM mails m CROSS JOIN campaign_recipients r
         WHERE m.bounced_at IS NOT NULL AND r.mail_id = m.id AND r.deleted_at IS NULL
         AND m.organisation_id =",
    )
    .value(organisation)
    .text("AND")
    .is_among("r.campaign_id", ids.to_vec())
    .text("GROUP BY r.campaign_id")
    .query(conn)
    .all()
    .await?;
    for (id, number) in bounced {
        counts.entry(id).or_default().bounced = number;
    }
    Ok(counts)
}

async fn counted(conn: &mut Conn, head: &'static str, ids: &[CampaignId]) -> Result<Vec<(CampaignId, i64)>> {
    conn.query_in(head, ids.to_vec(), ") GROUP BY campaign_id")
        .all()
        .await
}
