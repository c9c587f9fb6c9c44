//! Calling providers: their metadata, which is cached for a while, and who a person is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use database::Conn;
use domain::identity_providers::{ProviderChoice, ProviderHead, ProviderTemplate};
use domain::{IdentityProviderId, OrganisationId, Refusal};
use openid::{Answer, Identity, Manners, Network, Peer, Pending, Provider, Registration, Trouble};

use super::{bound_to, redirect, sql};
use crate::Backend;
use crate::error::Result;

/// How long a provider's metadata is trusted. A new key is fetched at once.
const KEPT: TimeDelta = TimeDelta::minutes(10);

/// The most providers whose metadata is cached.
const MOST: usize = 1_000;

/// The client, and the metadata that it received.
pub(crate) struct Memory {
    peer: Mutex<Peer>,
    known: Mutex<HashMap<String, Known>>,
}

/// A provider's metadata, and when it was received.
type Known = (DateTime<Utc>, Arc<Provider>);

impl Memory {
    /// For an installation with this public URL.
    pub(crate) fn around(public_url: &str) -> Self {
        Self {
            peer: Mutex::new(Peer::new(Network::around(public_url))),
            known: Mutex::default(),
        }
    }

    /// Replaces the network client.
    #[cfg(test)]
    pub(crate) fn let_answer(&self, ask: impl openid::Ask + 'static) {
        *self.peer.lock().unwrap_or_else(PoisonError::into_inner) = Peer::new(ask);
    }

    fn peer(&self) -> Peer {
        self.peer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn known(&self, issuer: &str, now: DateTime<Utc>) -> Option<Arc<Provider>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, provider) = known.get(issuer)?;
        (now - *at < KEPT).then(|| Arc::clone(provider))
    }

    async fn provider(&self, issuer: &str, now: DateTime<Utc>) -> Result<Arc<Provider>, Trouble> {
        if let Some(known) = self.known(issuer, now) {
            return Ok(known);
        }
        let provider = Arc::new(Provider::discover(&self.peer(), issuer).await?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(issuer.to_owned(), (now, Arc::clone(&provider)));
        Ok(provider)
    }
}

/// Checks with a provider that it is one.
pub(super) async fn try_out(backend: &Backend, head: &ProviderHead) -> Result<()> {
    let found = Provider::discover(&backend.providers.peer(), &head.issuer).await;
    found
        .map(drop)
        .map_err(|trouble| Refusal::at("issuer", trouble.to_string()).into())
}

/// The providers that are offered to recipients of an organisation.
pub(crate) async fn choices(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<ProviderChoice>> {
    let rows = sql::list(conn, organisation).await?;
    let offered = rows.into_iter().filter(|row| row.enabled);
    Ok(offered
        .map(|row| ProviderChoice {
            id: row.id,
            label: row.label,
        })
        .collect())
}

/// A redirect to a provider.
pub(crate) struct Begun {
    pub label: String,
    /// The address for the browser.
    pub address: String,
    /// The state that it takes along, sealed.
    pub pending: Pending,
}

/// The redirect to an offered provider.
///
/// # Errors
/// Not found; a conflict: the provider could not be reached, with a message.
pub(crate) async fn begin(
    backend: &Backend,
    organisation: OrganisationId,
    id: IdentityProviderId,
) -> Result<Begun> {
    let (row, registration) = registered(backend, organisation, id).await?;
    let pending = Pending::new(&backend.random.bytes());
    let address = async {
        let provider = backend
            .providers
            .provider(&row.issuer, backend.clock.now())
            .await?;
        provider.way(&registration, &pending)
    };
    let address = address
        .await
        .map_err(|trouble| Refusal::Conflict(format!("{} cannot be used right now. {trouble}", row.label)))?;
    Ok(Begun {
        label: row.label,
        address,
        pending,
    })
}

/// The result of a provider's answer: who the person is, or why that is not known; and the provider's name.
///
/// # Errors
/// Not found: the provider was removed meanwhile.
pub(crate) async fn finish(
    backend: &Backend,
    organisation: OrganisationId,
    id: IdentityProviderId,
    pending: &Pending,
    answer: &Answer,
) -> Result<(String, Result<Identity, Trouble>)> {
    let (row, registration) = registered(backend, organisation, id).await?;
    let now = backend.clock.now();
    let identity = async {
        let provider = backend.providers.provider(&row.issuer, now).await?;
        provider
            .identify(&backend.providers.peer(), &registration, pending, answer, now)
            .await
    };
    let identity = identity.await;
    Ok((row.label, identity))
}

async fn registered(
    backend: &Backend,
    organisation: OrganisationId,
    id: IdentityProviderId,
) -> Result<(sql::Provider, Registration)> {
    let mut conn = backend.db.read().await?;
    let row = sql::by_id(&mut conn, organisation, id)
        .await?
        .filter(|row| row.enabled)
        .ok_or(Refusal::NotFound)?;
    let registration = Registration {
        client_id: row.client_id.clone(),
        client_secret: backend.keys.unseal(&bound_to(id), &row.sealed)?,
        redirect: redirect(backend),
        manners: manners(row.head()?.template),
    };
    Ok((row, registration))
}

/// LinkedIn sends no nonce, refuses PKCE from clients with a secret, and expects that secret in the body.
fn manners(template: ProviderTemplate) -> Manners {
    let is_linkedin = template == ProviderTemplate::LinkedIn;
    Manners {
        secret_in_body: is_linkedin,
        no_pkce: is_linkedin,
        no_nonce: is_linkedin,
    }
}
