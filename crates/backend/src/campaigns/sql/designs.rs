//! The statements of designs, their versions and their pictures. A campaign was found within the caller's scope before.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Statement, WriteTx};
use domain::{CampaignId, DesignId, DesignPictureId, OrganisationId, RecipientId};

use crate::keyset::{KeyForm, Order, Start};

pub(in super::super) struct NewDesign<'a> {
    pub id: DesignId,
    pub organisation: OrganisationId,
    pub campaign: CampaignId,
    pub template: &'a str,
    pub colour: &'a str,
    pub document: &'a str,
    pub pictures: &'a [DesignPictureId],
    pub author: &'a str,
    pub now: DateTime<Utc>,
}

/// Writes the next version of a campaign's design; anyone who writes has locked the campaign, or just made it.
pub(in super::super) async fn insert_design(tx: &mut WriteTx, new: &NewDesign<'_>) -> Result<i64> {
    let version = tx
        .query("SELECT COALESCE(MAX(version), 0) + 1 FROM designs WHERE campaign_id = $1")
        .bind(new.campaign)
        .number()
        .await?;
    tx.query(
        "INSERT INTO designs (id, organisation_id, campaign_id, template, colour, document, created_at, version, author)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.organisation)
    .bind(new.campaign)
    .bind(new.template.to_owned())
    .bind(new.colour.to_owned())
    .bind(new.document.to_owned())
    .bind(new.now)
    .bind(version)
    .bind(new.author.to_owned())
    .run()
    .await?;
    for picture in new.pictures {
        tx.query("INSERT INTO design_picture_uses (design_id, picture_id) VALUES ($1, $2)")
            .bind(new.id)
            .bind(*picture)
            .run()
            .await?;
    }
    Ok(version)
}

/// A version of a design.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Version {
    pub id: DesignId,
    pub version: i64,
    pub author: String,
    pub created_at: DateTime<Utc>,
}

/// What a version is drawn from.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Drawn {
    pub template: String,
    pub colour: String,
    pub document: String,
}

pub(in super::super) async fn version(
    conn: &mut Conn,
    campaign: CampaignId,
    id: DesignId,
) -> Result<Option<Version>> {
    conn.query("SELECT id, version, author, created_at FROM designs WHERE campaign_id = $1 AND id = $2")
        .bind(campaign)
        .bind(id)
        .optional()
        .await
}

/// The versions of a campaign's design, newest first, those before a number.
pub(in super::super) async fn versions(
    conn: &mut Conn,
    campaign: CampaignId,
    start: &Start,
    most: i64,
) -> Result<Vec<Version>> {
    let head = "SELECT id, version, author, created_at FROM designs WHERE campaign_id =";
    let statement = Statement::new(head).value(campaign);
    let page = LATEST_FIRST.page(statement, start, most);
    page.query(conn).all().await
}

/// The order of versions: the latest first.
pub(in super::super) const LATEST_FIRST: Order = Order {
    key: Some(("version", KeyForm::Number)),
    id: "id",
    descending: true,
};

/// What a version is drawn from, no matter who asks: a credential is public.
pub(in super::super) async fn drawn(conn: &mut Conn, id: DesignId) -> Result<Option<Drawn>> {
    conn.query("SELECT template, colour, document FROM designs WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// A picture that was uploaded.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct StoredPicture {
    pub id: DesignPictureId,
    pub media: String,
    pub width: i64,
    pub height: i64,
    pub content: Vec<u8>,
}

/// The pictures that a version is drawn from.
pub(in super::super) async fn pictures_of(conn: &mut Conn, id: DesignId) -> Result<Vec<StoredPicture>> {
    conn.query(
        "SELECT p.id, p.media, p.width, p.height, p.content
         FROM design_picture_uses u JOIN design_pictures p ON p.id = u.picture_id WHERE u.design_id = $1",
    )
    .bind(id)
    .all()
    .await
}

/// Some of a campaign's pictures, by their ids.
pub(in super::super) async fn pictures(
    conn: &mut Conn,
    campaign: CampaignId,
    ids: &[DesignPictureId],
) -> Result<Vec<StoredPicture>> {
    let mut found = Vec::with_capacity(ids.len());
    // One after the other: there are few, and each has megabytes.
    for id in ids {
        found.extend(
            conn.query(
                "SELECT id, media, width, height, content FROM design_pictures WHERE campaign_id = $1 AND id = $2",
            )
            .bind(campaign)
            .bind(*id)
            .optional::<StoredPicture>()
            .await?,
        );
    }
    Ok(found)
}

/// How many pictures a campaign keeps.
pub(in super::super) async fn count_pictures(conn: &mut Conn, campaign: CampaignId) -> Result<i64> {
    conn.query("SELECT CAST(COUNT(*) AS BIGINT) FROM design_pictures WHERE campaign_id = $1")
        .bind(campaign)
        .number()
        .await
}

/// Removes the pictures that no version uses and nobody is placing any more.
pub(in super::super) async fn remove_unused_pictures(
    tx: &mut WriteTx,
    campaign: CampaignId,
    before: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "DELETE FROM design_pictures WHERE campaign_id = $1 AND created_at < $2
         AND NOT EXISTS (SELECT 1 FROM design_picture_uses u WHERE u.picture_id = design_pictures.id)",
    )
    .bind(campaign)
    .bind(before)
    .run()
    .await?;
    Ok(())
}

pub(in super::super) async fn insert_picture(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    campaign: CampaignId,
    name: &str,
    picture: StoredPicture,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO design_pictures (id, organisation_id, campaign_id, name, media, width, height, content, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(picture.id)
    .bind(organisation)
    .bind(campaign)
    .bind(name.to_owned())
    .bind(picture.media)
    .bind(picture.width)
    .bind(picture.height)
    .bind(picture.content)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// The columns that the newest recipients of a campaign came with, as JSON.
pub(in super::super) async fn newest_columns(conn: &mut Conn, campaign: CampaignId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query(
            "SELECT columns FROM campaign_recipients WHERE campaign_id = $1 AND deleted_at IS NULL
             ORDER BY id DESC LIMIT 100",
        )
        .bind(campaign)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(columns,)| columns).collect())
}

/// The columns that a recipient came with, as JSON.
pub(in super::super) async fn columns_of(conn: &mut Conn, recipient: RecipientId) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .query("SELECT columns FROM campaign_recipients WHERE id = $1")
        .bind(recipient)
        .optional()
        .await?;
    Ok(row.map(|(columns,)| columns))
}
