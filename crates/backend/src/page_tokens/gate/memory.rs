//! What the gate keeps in memory: tokens and sites for as long as they stay true, and for a while who came when.
//!
//! With SQLite everything is forgotten with each commit that changes something ([`database::Db::version`]), so that what
//! was withdrawn is gone at the next request. Where several servers share a database it is forgotten twice a second,
//! and at once on the server that made the change.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::page_tokens::{PageUrl, SiteAddress};
use domain::prefixed::Prefix;
use domain::{PrefixedSecret, TokenId};

use super::known::Known;
use super::recent::Recent;
use super::tally::Tally;
use crate::Backend;
use crate::error::Result;
use crate::page_tokens::assertion::Signer;
use crate::page_tokens::kind;
use crate::page_tokens::sites::{Site, sql};

/// How long something stays true that another server may have changed.
const SHARED_FOR: Duration = Duration::from_millis(500);

/// How long the key that signs assertions is kept before it is asked for again: a new one is published for longer before it
/// signs.
const SIGNER_FOR: TimeDelta = TimeDelta::minutes(1);

/// Tokens that are kept at once, about 16 MB; sites, too.
const MOST: usize = 16_384;

/// Addresses without a site that are kept at once: anyone who makes them up pushes out nothing but others.
const MOST_STRANGE: usize = 1_024;

/// Tokens whose last hit is kept, twice: more than there are hits in the journal.
const MOST_LATEST: usize = 8_192;

/// How long it is remembered that a browser was sent back with a cookie.
const EXCHANGED_FOR: Duration = Duration::from_secs(60);

/// How long a download may be continued.
const COUNTED_FOR: Duration = Duration::from_secs(60 * 60);

/// The gate's memory.
#[derive(Default)]
pub(crate) struct Memory {
    kept: Mutex<Kept>,
    latest: Mutex<Latest>,
    /// Hits of tokens without a limit that are not written yet.
    pub(super) tally: Tally,
    /// Browsers that were sent to an address with a cookie: of which token.
    exchanged_to: Recent<TokenId>,
    /// Browsers that were given a cookie of a token, and did not come back with it yet.
    exchanged: Recent<()>,
    counted: Recent<()>,
    /// What signs assertions, and when it was read.
    signer: Mutex<Option<(Arc<Signer>, DateTime<Utc>)>>,
}

/// The last hits that were counted: a token that is read has been used so often, even where its hits still stand in the journal
/// and not in its row. More are kept than the journal holds.
#[derive(Default)]
struct Latest {
    newer: HashMap<TokenId, i64>,
    older: HashMap<TokenId, i64>,
}

impl Latest {
    fn note(&mut self, counts: &[(TokenId, i64)]) {
        if self.newer.len() >= MOST_LATEST {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.extend(counts.iter().copied());
    }

    fn of(&self, token: TokenId) -> i64 {
        let found = self.newer.get(&token).or_else(|| self.older.get(&token));
        found.copied().unwrap_or_default()
    }
}

#[derive(Default)]
struct Kept {
    version: Option<u64>,
    since: Option<Instant>,
    /// How often everything was forgotten.
    forgotten: u64,
    by_digest: HashMap<Vec<u8>, Arc<Known>>,
    by_id: HashMap<TokenId, Arc<Known>>,
    /// By address, and whether the request named a port.
    sites: HashMap<(SiteAddress, bool), Arc<Site>>,
    /// The same of which there is no site.
    strange: HashSet<(SiteAddress, bool)>,
}

impl Kept {
    fn clear(&mut self) {
        self.forgotten += 1;
        self.by_digest.clear();
        self.by_id.clear();
        self.sites.clear();
        self.strange.clear();
    }

    /// Notes that there is no site with an address.
    fn note_strange(&mut self, place: (SiteAddress, bool)) {
        if self.strange.len() >= MOST_STRANGE {
            self.strange.clear();
        }
        self.strange.insert(place);
    }
}

impl Memory {
    /// Forgets what was read of the database: somebody changed it.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept and still true.
    fn fresh(&self, backend: &Backend) -> MutexGuard<'_, Kept> {
        let version = backend.db.version();
        let mut kept = self.lock();
        let is_old = match version {
            Some(_) => kept.version != version,
            None => kept.since.is_none_or(|since| since.elapsed() >= SHARED_FOR),
        };
        if is_old {
            kept.clear();
            kept.version = version;
            kept.since = Some(Instant::now());
        }
        kept
    }

    /// Keeps something that was read, unless something changed since the moment before.
    fn keep(&self, backend: &Backend, moment: u64, put: impl FnOnce(&mut Kept)) {
        let mut kept = self.fresh(backend);
        if kept.forgotten != moment {
            return;
        }
        if kept.by_id.len() + kept.sites.len() >= MOST {
            kept.clear();
        }
        put(&mut kept);
    }

    pub(super) async fn by_secret(&self, backend: &Backend, text: &str) -> Result<Option<Arc<Known>>> {
        let Ok(secret) = PrefixedSecret::parse(Prefix::PAGE, text) else {
            return Ok(None);
        };
        let digest = kind::presented(&secret).digest(backend);
        let moment = {
            let kept = self.fresh(backend);
            if let Some(known) = kept.by_digest.get(&digest) {
                return Ok(Some(Arc::clone(known)));
            }
            kept.forgotten
        };
        let mut conn = backend.db.read().await?;
        let Some((known, in_grace)) = Known::by_secret(&mut conn, backend, &secret).await? else {
            return Ok(None);
        };
        known.was_used(self.latest().of(known.token));
        // One token may be known by two secrets for a while; it is one all the same.
        let mut known = Arc::new(known);
        self.keep(backend, moment, |kept| {
            known = Arc::clone(
                kept.by_id
                    .entry(known.token)
                    .or_insert_with(|| Arc::clone(&known)),
            );
            // A secret in its grace is looked up each time: nothing here would notice when it is over.
            if !in_grace {
                kept.by_digest.insert(digest, Arc::clone(&known));
            }
        });
        Ok(Some(known))
    }

    pub(super) async fn by_id(&self, backend: &Backend, id: TokenId) -> Result<Option<Arc<Known>>> {
        let moment = {
            let kept = self.fresh(backend);
            if let Some(known) = kept.by_id.get(&id) {
                return Ok(Some(Arc::clone(known)));
            }
            kept.forgotten
        };
        let mut conn = backend.db.read().await?;
        let Some(known) = Known::by_id(&mut conn, backend, id).await? else {
            return Ok(None);
        };
        known.was_used(self.latest().of(id));
        let mut known = Arc::new(known);
        self.keep(backend, moment, |kept| {
            known = Arc::clone(kept.by_id.entry(id).or_insert_with(|| Arc::clone(&known)));
        });
        Ok(Some(known))
    }

    /// The site with an address; for a request that names no port, the only site on its host.
    pub(super) async fn site(
        &self,
        backend: &Backend,
        address: &SiteAddress,
        names_port: bool,
    ) -> Result<Option<Arc<Site>>> {
        let place = (address.clone(), names_port);
        let moment = {
            let kept = self.fresh(backend);
            if let Some(site) = kept.sites.get(&place) {
                return Ok(Some(Arc::clone(site)));
            }
            if kept.strange.contains(&place) {
                return Ok(None);
            }
            kept.forgotten
        };
        let mut conn = backend.db.read().await?;
        let mut row = sql::site_at(&mut conn, &address.to_string()).await?;
        if row.is_none() && !names_port {
            let mut on_host = sql::sites_on(&mut conn, &sql::host_key(address)).await?;
            row = if on_host.len() == 1 { on_host.pop() } else { None };
        }
        let site = row.map(Site::try_from).transpose()?.map(Arc::new);
        self.keep(backend, moment, |kept| match &site {
            Some(site) => drop(kept.sites.insert(place, Arc::clone(site))),
            None => kept.note_strange(place),
        });
        Ok(site)
    }

    /// What signs assertions now.
    pub(in crate::page_tokens) async fn signer(&self, backend: &Backend) -> Result<Arc<Signer>> {
        let now = backend.clock.now();
        let kept = || self.signer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((signer, read_at)) = &*kept()
            && (*read_at..*read_at + SIGNER_FOR).contains(&now)
        {
            return Ok(Arc::clone(signer));
        }
        let signer = Arc::new(Signer::now(backend).await?);
        *kept() = Some((Arc::clone(&signer), now));
        Ok(signer)
    }

    /// Notes how often tokens were used by now.
    pub(super) fn were_used(&self, counts: &[(TokenId, i64)]) {
        self.latest().note(counts);
        let kept = self.lock();
        for (token, number) in counts {
            if let Some(known) = kept.by_id.get(token) {
                known.was_used(*number);
            }
        }
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a browser is sent to an address with a cookie.
    pub(super) fn exchanged(&self, token: TokenId, url: &[u8], client: Option<IpAddr>, agent: &str) {
        self.exchanged_to
            .note(&(url, client, agent), token, EXCHANGED_FOR);
        self.exchanged.note(&(token, client, agent), (), EXCHANGED_FOR);
    }

    /// The token for whose cookie a browser was sent to this address just now, as long as nobody came back with the cookie.
    pub(super) fn was_exchanged(&self, url: &[u8], client: Option<IpAddr>, agent: &str) -> Option<TokenId> {
        self.exchanged_to
            .get(&(url, client, agent), EXCHANGED_FOR)
            .filter(|token| self.was_exchanged_with(*token, client, agent))
    }

    /// Whether a browser was given a cookie for this token just now, and did not come back with it.
    pub(super) fn was_exchanged_with(&self, token: TokenId, client: Option<IpAddr>, agent: &str) -> bool {
        self.exchanged
            .get(&(token, client, agent), EXCHANGED_FOR)
            .is_some()
    }

    /// Notes that a browser came back with the cookie that it was given.
    pub(super) fn came_back(&self, token: TokenId, client: Option<IpAddr>, agent: &str) {
        self.exchanged.forget(&(token, client, agent));
    }

    /// Notes that a hit was counted.
    pub(super) fn counted(&self, token: TokenId, page: &PageUrl, client: Option<IpAddr>, agent: &str) {
        self.counted.note(&(token, page, client, agent), (), COUNTED_FOR);
    }

    /// Whether a hit was counted for what is now continued.
    pub(super) fn was_counted(
        &self,
        token: TokenId,
        page: &PageUrl,
        client: Option<IpAddr>,
        agent: &str,
    ) -> bool {
        self.counted
            .get(&(token, page, client, agent), COUNTED_FOR)
            .is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_made_up_push_out_nothing_that_is_known() {
        let mut kept = Kept::default();
        let place = |n: usize| {
            (
                SiteAddress::parse(&format!("http://h{n}.test")).expect("an address"),
                true,
            )
        };
        for n in 0..10 * MOST_STRANGE {
            kept.note_strange(place(n));
            assert!(kept.strange.len() <= MOST_STRANGE);
        }
        assert_eq!(kept.forgotten, 0, "tokens and sites stay");
        assert!(kept.strange.contains(&place(10 * MOST_STRANGE - 1)));
    }
}
