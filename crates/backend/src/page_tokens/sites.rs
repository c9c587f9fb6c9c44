//! Sites that are guarded: an address, and which proxies may ask about it.
//!
//! To add a site proves nothing but that its proxy holds the site's secret, or asks from one of its networks. An
//! address belongs to one site of the installation, and a host to whoever guards it first: many proxies read over the
//! port that a visitor names, and a site at another port would be asked about in the place of the one that they guard.

mod edit;
pub(super) mod sql;

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use domain::network::Network;
use domain::page_tokens::sites::{OnRefusal, SiteForm, SiteRow};
use domain::page_tokens::{Groups, SiteAddress};
use domain::{DepartmentId, OrganisationId, Permission, Refusal, SiteId};
use serde_json::json;

use super::gate::Asked;
use super::link::LONGEST_GRACE;
use super::{PageTokens, assertion};
use crate::Secret;
use crate::audit::{Entry, Event};
use crate::caller::Caller;
use crate::error::{Result, corrupt};

/// The purpose that secrets of sites are digested for.
const SITE: &str = "site";

/// A site as the gate knows it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub id: SiteId,
    pub organisation: OrganisationId,
    pub department: Option<DepartmentId>,
    pub address: SiteAddress,
    pub secret_digest: Vec<u8>,
    /// The digest of the secret before, and until when it is believed, too.
    pub previous: Option<(Vec<u8>, DateTime<Utc>)>,
    pub trusted_networks: Vec<Network>,
    pub on_refusal: OnRefusal,
    pub log_refusals: bool,
    pub groups: Groups,
    pub token_parameter: String,
    pub open_paths: Vec<String>,
    pub asserts: bool,
}

impl Site {
    /// Why whoever asks is no proxy of this site; `None`: it is one.
    ///
    /// A visitor chooses the host of a request, and so, behind a proxy that takes any host, the site that is asked about.
    /// What a proxy says of itself is therefore never read over: a secret has to be this site's, and the networks count
    /// where none was sent; a site that the proxy names has to be this one.
    pub(super) fn distrusts(&self, asked: &Asked<'_>, now: DateTime<Utc>) -> Option<&'static str> {
        let named = asked.site.map(SiteAddress::parse);
        if named.is_some_and(|named| named.as_ref() != Ok(&self.address)) {
            return Some("the proxy asks for another site");
        }
        match &asked.site_secret {
            Some(secret) if self.has_secret(secret, now) => None,
            Some(_) => Some("the secret that the proxy sends is not this site's"),
            None if asked.proxy.is_some_and(|proxy| self.is_near(proxy)) => None,
            None => Some("the proxy sends no secret, and is in none of the trusted networks"),
        }
    }

    fn has_secret(&self, secret: &Secret, now: DateTime<Utc>) -> bool {
        use subtle::ConstantTimeEq;
        let sent = secret.digest(SITE);
        let previous = self.previous.iter().filter(|(_, until)| *until > now);
        let mut believed = previous.map(|(digest, _)| digest).chain([&self.secret_digest]);
        believed.any(|digest| sent.ct_eq(digest).into())
    }

    fn is_near(&self, proxy: std::net::IpAddr) -> bool {
        self.trusted_networks
            .iter()
            .any(|network| network.contains(proxy))
    }

    fn row(&self, tokens: i64) -> SiteRow {
        SiteRow {
            id: self.id,
            address: self.address.to_string(),
            trusted_networks: super::sql::networks_text(&self.trusted_networks),
            on_refusal: self.on_refusal,
            log_refusals: self.log_refusals,
            groups: self.groups.to_string(),
            token_parameter: self.token_parameter.clone(),
            open_paths: self.open_paths.join(","),
            asserts: self.asserts,
            tokens,
        }
    }
}

impl TryFrom<sql::SiteRecord> for Site {
    type Error = crate::Error;

    fn try_from(row: sql::SiteRecord) -> Result<Self> {
        let bad = |column| corrupt("sites", column, row.id);
        Ok(Self {
            address: SiteAddress::parse(&row.address).map_err(|_| bad("address"))?,
            trusted_networks: Network::parse_list(&row.trusted_networks)
                .map_err(|_| bad("trusted_networks"))?,
            on_refusal: OnRefusal::from_key(&row.on_refusal).ok_or_else(|| bad("on_refusal"))?,
            groups: Groups::parse(&row.group_names).map_err(|_| bad("group_names"))?,
            open_paths: row
                .open_paths
                .split(',')
                .filter(|path| !path.is_empty())
                .map(str::to_owned)
                .collect(),
            id: row.id,
            organisation: row.organisation_id,
            department: row.department_id,
            secret_digest: row.secret_digest,
            previous: row.previous_digest.zip(row.previous_until),
            log_refusals: row.log_refusals,
            token_parameter: row.token_parameter,
            asserts: row.asserts,
        })
    }
}

/// The site of the caller's with an address.
pub(super) async fn by_address(
    conn: &mut Conn,
    caller: &Caller,
    address: &SiteAddress,
) -> Result<Option<Site>> {
    let row = sql::own_site_at(conn, &caller.scope, &address.to_string()).await?;
    row.map(Site::try_from).transpose()
}

/// One of the caller's sites, which nobody else changes until the transaction ends.
async fn locked(tx: &mut WriteTx, caller: &Caller, id: SiteId) -> Result<Site> {
    let row = sql::lock_own_site(tx, &caller.scope, id).await?;
    Site::try_from(row.ok_or(Refusal::NotFound)?)
}

impl PageTokens<'_> {
    /// The sites that the caller may see, by address.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn sites(&self, caller: &Caller) -> Result<Vec<SiteRow>> {
        caller.may(Permission::PageTokensRead)?;
        let mut conn = self.0.db.read().await?;
        let rows = sql::sites(&mut conn, &caller.scope).await?;
        let counts = sql::tokens_of_sites(&mut conn, rows.iter().map(|row| row.id).collect()).await?;
        rows.into_iter()
            .map(|row| {
                let site = Site::try_from(row)?;
                let tokens = counts.get(&site.id).copied().unwrap_or_default();
                Ok(site.row(tokens))
            })
            .collect()
    }

    /// One site.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn site(&self, caller: &Caller, id: SiteId) -> Result<SiteRow> {
        caller.may(Permission::PageTokensRead)?;
        self.changed_site(caller, id).await
    }

    /// The same to anyone who just changed it, and may have no permission to see all others.
    async fn changed_site(&self, caller: &Caller, id: SiteId) -> Result<SiteRow> {
        let mut conn = self.0.db.read().await?;
        let row = sql::own_site(&mut conn, &caller.scope, id).await?;
        let site = Site::try_from(row.ok_or(Refusal::NotFound)?)?;
        let counts = sql::tokens_of_sites(&mut conn, vec![id]).await?;
        Ok(site.row(counts.get(&id).copied().unwrap_or_default()))
    }

    /// Adds a site; says its secret, which is shown this once.
    ///
    /// # Errors
    /// All problems at once, by field; a sentence at `address` when there is a site with it, or one on its host that the
    /// caller has no part in.
    pub async fn add_site(&self, caller: &Caller, form: &SiteForm) -> Result<(SiteRow, Secret)> {
        caller.may(Permission::PageTokensManage)?;
        let draft = form.parse()?;
        let now = self.0.clock.now();
        let secret = self.0.random.secret();
        let site = Site {
            id: SiteId(self.0.random.id(now)),
            organisation: caller.organisation(),
            department: caller.scope.department(),
            address: draft.address,
            secret_digest: secret.digest(SITE),
            previous: None,
            trusted_networks: draft.trusted_networks,
            on_refusal: draft.on_refusal,
            log_refusals: draft.log_refusals,
            groups: draft.groups,
            token_parameter: draft.token_parameter,
            open_paths: draft.open_paths,
            asserts: draft.asserts,
        };
        let mut tx = self.0.db.write().await?;
        // This machine is another one for everybody.
        if !site.address.is_loopback() {
            sql::lock_host(&mut tx, &site.address).await?;
            if sql::others_on(&mut tx, &caller.scope, &site.address).await? {
                let sentence = "Another organisation or department guards this host already.";
                return Err(Refusal::at("address", sentence).into());
            }
        }
        if !sql::insert_site(&mut tx, &site, now).await? {
            return Err(Refusal::at("address", "There is a site with this address already.").into());
        }
        if site.asserts {
            assertion::ensure(&mut tx, self.0).await?;
        }
        self.record_site(&mut tx, caller, Event::SiteAdded, &site, None)
            .await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        Ok((site.row(0), secret))
    }

    /// Gives a site a new secret; the old one is believed for so many hours more.
    ///
    /// # Errors
    /// A sentence at `grace`; [`Refusal::NotFound`].
    pub async fn renew_site_secret(&self, caller: &Caller, id: SiteId, grace_hours: i64) -> Result<Secret> {
        caller.may(Permission::PageTokensManage)?;
        if !(0..=LONGEST_GRACE).contains(&grace_hours) {
            let sentence = format!("The old secret stays good for 0 to {LONGEST_GRACE} hours.");
            return Err(Refusal::at("grace", sentence).into());
        }
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let before = locked(&mut tx, caller, id).await?;
        let secret = self.0.random.secret();
        let site = Site {
            previous: (grace_hours > 0).then(|| {
                let until = now + TimeDelta::hours(grace_hours);
                (before.secret_digest.clone(), until)
            }),
            secret_digest: secret.digest(SITE),
            ..before
        };
        sql::update_site(&mut tx, &site).await?;
        self.record_site(&mut tx, caller, Event::SiteSecretRenewed, &site, None)
            .await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        Ok(secret)
    }

    /// Removes a site that has no tokens any more.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] while it has tokens.
    pub async fn remove_site(&self, caller: &Caller, id: SiteId) -> Result<()> {
        caller.may(Permission::PageTokensManage)?;
        let mut tx = self.0.db.write().await?;
        let site = locked(&mut tx, caller, id).await?;
        if sql::has_tokens(&mut tx, id).await? {
            let sentence =
                "This site has page tokens, whose history stays. Revoke them, and nobody is let in any more.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        sql::delete_site(&mut tx, id).await?;
        self.record_site(&mut tx, caller, Event::SiteRemoved, &site, None)
            .await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        Ok(())
    }

    async fn record_site(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        event: Event,
        site: &Site,
        change: Option<String>,
    ) -> Result<()> {
        let mut facts = json!({ "address": site.address.to_string(), "site": site.id });
        if let Some(change) = change {
            facts["change"] = json!(change);
        }
        self.0
            .record(
                tx,
                caller,
                Entry {
                    facts,
                    ..Entry::new(event)
                },
            )
            .await
    }
}

/// What a site calls the token in addresses.
pub(super) async fn parameter(conn: &mut Conn, id: SiteId) -> Result<Option<String>> {
    Ok(sql::parameter(conn, id).await?)
}
