//! An organisation as an issuer: its keys and its identifier.
//!
//! * [`profile`]: what it says of itself
//! * [`rotation`]: which keys it has, and another one

mod profile;
mod rotation;

use credentials::badge::{Issuer, Profile};
use credentials::did::{self, Did};
use credentials::keys::{PublicKeys, SigningKeys};
use database::{Conn, WriteTx};
use domain::{IssuerKeyId, OrganisationId};
use serde_json::{Value, json};

use super::{Campaigns, sql};
use crate::Backend;
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

/// The keys with which a list is signed. An issuer with a document signs with its newest ones, which all verifiers take; one
/// that is a key signs with that.
pub(super) async fn of_list(conn: &mut Conn, backend: &Backend, list: &sql::List) -> Result<Signer> {
    let newest = match Did::stored(&list.issuer).is_web() {
        true => sql::newest_key(conn, list.organisation_id).await?,
        false => None,
    };
    match newest {
        Some(row) => read(conn, backend, list.organisation_id, row).await,
        None => of_key(conn, backend, list.organisation_id, list.key_id).await,
    }
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
}
