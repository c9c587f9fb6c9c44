//! The statements of issuers' profiles and of their lists of keys.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::OrganisationId;
use domain::campaigns::issuer::IssuerProfile;

#[derive(FromRow)]
struct Stored {
    url: String,
    description: String,
    email: String,
    phone: String,
    image: String,
}

/// What an organisation says of itself; blank, when it never said anything.
pub(in super::super) async fn issuer_profile(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<IssuerProfile> {
    let stored: Option<Stored> = conn
        .query("SELECT url, description, email, phone, image FROM issuer_profiles WHERE organisation_id = $1")
        .bind(organisation)
        .optional()
        .await?;
    let said = stored.map(|stored| IssuerProfile {
        url: stored.url,
        description: stored.description,
        email: stored.email,
        phone: stored.phone,
        image: stored.image,
    });
    Ok(said.unwrap_or_default())
}

pub(in super::super) async fn put_issuer_profile(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    profile: &IssuerProfile,
) -> Result<()> {
    tx.query(
        "INSERT INTO issuer_profiles (organisation_id, url, description, email, phone, image)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (organisation_id) DO UPDATE
         SET url = excluded.url, description = excluded.description, email = excluded.email, phone = excluded.phone,
             image = excluded.image",
    )
    .bind(organisation)
    .bind(profile.url.clone())
    .bind(profile.description.clone())
    .bind(profile.email.clone())
    .bind(profile.phone.clone())
    .bind(profile.image.clone())
    .run()
    .await?;
    Ok(())
}

/// A key, as everybody may know it.
#[derive(FromRow)]
pub(in super::super) struct PublicKey {
    pub number: i64,
    pub public: String,
    pub created_at: DateTime<Utc>,
}

/// The keys of an issuer, the newest first.
pub(in super::super) async fn keys_of(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Vec<PublicKey>> {
    conn.query(
        "SELECT number, public, created_at FROM issuer_keys WHERE organisation_id = $1 ORDER BY number DESC",
    )
    .bind(organisation)
    .all()
    .await
}
