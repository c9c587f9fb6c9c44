//! Documents of other sites that a check takes: an issuer's keys, its list of what was revoked, a credential at an address.
//!
//! Everybody may have a credential checked, so anybody names addresses. None of them leads into the network that the server
//! stands in: it reaches what everybody reaches, by https; nothing that leads elsewhere is followed, an answer has a size and
//! a time, and so has each visitor a number of checks.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use credentials::verification::{self, Report};
use domain::Refusal;
use futures::future::join_all;
use openid::{Ask, Network, Request};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::Campaigns;
use crate::Client;
use crate::attempts::{self, Budget};
use crate::error::{Fault, Result};

/// Documents that are fetched at the same time, for all visitors together.
const AT_ONCE: usize = 8;
/// How often documents lead to others: an older badge to what it is for, that to its issuer, and they to key and list.
const MOST_IN_A_ROW: usize = 4;
/// The forms of what is asked for, the one with a proof inside first.
const ACCEPTED: &str =
    "application/json, application/ld+json, application/vc+jwt;q=0.9, text/plain;q=0.8, */*;q=0.1";

/// Who fetches.
pub(crate) struct Fetching {
    ask: OnceLock<Arc<dyn Ask>>,
    places: Semaphore,
}

impl Default for Fetching {
    fn default() -> Self {
        Self {
            ask: OnceLock::new(),
            places: Semaphore::new(AT_ONCE),
        }
    }
}

impl Fetching {
    /// Lets somebody else answer.
    #[cfg(test)]
    pub(crate) fn let_answer(&self, ask: impl Ask + 'static) {
        assert!(self.ask.set(Arc::new(ask)).is_ok(), "somebody answers already");
    }

    /// What stands at an address; or why it was not read, in words.
    async fn fetch(&self, address: &str) -> Result<Result<Vec<u8>, String>> {
        if !address.starts_with("https://") {
            return Ok(Err("Only addresses that begin with https:// are opened.".into()));
        }
        let request = Request::get(address).header("accept", ACCEPTED).body(Vec::new());
        let Ok(request) = request else {
            return Ok(Err("This is no address.".into()));
        };
        let ask = self.ask.get_or_init(|| Arc::new(Network::public()));
        let _place = self.places.acquire().await.map_err(Fault::new)?;
        Ok(match ask.ask(request).await {
            Ok(answer) if answer.status() == 200 => Ok(answer.into_body()),
            Ok(answer) if answer.status() == 410 && says_revoked(answer.body()) => Ok(answer.into_body()),
            Ok(answer) if answer.status().is_redirection() => {
                Err("The address leads to another one, which is not followed: write that one.".into())
            }
            Ok(answer) => Err(format!(
                "There is nothing at this address (status {}).",
                answer.status().as_u16()
            )),
            Err(trouble) => Err(trouble.to_string()),
        })
    }
}

/// Whether what is gone says why: so sites tell of an Open Badge 2.0 that was revoked.
fn says_revoked(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|told| told["revoked"] == true)
}

impl Campaigns<'_> {
    /// The same as [`Self::verify`] for somebody who may name other sites: their documents are fetched.
    ///
    /// # Errors
    /// Refused after too many checks; a fault.
    pub async fn verify_for(&self, credential: &str, client: &Client) -> Result<Report> {
        let own = self.0.settings.public_url.as_str();
        // What was asked for, and what was there.
        let mut known = HashMap::<String, Option<Vec<u8>>>::new();
        let mut is_counted = false;
        for _ in 0..MOST_IN_A_ROW {
            let mut needed =
                verification::documents_needed(credential, &|address| known.get(address).cloned().flatten());
            needed.retain(|address| !known.contains_key(address));
            let (here, elsewhere): (Vec<_>, Vec<_>) =
                needed.into_iter().partition(|address| address.starts_with(own));
            if here.is_empty() && elsewhere.is_empty() {
                break;
            }
            for address in here {
                let found = self.own_document(&address).await?;
                known.insert(address, found);
            }
            if !elsewhere.is_empty() && !is_counted {
                self.count_check(client).await?;
                is_counted = true;
            }
            let answers = join_all(elsewhere.iter().map(|address| self.0.fetching.fetch(address))).await;
            for (address, answer) in elsewhere.into_iter().zip(answers) {
                known.insert(address, answer?.ok());
            }
        }
        self.verify(credential, &|address| known.get(address).cloned().flatten())
            .await
    }

    /// What stands at an address of another site, to be checked.
    ///
    /// # Errors
    /// Refused at `address`, or after too many checks.
    pub async fn fetch_credential(&self, address: &str, client: &Client) -> Result<Vec<u8>> {
        self.count_check(client).await?;
        let answer = self.0.fetching.fetch(address.trim()).await?;
        Ok(answer.map_err(|sentence| Refusal::at("address", sentence))?)
    }

    async fn count_check(&self, client: &Client) -> Result<()> {
        let tries = [self.0.try_from(Budget::CHECK_ADDRESS, client)];
        let now = self.0.clock.now();
        attempts::check(&mut self.0.db.read().await?, &tries, now).await?;
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        // Nobody is told of it, and nothing that is kept in memory comes of it.
        self.0.commit_keeping_cache(tx).await
    }
}
