//! Claiming with a profile at a provider of OpenID Connect.
//!
//! The way there and back changes nothing here: what has to be remembered meanwhile travels sealed, in a cookie of the
//! browser that set out ([`Connection`]), and what the provider answered stands sealed in the form that confirms it
//! ([`Proof`]). Neither opens anything without the other, nor after a quarter of an hour. Only the press of *Bind* claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::campaigns::claims::{ClaimLink, Claimed, Connected};
use domain::{Code, EmailAddress, IdentityProviderId, OrganisationId, Refusal};
use openid::{Answer, Identity, Pending};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Campaigns, Profile, claim};
use crate::attempts::{self, Budget};
use crate::error::{Fault, Result};
use crate::{Client, Secret, identity_providers};

/// How long somebody may be away at a provider.
const VALID: TimeDelta = TimeDelta::minutes(15);

/// What a connection is sealed to, wherever it stands.
const CONNECTION: &[u8] = b"claim connection";

/// Somebody sets out to a provider.
pub struct Connecting {
    /// What the provider is called.
    pub provider: String,
    /// Where they go.
    pub address: Secret,
    /// What their browser remembers.
    pub sealed: Secret,
}

/// What is remembered while somebody is at a provider.
#[derive(Serialize, Deserialize)]
struct Connection {
    token: String,
    organisation: OrganisationId,
    provider: IdentityProviderId,
    pending: Pending,
    back: String,
    until: DateTime<Utc>,
}

/// A profile that a provider vouched for, until its owner confirms it.
#[derive(Serialize, Deserialize)]
struct Proof {
    issuer: String,
    subject: String,
    holder: String,
    email: Option<String>,
    who: String,
    provider: String,
    until: DateTime<Utc>,
}

impl Campaigns<'_> {
    /// The way to a provider, to prove a profile there. `back` is the page to come back to when it does not work.
    ///
    /// # Errors
    /// Not found: the link or the provider; a conflict: the provider is not reached; too many tries.
    pub async fn connect(
        &self,
        token: &str,
        provider: IdentityProviderId,
        back: &str,
        client: &Client,
    ) -> Result<Connecting> {
        let code = token.parse::<Code>().map_err(|_| Refusal::NotFound)?;
        let tries = [self.0.try_from(Budget::CLAIM_ADDRESS, client)];
        let now = self.0.clock.now();
        attempts::check(&mut self.0.db.read().await?, &tries, now).await?;
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        self.0.commit(tx).await?;
        let organisation = self.claimable(&code).await?.ok_or(Refusal::NotFound)?;
        let begun = identity_providers::begin(self.0, organisation, provider).await?;
        let connection = Connection {
            token: code.reveal().to_owned(),
            organisation,
            provider,
            pending: begun.pending,
            back: back.to_owned(),
            until: now + VALID,
        };
        Ok(Connecting {
            provider: begun.label,
            address: Secret::new(begun.address),
            sealed: self.sealed(CONNECTION, &connection)?,
        })
    }

    /// What somebody came back with. Nothing is changed: only what follows from it is said.
    ///
    /// # Errors
    /// A fault.
    pub async fn connected(&self, sealed: &str, answer: &Answer, client: &Client) -> Result<Connected> {
        let Some(connection) = self.connection(sealed) else {
            return Ok(Connected::TooLate);
        };
        let finished = identity_providers::finish(
            self.0,
            connection.organisation,
            connection.provider,
            &connection.pending,
            answer,
        )
        .await;
        let (provider, identity) = match finished {
            Ok(finished) => finished,
            // It was taken away meanwhile.
            Err(crate::Error::Refused(_)) => return Ok(Connected::TooLate),
            Err(fault) => return Err(fault),
        };
        let identity = match identity {
            Ok(identity) => identity,
            Err(trouble) => {
                return Ok(Connected::Failed {
                    provider,
                    sentence: trouble.to_string(),
                });
            }
        };
        let profile = Profile::vouched(&identity);
        match self.link_for(&connection.token, &profile, client).await? {
            Claimed::Done(credential) => Ok(Connected::Theirs(credential)),
            Claimed::Refused(ClaimLink::Open(offer)) => {
                let proof = Proof {
                    issuer: profile.issuer,
                    subject: profile.subject,
                    holder: profile.holder,
                    email: profile.email.map(|email| email.to_string()),
                    who: who(&identity),
                    provider,
                    until: connection.until,
                };
                let sealed = self.sealed(&bound_to(&connection), &proof)?;
                Ok(Connected::Confirm {
                    offer,
                    who: proof.who,
                    provider: proof.provider,
                    proof: sealed.reveal().to_owned(),
                })
            }
            Claimed::Refused(link) => Ok(Connected::Refused(link)),
        }
    }

    /// The same question once more, for a form that nobody confirmed. Nothing is changed.
    ///
    /// # Errors
    /// A fault.
    pub async fn ask_again(&self, sealed: &str, proof: &str, client: &Client) -> Result<Connected> {
        let Some((connection, opened)) = self.proven(sealed, proof) else {
            return Ok(Connected::TooLate);
        };
        match self.open_link(&connection.token, client).await? {
            ClaimLink::Open(offer) => Ok(Connected::Confirm {
                offer,
                who: opened.who,
                provider: opened.provider,
                proof: proof.to_owned(),
            }),
            link => Ok(Connected::Refused(link)),
        }
    }

    /// Claims with the profile that somebody came back with, and confirmed.
    ///
    /// # Errors
    /// Not found: it began in another browser, or too long ago.
    pub async fn confirm(&self, sealed: &str, proof: &str, client: &Client) -> Result<Claimed> {
        let (connection, proof) = self.proven(sealed, proof).ok_or(Refusal::NotFound)?;
        let profile = Profile {
            issuer: proof.issuer,
            subject: proof.subject,
            holder: proof.holder,
            email: proof.email.and_then(|email| email.parse().ok()),
        };
        self.claim(&connection.token, &profile, client).await
    }

    /// Where a claim that is under way leads back to.
    pub fn under_way(&self, sealed: &str) -> Option<String> {
        self.connection(sealed).map(|connection| connection.back)
    }

    /// Both halves, as long as they belong together.
    fn proven(&self, sealed: &str, proof: &str) -> Option<(Connection, Proof)> {
        let connection = self.connection(sealed)?;
        let proof: Proof = self.opened(&bound_to(&connection), proof)?;
        (proof.until > self.0.clock.now()).then_some((connection, proof))
    }

    fn connection(&self, sealed: &str) -> Option<Connection> {
        self.opened(CONNECTION, sealed)
            .filter(|connection: &Connection| connection.until > self.0.clock.now())
    }

    fn sealed(&self, bound_to: &[u8], value: &impl Serialize) -> Result<Secret> {
        let text = serde_json::to_string(value).map_err(Fault::new)?;
        Ok(Secret::new(
            URL_SAFE_NO_PAD.encode(self.0.keys.seal(bound_to, &text)),
        ))
    }

    fn opened<T: DeserializeOwned>(&self, bound_to: &[u8], sealed: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = self.0.keys.unseal(bound_to, &sealed).ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// A proof belongs to the one way that it came by.
fn bound_to(connection: &Connection) -> Vec<u8> {
    [b"claim proof ".as_slice(), connection.pending.state().as_bytes()].concat()
}

/// Who somebody is, for themselves.
fn who(identity: &Identity) -> String {
    match (&identity.name, &identity.email) {
        (Some(name), Some(email)) => format!("{name}, {email}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => identity.subject.clone(),
    }
}

impl Profile {
    /// A profile at a provider. Its address counts as theirs only if the provider checked it; masked it is shown all the
    /// same.
    pub(super) fn vouched(identity: &Identity) -> Self {
        let email: Option<EmailAddress> = identity.email.as_ref().and_then(|email| email.parse().ok());
        let holder = match (&email, &identity.name) {
            (Some(email), _) => email.masked(),
            (None, Some(name)) => claim::masked(name),
            (None, None) => claim::masked(&identity.subject),
        };
        Self {
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            holder,
            email: email.filter(|_| identity.is_email_proven),
        }
    }
}
