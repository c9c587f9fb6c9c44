//! *Why was this refused?*: the same rules as at the gate, told to an admin instead of a visitor, and nothing spent.

use std::net::IpAddr;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::page_tokens::credential::{self, Carried};
use domain::page_tokens::list::Explained;
use domain::page_tokens::page_rule::Request;
use domain::page_tokens::{ReceivedUrl, Refused, Rule, SiteAddress};
use domain::tokens::State;
use domain::{Permission, Refusal};

use super::gate::known::Known;
use super::{PageTokens, sites};
use crate::caller::{Caller, Who};
use crate::error::Result;
use crate::times::Times;

/// A request that an admin asks about.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The URL with its token.
    pub url: &'a str,
    /// The method.
    pub method: &'a str,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
}

impl PageTokens<'_> {
    /// Whether a request would be let through now, and which rule refuses it. Tokens and sites that the caller may not
    /// see are unknown.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn explain(&self, caller: &Caller, question: &Question<'_>) -> Result<Explained> {
        caller.may(Permission::PageTokensRead)?;
        Ok(match self.judge(caller, question).await? {
            Ok(detail) => Explained {
                allowed: true,
                rule: None,
                detail,
            },
            Err(Refused { rule, detail }) => Explained {
                allowed: false,
                rule: Some(rule),
                detail,
            },
        })
    }

    /// The same for what somebody typed; a blank address: unknown.
    ///
    /// # Errors
    /// Sentences at `method` and `address`.
    pub async fn explain_typed(
        &self,
        caller: &Caller,
        url: &str,
        method: &str,
        address: &str,
    ) -> Result<Explained> {
        let method = method.trim().to_ascii_uppercase();
        let address = match address.trim() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| Refusal::at("address", "Type an address such as 10.0.0.7."))?,
            ),
        };
        let question = Question {
            url,
            method: if method.is_empty() { "GET" } else { &method },
            address,
        };
        self.explain(caller, &question).await
    }

    async fn judge(
        &self,
        caller: &Caller,
        question: &Question<'_>,
    ) -> Result<std::result::Result<String, Refused>> {
        let refused = |rule, detail: &str| Ok(Err(Refused::by(rule, detail)));
        let url = question.url.trim();
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let Some(address) = address_of(url) else {
            return Err(Refusal::at(
                "url",
                "Paste the full URL with its token, beginning with http:// or https://.",
            )
            .into());
        };
        let mut conn = self.reader().await?;
        let Some(site) = sites::by_address(&mut conn, caller, &address).await? else {
            return refused(Rule::Site, &format!("{address} is not one of your sites."));
        };
        let received = match ReceivedUrl::parse(url.as_bytes(), &site.token_parameter) {
            Ok(received) => received,
            Err(error) => return refused(Rule::AmbiguousUrl, &error.to_string()),
        };
        let text = match credential::in_url(url.as_bytes(), &site.token_parameter) {
            Carried::One(_, text) => text,
            Carried::None => {
                let detail = format!("There is no parameter {} in the URL.", site.token_parameter);
                return refused(Rule::NoToken, &detail);
            }
            Carried::Repeated => return refused(Rule::RepeatedToken, "The URL carries more than one token."),
        };
        let known = Known::by_secret_text(&mut conn, self.0, &text).await?;
        let known = match known {
            Some(known) if known.organisation == caller.organisation() => known,
            _ => {
                return refused(
                    Rule::Unknown,
                    "No token of yours is this one. It may be cut off, or rotated.",
                );
            }
        };
        if self.rows(caller, &[known.token]).await?.is_empty() {
            return refused(
                Rule::Unknown,
                "No token of yours is this one. It may be cut off, or rotated.",
            );
        }
        let times = self.0.times(caller);
        let bounds = known.bounds();
        if known.is_gone {
            return refused(Rule::Revoked, "The token was deleted.");
        }
        match bounds.state(times.now) {
            State::Live => {}
            State::NotYet => {
                let start = bounds
                    .starts_at
                    .map(|at| on(caller, &times, at))
                    .unwrap_or_default();
                return refused(Rule::NotYet, &format!("The token begins {start}."));
            }
            State::Expired => {
                let end = bounds
                    .expires_at
                    .map(|at| on(caller, &times, at))
                    .unwrap_or_default();
                return refused(Rule::Expired, &format!("The token expired {end}."));
            }
            State::UsedUp => {
                let detail = match bounds.uses {
                    1 => "Its one hit is spent.".to_owned(),
                    uses => format!("All {} hits are spent.", domain::form::grouped(uses)),
                };
                return refused(Rule::Hits, &detail);
            }
            State::Suspended => {
                return refused(Rule::Suspended, "The token is suspended. Resume it to let it in.");
            }
            State::Revoked => return refused(Rule::Revoked, "The token was revoked."),
        }
        let request = Request {
            url: &received,
            method: question.method,
            address: question.address,
            in_session: false,
        };
        if let Err(refused) = known.rule.check(&request, &site.open_paths) {
            return Ok(Err(refused));
        }
        if known.confirm && !matches!(question.method, "POST" | "HEAD" | "OPTIONS") {
            let detail = "A page asks before a hit is spent: a press of its button lets the visitor in.";
            return refused(Rule::Confirmation, detail);
        }
        let groups = match known.groups.as_str() {
            "" => "without groups".to_owned(),
            groups => format!("as a member of {}", groups.replace(',', ", ")),
        };
        let left = match bounds.remaining() {
            None => "without a limit".to_owned(),
            Some(1) => "with 1 hit left".to_owned(),
            Some(left) => format!("with {} hits left", domain::form::grouped(left)),
        };
        Ok(Ok(format!("The request is let through {groups}, {left}.")))
    }
}

/// An instant, as people say it, with the zone that it is told in; to programs as RFC 3339 has it.
fn on(caller: &Caller, times: &Times, at: DateTime<Utc>) -> String {
    match caller.who {
        Who::Admin(_) => {
            let minute = times.when(at).minute.replace(", ", " at ");
            format!("on {minute} ({})", times.zone)
        }
        _ => format!("at {}", at.to_rfc3339_opts(SecondsFormat::Secs, true)),
    }
}

fn address_of(url: &str) -> Option<SiteAddress> {
    let end = url.find("://")? + 3;
    let end = url[end..].find(['/', '?']).map_or(url.len(), |at| end + at);
    SiteAddress::parse(&url[..end]).ok()
}
