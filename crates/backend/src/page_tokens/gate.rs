//! The gate: whether a request that a proxy asks about is let through, and as whom.
//!
//! One decision, whatever the proxy: who asks is trusted, the URL is of a site, the token in it is known and live, its
//! rule fits, and a hit is left where one is needed. A token in a browser's address becomes a cookie once
//! ([`session`]), so that the address loses the token and what the page loads costs nothing.
//!
//! What a decision needs is kept in memory ([`known`]) and forgotten when anything changes. A hit of a token with a limit is a
//! use: it goes through the group commit and is answered after the commit ([`hit`]). Hits of tokens without a limit
//! are added up and written every few seconds ([`tally`]).

mod asked;
mod hit;
pub(super) mod known;
mod memory;
mod question;
mod recent;
mod session;
mod tally;

use std::sync::Arc;

use domain::TokenId;
use domain::page_tokens::credential::{self, Carried, CarriedBy};
use domain::page_tokens::sites::OnRefusal;
use domain::page_tokens::{ReceivedUrl, Refused, Rule, SiteAddress};
use domain::tokens::State;

use super::assertion;
use super::sites::Site;
use crate::Backend;
use crate::error::Result;
pub use asked::{Asked, Identity, Verdict};
use known::Known;
pub(crate) use memory::Memory;
use question::Question;
pub use session::{COOKIE, SessionCookie};

/// The view on the gate.
pub struct Gate<'a>(pub(super) &'a Backend);

impl Backend {
    /// The gate.
    pub fn gate(&self) -> Gate<'_> {
        Gate(self)
    }
}

impl Gate<'_> {
    /// Decides, and spends what it costs.
    ///
    /// # Errors
    /// A fault: then nobody is let through.
    pub async fn decide(&self, asked: &Asked<'_>) -> Result<Verdict> {
        self.judge(asked, true).await
    }

    /// The same without spending anything: which page a refused visitor gets.
    ///
    /// # Errors
    /// A fault.
    pub async fn look(&self, asked: &Asked<'_>) -> Result<Verdict> {
        self.judge(asked, false).await
    }

    /// Writes down the hits that were added up. A server that stops does it last.
    ///
    /// # Errors
    /// A fault; they are kept for the next time.
    pub async fn write_tally(&self) -> Result<usize> {
        tally::write(self.0).await
    }

    async fn judge(&self, asked: &Asked<'_>, spends: bool) -> Result<Verdict> {
        self.0.opens()?;
        let Some(site) = self.site(asked.url).await? else {
            return Ok(Verdict::Untrusted);
        };
        if let Some(why) = site.distrusts(asked, self.0.clock.now()) {
            if site.log_refusals {
                tracing::info!(site = %site.address, proxy = ?asked.proxy, why, "the gate was asked by a proxy that is not trusted");
            }
            return Ok(Verdict::Untrusted);
        }
        let url = match ReceivedUrl::parse(asked.url, &site.token_parameter) {
            Ok(url) => url,
            Err(_) => return Ok(refusal(asked, &site, &Refused::by(Rule::AmbiguousUrl, ""))),
        };
        let verdict = match self.of_url(asked, &site, &url, spends).await? {
            Ok(verdict) => verdict,
            Err(refused) => refusal(asked, &site, &refused),
        };
        Ok(match verdict {
            Verdict::Allowed(identity) if site.asserts && spends => {
                let assertion = assertion::sign(self.0, &site, &url.url, asked.method, &identity).await?;
                Verdict::Asserted(identity, assertion)
            }
            other => other,
        })
    }

    async fn of_url(
        &self,
        asked: &Asked<'_>,
        site: &Site,
        url: &ReceivedUrl,
        spends: bool,
    ) -> Result<std::result::Result<Verdict, Refused>> {
        let asks = Question {
            asked,
            site,
            url,
            spends,
        };
        let in_url = credential::in_url(asked.url, &site.token_parameter);
        match in_url.and(asked.in_headers.clone()) {
            Carried::None => self.with_cookies(&asks).await,
            Carried::One(by, secret) => self.with_token(&asks, by, &secret).await,
            Carried::Repeated => Ok(Err(Refused::by(Rule::RepeatedToken, ""))),
        }
    }

    /// Somebody without a token: a session may open it.
    async fn with_cookies(&self, asks: &Question<'_>) -> Result<std::result::Result<Verdict, Refused>> {
        let mut refused = Refused::by(Rule::NoToken, "");
        for cookie in &asks.asked.cookies {
            match self.in_session(asks, cookie).await? {
                Some(Ok(known)) => {
                    if asks.asked.is_navigation {
                        let (client, agent) = (asks.asked.client, asks.asked.user_agent);
                        self.0.gate.came_back(known.token, client, agent);
                    }
                    return Ok(Ok(Verdict::Allowed(Arc::clone(&known.identity))));
                }
                Some(Err(by)) => refused = by,
                None => {}
            }
        }
        match self.without_its_cookie(asks).await? {
            Some(Ok(())) => Ok(Ok(Verdict::CookieNeeded)),
            Some(Err(by)) => Ok(Err(by)),
            None => Ok(Err(refused)),
        }
    }

    /// Whether a browser comes from its exchange without the cookie that it was given; or the rule that refuses it by now
    /// with its cookie, too. Once somebody came back with the cookie, whoever comes without it is somebody else.
    async fn without_its_cookie(
        &self,
        asks: &Question<'_>,
    ) -> Result<Option<std::result::Result<(), Refused>>> {
        let asked = asks.asked;
        if !asked.is_navigation || !asked.cookies.is_empty() {
            return Ok(None);
        }
        let exchanged = self
            .0
            .gate
            .was_exchanged(asked.url, asked.client, asked.user_agent);
        let Some(token) = exchanged else {
            return Ok(None);
        };
        let Some(known) = self.by_id(token).await? else {
            return Ok(None);
        };
        self.in_its_session(asks, &known).await.map(Some)
    }

    /// The token of a session, if its cookie is good; or the rule that refuses this request in it.
    async fn in_session(
        &self,
        asks: &Question<'_>,
        cookie: &str,
    ) -> Result<Option<std::result::Result<Arc<Known>, Refused>>> {
        let now = self.0.clock.now();
        let Some(session) = session::read(self.0, asks.site.id, cookie, now) else {
            return Ok(None);
        };
        let Some(known) = self.by_id(session.token).await? else {
            return Ok(None);
        };
        if known.site != asks.site.id || !known.has_generation(session.generation, now) {
            return Ok(None);
        }
        let checked = self.in_its_session(asks, &known).await?;
        Ok(Some(checked.map(|()| known)))
    }

    /// Whether a session of a token opens what is asked for.
    async fn in_its_session(
        &self,
        asks: &Question<'_>,
        known: &Known,
    ) -> Result<std::result::Result<(), Refused>> {
        Ok(match self.state(known).await? {
            // The last hit may have been this session's own.
            State::Live | State::UsedUp => known
                .rule
                .check(&asks.request(true), &asks.site.open_paths)
                .map(|_| ()),
            other => Err(Refused::by(rule_of(other), "")),
        })
    }

    async fn with_token(
        &self,
        asks: &Question<'_>,
        by: CarriedBy,
        secret: &str,
    ) -> Result<std::result::Result<Verdict, Refused>> {
        let refused = |rule| Ok(Err(Refused::by(rule, "")));
        let Some(known) = self.by_secret(secret).await? else {
            return refused(Rule::Unknown);
        };
        if known.site != asks.site.id {
            return refused(Rule::Site);
        }
        if let Err(by) = known.rule.check(&asks.request(false), &asks.site.open_paths) {
            return Ok(Err(by));
        }
        let asked = asks.asked;
        let is_exchange =
            asked.is_navigation && by == CarriedBy::Query && matches!(asked.method, "GET" | "POST");
        for cookie in &asked.cookies {
            if let Some(Ok(counted)) = self.in_session(asks, cookie).await?
                && counted.token == known.token
            {
                return Ok(Ok(self.let_in(
                    asks,
                    &known,
                    is_exchange && asked.method == "GET",
                )));
            }
        }
        // A browser that did not keep its cookie comes with its link once more: its hit was counted, and it saw nothing yet.
        let refuses_cookies = is_exchange
            && self
                .0
                .gate
                .was_exchanged_with(known.token, asked.client, asked.user_agent);
        let page = &asks.url.url;
        let is_continued = asked.is_continuation
            && self
                .0
                .gate
                .was_counted(known.token, page, asked.client, asked.user_agent);
        match self.state(&known).await? {
            State::Live => {}
            // It was the last hit that is continued, or whose page nobody saw yet.
            State::UsedUp if refuses_cookies || is_continued => {}
            other => return refused(rule_of(other)),
        }
        let is_limited = known.is_limited();
        match asked.method {
            // It asks what may be asked. Some sites answer it like GET: where looking costs something, it is nobody's.
            "OPTIONS" if is_limited || known.confirm => return Ok(Ok(Verdict::Allowed(Arc::default()))),
            "HEAD" | "OPTIONS" => return Ok(Ok(Verdict::Allowed(Arc::clone(&known.identity)))),
            // What is loaded on suspicion may be shown later: it would be a hit that nobody counted.
            _ if asked.is_prefetch && is_limited => return refused(Rule::Hits),
            _ if asked.is_prefetch => return Ok(Ok(Verdict::Allowed(Arc::clone(&known.identity)))),
            method if known.confirm && method != "POST" => return Ok(Ok(Verdict::Confirm)),
            _ => {}
        }
        if !is_continued && !refuses_cookies {
            if !asks.spends {
                return Ok(Ok(Verdict::Allowed(Arc::clone(&known.identity))));
            }
            if let Err(by) = self.count(asks, &known).await? {
                return Ok(Err(by));
            }
            self.0
                .gate
                .counted(known.token, page, asked.client, asked.user_agent);
        }
        let gives_cookie = is_exchange && !refuses_cookies && (asked.method == "GET" || known.confirm);
        Ok(Ok(self.let_in(asks, &known, gives_cookie)))
    }

    /// Spends a hit, or adds it to the tally.
    async fn count(
        &self,
        asks: &Question<'_>,
        known: &Arc<Known>,
    ) -> Result<std::result::Result<(), Refused>> {
        if !known.is_limited() {
            self.0.gate.tally.add(known.token, asks, self.0.clock.now());
            return Ok(Ok(()));
        }
        let hit = hit::Hit::new(self.0, known, asks.idempotency_key(), asks.asked.client);
        Ok(hit::spend(self.0, hit)
            .await?
            .map_err(|rule| Refused::by(rule, "")))
    }

    /// The answer for somebody who is let in: at once, or after an exchange.
    fn let_in(&self, asks: &Question<'_>, known: &Arc<Known>, exchanges: bool) -> Verdict {
        if !exchanges {
            return Verdict::Allowed(Arc::clone(&known.identity));
        }
        let location = asks.without_token();
        self.0
            .gate
            .exchanged(known.token, &location, asks.asked.client, asks.asked.user_agent);
        Verdict::Exchange {
            cookie: session::begin(self.0, known, asks.site),
            location,
        }
    }

    async fn state(&self, known: &Known) -> Result<State> {
        Ok(if known.is_gone {
            State::Revoked
        } else {
            known.bounds().state(self.0.clock.now())
        })
    }

    /// The site that a URL belongs to, whoever's it is.
    async fn site(&self, url: &[u8]) -> Result<Option<Arc<Site>>> {
        let Some((address, names_port)) = address_of(url) else {
            return Ok(None);
        };
        self.0.gate.site(self.0, &address, names_port).await
    }

    async fn by_secret(&self, secret: &str) -> Result<Option<Arc<Known>>> {
        self.0.gate.by_secret(self.0, secret).await
    }

    async fn by_id(&self, token: TokenId) -> Result<Option<Arc<Known>>> {
        self.0.gate.by_id(self.0, token).await
    }
}

/// What a visitor gets whom a rule refuses.
fn refusal(asked: &Asked<'_>, site: &Site, refused: &Refused) -> Verdict {
    if site.log_refusals {
        tracing::info!(site = %site.address, rule = refused.rule.key(), method = asked.method, client = ?asked.client, "the gate refused a request");
    }
    match (site.on_refusal, refused.rule) {
        // What could mean two things is let through for nobody.
        (OnRefusal::Anonymous, rule) if rule != Rule::AmbiguousUrl => Verdict::Allowed(Arc::default()),
        (_, rule) => Verdict::Refused(rule),
    }
}

/// The address that a URL begins with, and whether it names a port.
fn address_of(url: &[u8]) -> Option<(SiteAddress, bool)> {
    ReceivedUrl::origin(url)
}

fn rule_of(state: State) -> Rule {
    match state {
        State::Live => Rule::Confirmation,
        State::NotYet => Rule::NotYet,
        State::Expired => Rule::Expired,
        State::UsedUp => Rule::Hits,
        State::Suspended => Rule::Suspended,
        State::Revoked => Rule::Revoked,
    }
}
