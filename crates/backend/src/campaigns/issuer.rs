//! An organisation as an issuer: its keys and its identifier.

use credentials::badge::{Issuer, Profile};
use credentials::did::{self, Did};
use credentials::keys::{PublicKeys, SigningKeys};
use database::{Conn, WriteTx};
use domain::campaigns::issuer::IssuerProfile;
use domain::{IssuerKeyId, OrganisationId, Permission};
use serde_json::{Value, json};

use super::{Campaigns, sql};
use crate::audit::{self, Entry, Event};
use crate::{Backend, Caller};
use crate::error::{Fault, Result, corrupt};

/// Keys with which something is signed.
pub(super) struct Signer {
    pub key: IssuerKeyId,
    pub keys: SigningKeys,
    pub issuer: Issuer,
}

impl Signer {
    /// Adds a proof.
    pub(super) fn sign(&self, document: Value, created: chrono::DateTime<chrono::Utc>) -> Result<Value> {
        let method = self.issuer.did.proof_key(&self.keys.public());
        Ok(credentials::proof::sign(document, &self.keys, &method, created).map_err(Fault::new)?)
    }

    /// The JWT of a document.
    pub(super) fn jwt(&self, document: &Value) -> Result<String> {
        Ok(credentials::jwt::sign(document, &self.issuer.did, &self.keys).map_err(Fault::new)?)
    }
}

/// The newest keys of an organisation; its first ones are made when they are needed.
pub(super) async fn newest(
    tx: &mut WriteTx,
    backend: &Backend,
    organisation: OrganisationId,
) -> Result<Signer> {
    let row = match sql::newest_key(tx, organisation).await? {
        Some(row) => row,
        None => {
            crate::organisations::lock(tx, organisation).await?;
            match sql::newest_key(tx, organisation).await? {
                Some(row) => row,
                None => make(tx, backend, organisation, 1).await?,
            }
        }
    };
    read(tx, backend, organisation, row).await
}

/// The keys that something was signed with.
pub(super) async fn of_key(
    conn: &mut Conn,
    backend: &Backend,
    organisation: OrganisationId,
    key: IssuerKeyId,
) -> Result<Signer> {
    let row = sql::key(conn, key)
        .await?
        .ok_or_else(|| corrupt("issuer_keys", "id", key))?;
    read(conn, backend, organisation, row).await
}

async fn make(
    tx: &mut WriteTx,
    backend: &Backend,
    organisation: OrganisationId,
    number: i64,
) -> Result<sql::Key> {
    let now = backend.clock.now();
    let keys = SigningKeys::generate(backend.random.bytes()).map_err(Fault::new)?;
    let id = IssuerKeyId(backend.random.id(now));
    let row = sql::Key {
        id,
        number,
        public: serde_json::to_string(&keys.public()).map_err(Fault::new)?,
        sealed: backend.keys.seal(&bound_to(id), &keys.to_text()),
    };
    sql::insert_key(tx, organisation, &row, now).await?;
    Ok(row)
}

async fn read(
    conn: &mut Conn,
    backend: &Backend,
    organisation: OrganisationId,
    row: sql::Key,
) -> Result<Signer> {
    let text = backend.keys.unseal(&bound_to(row.id), &row.sealed)?;
    let keys = SigningKeys::from_text(&text).map_err(Fault::new)?;
    let name = sql::organisation_name(conn, organisation)
        .await?
        .ok_or_else(|| corrupt("organisations", "id", organisation))?;
    let said = sql::issuer_profile(conn, organisation).await?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(Signer {
        key: row.id,
        issuer: Issuer {
            did: did_of(backend, organisation, &keys.public()),
            name,
            url: some(said.url).or_else(|| Some(backend.settings.public_url.clone())),
            profile: Profile {
                description: some(said.description),
                email: some(said.email),
                phone: some(said.phone),
                image: some(said.image),
            },
        },
        keys,
    })
}

/// `did:web` where there is a public https name, `did:key` where there is none.
pub(super) fn did_of(backend: &Backend, organisation: OrganisationId, keys: &PublicKeys) -> Did {
    Did::web(&backend.settings.public_url, &format!("issuers/{organisation}"))
        .unwrap_or_else(|| Did::key(keys))
}

/// What a sealed pair of keys is bound to.
pub(super) fn bound_to(id: IssuerKeyId) -> Vec<u8> {
    [b"issuer".as_slice(), id.0.as_bytes()].concat()
}

/// What is said otherwise, in words.
fn changes(before: &IssuerProfile, after: &IssuerProfile) -> Option<String> {
    let said = |profile: &IssuerProfile| {
        [&profile.url, &profile.description, &profile.email, &profile.phone, &profile.image]
            .map(|text| if text.is_empty() { "none".to_owned() } else { text.clone() })
    };
    let names = ["the web address", "the description", "the e-mail address", "the telephone number", "the picture"];
    let facts = names.into_iter().zip(said(before)).zip(said(after));
    audit::changes(facts.map(|((name, before), after)| (name, before, after)))
}

impl Campaigns<'_> {
    /// The document with an issuer's keys; `None` for an organisation that never issued anything, or is none.
    ///
    /// # Errors
    /// A fault.
    pub async fn issuer_document(&self, organisation: OrganisationId) -> Result<Option<String>> {
        let mut conn = self.0.db.read().await?;
        let mut keys = Vec::new();
        for text in sql::public_keys(&mut conn, organisation).await? {
            keys.push(serde_json::from_str::<PublicKeys>(&text).map_err(Fault::new)?);
        }
        let Some(newest) = keys.first() else {
            return Ok(None);
        };
        let did = did_of(self.0, organisation, newest);
        let mut document = did::document(&did, &keys);
        let said = sql::issuer_profile(&mut conn, organisation).await?;
        if !said.url.is_empty() {
            document["alsoKnownAs"] = json!([said.url]);
        }
        Ok(Some(document.to_string()))
    }

    /// What credentials say of the organisation beside its name.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn issuer_profile(&self, caller: &Caller) -> Result<IssuerProfile> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        Ok(sql::issuer_profile(&mut conn, caller.organisation()).await?)
    }

    /// Changes that. What was issued keeps what it says.
    ///
    /// # Errors
    /// Forbidden, or refused at the fields.
    pub async fn change_issuer_profile(
        &self,
        caller: &Caller,
        form: &IssuerProfile,
    ) -> Result<IssuerProfile> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let profile = form.parse()?;
        let organisation = caller.organisation();
        let mut tx = self.0.db.write().await?;
        crate::organisations::lock(&mut tx, organisation).await?;
        let before = sql::issuer_profile(&mut tx, organisation).await?;
        if before != profile {
            sql::put_issuer_profile(&mut tx, organisation, &profile).await?;
            let facts = json!({"before": before, "after": profile, "change": changes(&before, &profile)});
            let entry = Entry {
                facts,
                ..Entry::new(Event::IssuerProfileChanged)
            };
            self.0.record(&mut tx, caller, entry).await?;
        }
        self.0.commit(tx).await?;
        Ok(profile)
    }
}
