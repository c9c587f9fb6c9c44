//! *Add new token* and its edit form: what is typed, and what it means.
//!
//! `-1` means *unlimited* in these forms and nowhere else: inside, no limit is no number.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::page_rule::{Names, PageRule, PageScope};
use super::{Groups, PageUrl, ReceivedUrl};
use crate::access_tokens::HIGHEST_LIMIT;
use crate::email::EmailAddress;
use crate::form::{self, Problems};
use crate::network::Network;

/// The longest timeout: a hundred years, in seconds.
pub const LONGEST_TIMEOUT: i64 = 100 * 366 * 24 * 60 * 60;

/// *Add new token*, as typed; for a token that is there, everything but its end and start is written over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageTokenForm {
    /// *Full URL*.
    pub full_url: String,
    /// *Timeout in seconds (-1 for unlimited)*, from now on. Blank: unlimited; for a token that is there: as it was.
    pub timeout: String,
    /// *Maximum number of hits (-1 for unlimited)*; blank: unlimited.
    pub max_hits: String,
    /// *Groups (separated by comma)*.
    pub groups: String,
    /// *Starts*; blank: at once.
    pub starts: String,
    /// *Expires*, a date instead of seconds; blank: as the timeout says.
    pub expires: String,
    /// *Opens*: `exact`, `assets` or `below`.
    pub scope: String,
    /// *Parameters that may be added*, with commas; `utm_*` stands for all that begin like it.
    pub may_add: String,
    /// *Parameters that may have any value*, with commas.
    pub any_value: String,
    /// *Networks*, with commas; blank: from anywhere.
    pub networks: String,
    /// *GET and HEAD only*, as a tick: `on`.
    pub reads_only: String,
    /// *Ask before a hit is spent*, as a tick: `on`.
    pub confirm: String,
    /// *Note*.
    pub note: String,
    /// *Send the link to*: an e-mail address; blank: to nobody.
    pub email: String,
}

/// When a token's time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Nothing was said.
    Unsaid,
    /// Never.
    Never,
    /// So many seconds from now.
    In(i64),
    /// Through the end of this day, in the organisation's time zone.
    On(NaiveDate),
}

impl Ends {
    /// The instant, as of now; `end_of` knows when a day ends.
    pub fn instant(
        self,
        now: DateTime<Utc>,
        end_of: impl FnOnce(NaiveDate) -> DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        match self {
            Self::Unsaid | Self::Never => None,
            Self::In(seconds) => now.checked_add_signed(TimeDelta::seconds(seconds)),
            Self::On(date) => Some(end_of(date)),
        }
    }
}

/// A page token as it was described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageTokenDraft {
    /// The URL as it was typed, without its token.
    pub full_url: String,
    /// What it opens.
    pub rule: PageRule,
    /// When its time is over.
    pub ends: Ends,
    /// The first day, in the organisation's time zone.
    pub starts: Option<NaiveDate>,
    /// How many hits there may be; `None`: no limit.
    pub max_hits: Option<i64>,
    /// Who its bearer is taken for.
    pub groups: Groups,
    /// Whether a page asks before a hit is spent.
    pub confirm: bool,
    /// What admins remember it by.
    pub note: String,
    /// Whom the link is sent to.
    pub email: Option<EmailAddress>,
}

impl PageTokenForm {
    /// The token that was described. `token_parameter` is what the site calls the token in addresses.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self, token_parameter: &str) -> Result<PageTokenDraft, Problems> {
        let mut problems = Problems::default();
        let url = problems.check("full_url", PageUrl::typed(&self.full_url, token_parameter));
        let ends = self.ends(&mut problems);
        let starts = problems
            .check("starts", form::date("Starts", &self.starts))
            .flatten();
        if let (Some(starts), Ends::On(expires)) = (starts, ends)
            && expires < starts
        {
            problems.add("expires", "Expires is a date on or after the start.");
        }
        let max_hits = problems.check("max_hits", max_hits(&self.max_hits)).flatten();
        let groups = problems.check("groups", Groups::parse(&self.groups));
        let scope = problems.check("scope", scope(&self.scope));
        let may_add = problems.check("may_add", Names::parse(&self.may_add));
        let any_value = problems.check("any_value", Names::parse(&self.any_value));
        let networks = problems.check("networks", Network::parse_list(&self.networks));
        let note = self.note(&mut problems);
        let email = self.email(&mut problems);
        if scope == Some(PageScope::Below) && url.as_ref().is_some_and(|url| !url.query.is_empty()) {
            problems.add(
                "full_url",
                "A URL for everything below it has no parameters: leave out the question mark and what follows.",
            );
        }
        problems.into_result()?;
        let (Some(url), Some(groups), Some(scope), Some(may_add), Some(any_value), Some(networks)) =
            (url, groups, scope, may_add, any_value, networks)
        else {
            return Err(Problems::one("full_url", "Fill in the form."));
        };
        let clean = super::credential::without_token(self.full_url.trim().as_bytes(), token_parameter);
        let clean = String::from_utf8_lossy(&clean).into_owned();
        Ok(PageTokenDraft {
            full_url: without_dots(clean, &url, token_parameter),
            rule: PageRule {
                url,
                scope,
                may_add,
                any_value,
                reads_only: is_ticked(&self.reads_only),
                networks,
            },
            ends,
            starts,
            max_hits,
            groups,
            confirm: is_ticked(&self.confirm),
            note,
            email,
        })
    }

    /// Makes a form that was opened with `shown` one for what is there `now`, with what was changed in it; both from
    /// [`PageTokenRow::shown`](super::list::PageTokenRow::shown).
    ///
    /// The problems are the fields that somebody else changed meanwhile, too. The end begins blank in this form, so whoever
    /// fills it in touches it.
    pub fn settle(&mut self, shown: &Self, now: &Self) -> Problems {
        let mut problems = Problems::default();
        for (field, typed, shown, now) in [
            ("full_url", &mut self.full_url, &shown.full_url, &now.full_url),
            ("max_hits", &mut self.max_hits, &shown.max_hits, &now.max_hits),
            ("groups", &mut self.groups, &shown.groups, &now.groups),
            ("starts", &mut self.starts, &shown.starts, &now.starts),
            ("scope", &mut self.scope, &shown.scope, &now.scope),
            ("may_add", &mut self.may_add, &shown.may_add, &now.may_add),
            ("any_value", &mut self.any_value, &shown.any_value, &now.any_value),
            ("networks", &mut self.networks, &shown.networks, &now.networks),
            (
                "reads_only",
                &mut self.reads_only,
                &shown.reads_only,
                &now.reads_only,
            ),
            ("confirm", &mut self.confirm, &shown.confirm, &now.confirm),
            ("note", &mut self.note, &shown.note, &now.note),
        ] {
            form::settle(&mut problems, field, typed, shown, now);
        }
        let field = match (self.timeout.trim(), self.expires.trim()) {
            ("", "") => return problems,
            (_, "") => "timeout",
            _ => "expires",
        };
        if shown.expires != now.expires {
            problems.add(field, form::changed_to(&now.expires));
        }
        problems
    }

    fn ends(&self, problems: &mut Problems) -> Ends {
        let timeout = problems.check("timeout", timeout(&self.timeout)).flatten();
        let expires = problems
            .check("expires", form::date("Expires", &self.expires))
            .flatten();
        match (timeout, expires) {
            (Some(Ends::In(_)), Some(_)) => {
                problems.add("expires", "Give a timeout in seconds or a date, not both.");
                Ends::Unsaid
            }
            (_, Some(date)) => Ends::On(date),
            (Some(ends), None) => ends,
            (None, None) => Ends::Unsaid,
        }
    }

    fn note(&self, problems: &mut Problems) -> String {
        if self.note.trim().is_empty() {
            return String::new();
        }
        problems
            .check("note", form::line("A note", 200, &self.note))
            .unwrap_or_default()
    }

    fn email(&self, problems: &mut Problems) -> Option<EmailAddress> {
        if self.email.trim().is_empty() {
            return None;
        }
        problems.check("email", self.email.parse())
    }
}

/// A URL whose path goes up and down, in its canonical form: the gate refuses dots on the way, which programs read
/// differently.
fn without_dots(full_url: String, url: &PageUrl, token_parameter: &str) -> String {
    let (address, fragment) = full_url.split_once('#').unwrap_or((&full_url, ""));
    let has_dots = ReceivedUrl::parse(address.as_bytes(), token_parameter)
        .is_ok_and(|received| received.ambiguity.dot_segments);
    if !has_dots {
        return full_url;
    }
    let mut text = format!("{}{}", url.site, url.path);
    for (mark, rest) in [
        ('?', address.split_once('?').map_or("", |(_, query)| query)),
        ('#', fragment),
    ] {
        if !rest.is_empty() {
            text.push(mark);
            text.push_str(rest);
        }
    }
    text
}

/// A timeout, as typed; blank: nothing was said.
///
/// # Errors
/// A sentence with the bounds.
pub fn timeout(text: &str) -> Result<Option<Ends>, String> {
    Ok(match unlimited("Timeout in seconds", LONGEST_TIMEOUT, text)? {
        None => None,
        Some(None) => Some(Ends::Never),
        Some(Some(seconds)) => Some(Ends::In(seconds)),
    })
}

/// A maximum number of hits, as typed; -1 or blank: unlimited.
///
/// # Errors
/// A sentence with the bounds.
pub fn max_hits(text: &str) -> Result<Option<i64>, String> {
    Ok(unlimited("Maximum number of hits", HIGHEST_LIMIT, text)?.flatten())
}

fn unlimited(what: &str, most: i64, text: &str) -> Result<Option<Option<i64>>, String> {
    let number = form::number(what, -1, most, text).ok().flatten();
    match number {
        None if text.trim().is_empty() => Ok(None),
        Some(-1) => Ok(Some(None)),
        Some(number) if number > 0 => Ok(Some(Some(number))),
        _ => Err(format!(
            "{what} is a whole number from 1 to {}, or -1 for unlimited.",
            form::grouped(most)
        )),
    }
}

fn scope(text: &str) -> Result<PageScope, &'static str> {
    match text.trim() {
        "" => Ok(PageScope::Exact),
        key => PageScope::from_key(key).ok_or("Choose how much the token opens: exact, assets or below."),
    }
}

fn is_ticked(text: &str) -> bool {
    matches!(text.trim(), "on" | "true" | "yes" | "1")
}

#[cfg(test)]
mod tests;
