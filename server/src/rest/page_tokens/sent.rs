//! What is sent about page tokens: a token that is made or changed, what a list is narrowed to, a request to be explained.

use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::PageTokenQuery;
use domain::tokens::{State, TokenList};
use domain::{DepartmentId, SiteId};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::rest::access_tokens::{OneState, Sort, order};
use crate::rest::{Asked, Problem};

/// What a page token is made or changed with. What is not said stays as it is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PageTokenSent")]
pub(in crate::rest) struct Sent {
    /// The full URL of the page.
    full_url: Option<String>,
    /// Seconds from now until it ends; -1: never.
    timeout_seconds: Option<i64>,
    /// How often it may be used; -1: unlimited.
    max_hits: Option<i64>,
    /// Who its bearer is taken for.
    groups: Option<Vec<String>>,
    /// The first day, such as `2026-12-31`.
    starts: Option<String>,
    /// The last day, instead of seconds.
    expires: Option<String>,
    /// How much it opens: `exact`, `assets` or `below`.
    scope: Option<String>,
    /// Parameters that may be added, such as `utm_*`.
    may_add: Option<Vec<String>>,
    /// Parameters that may have any value.
    any_value: Option<Vec<String>>,
    /// Where requests may come from, as CIDR.
    networks: Option<Vec<String>>,
    /// Whether GET and HEAD alone are let through.
    reads_only: Option<bool>,
    /// Whether a page asks before a hit is spent.
    confirm: Option<bool>,
    /// What it is remembered by.
    note: Option<String>,
    /// An address that the link is sent to.
    email: Option<String>,
}

impl Sent {
    /// What was sent, if each entry of a list is one.
    ///
    /// # Errors
    /// A sentence at the entry that has a comma in it.
    pub(super) fn checked(self) -> Result<Self, Problem> {
        for (field, list) in [
            ("groups", &self.groups),
            ("may_add", &self.may_add),
            ("any_value", &self.any_value),
            ("networks", &self.networks),
        ] {
            entries(field, list.as_deref())?;
        }
        Ok(self)
    }

    /// Writes what is said over what is there.
    pub(super) fn over(self, form: &mut PageTokenForm) {
        let number = |number: i64| number.to_string();
        put(&mut form.full_url, self.full_url);
        put(&mut form.timeout, self.timeout_seconds.map(number));
        put(&mut form.max_hits, self.max_hits.map(number));
        put(&mut form.groups, joined(self.groups));
        put(&mut form.starts, self.starts);
        put(&mut form.expires, self.expires);
        put(&mut form.scope, self.scope);
        put(&mut form.may_add, joined(self.may_add));
        put(&mut form.any_value, joined(self.any_value));
        put(&mut form.networks, joined(self.networks));
        put(&mut form.reads_only, self.reads_only.map(tick));
        put(&mut form.confirm, self.confirm.map(tick));
        put(&mut form.note, self.note);
        put(&mut form.email, self.email);
    }
}

/// Puts what is said into a field of a form.
pub(in crate::rest) fn put(field: &mut String, said: Option<String>) {
    if let Some(said) = said {
        *field = said;
    }
}

/// A tick, as forms have it.
pub(in crate::rest) fn tick(on: bool) -> String {
    if on { "on".to_owned() } else { String::new() }
}

/// A list, as forms have it: with commas between.
pub(in crate::rest) fn joined(sent: Option<Vec<String>>) -> Option<String> {
    sent.map(|sent| sent.join(","))
}

/// Whether each entry of a list is one: with a comma in it, it would become two.
///
/// # Errors
/// A sentence at the entry that has one.
pub(in crate::rest) fn entries(field: &str, sent: Option<&[String]>) -> Result<(), Problem> {
    let two_in_one = sent
        .unwrap_or_default()
        .iter()
        .position(|entry| entry.contains(','));
    match two_in_one {
        None => Ok(()),
        Some(at) => Err(Problem::field(
            format!("/{field}/{at}"),
            "An entry has no comma in it. Send two entries instead.",
        )),
    }
}

/// What does not fit of a rotation, by the name that its field has here.
pub(in crate::rest) fn of_grace(error: backend::Error) -> Problem {
    Problem::from(error).renamed("grace", "grace_hours")
}

/// What does not fit of a page token, by the names that its fields have here.
pub(super) fn named(error: backend::Error) -> Problem {
    Problem::from(error)
        .renamed("timeout", "timeout_seconds")
        .renamed("expires_on", "expires")
        .renamed("starts_at", "starts")
}

/// What a list of page tokens takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::rest) struct Filter {
    /// Words of the URL or the note.
    q: Option<String>,
    /// Which list: `active` if it is not said.
    list: Option<Which>,
    /// Only those of this site.
    site_id: Option<Uuid>,
    /// Only those of this department and of those below it.
    department_id: Option<Uuid>,
    /// Only those in this state; it decides the list, too.
    state: Option<OneState>,
    /// What they are ordered by, `name` meaning the address and `uses` the hits; the newest comes first if it is not said.
    sort: Option<Sort>,
}

impl Filter {
    pub(in crate::rest) fn query<T, C>(&self, asked: &Asked<T, C>) -> PageTokenQuery {
        let state: Option<State> = self.state.map(Into::into);
        let list = match (self.list, state) {
            (Some(Which::Active), _) => TokenList::Active,
            (Some(Which::Expired), _) => TokenList::Expired,
            (Some(Which::Deleted), _) => TokenList::Deleted,
            (None, Some(state)) if !state.is_active() => TokenList::Expired,
            (None, _) => TokenList::Active,
        };
        let (order, descending) = order(self.sort);
        PageTokenQuery {
            list,
            search: self.q.clone().unwrap_or_default(),
            order,
            descending,
            site: self.site_id.map(SiteId),
            state,
            department: self.department_id.map(DepartmentId),
            after: asked.after.clone(),
            rows: Some(asked.rows),
        }
    }
}

/// Which page tokens.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WhichPageTokens")]
pub(in crate::rest) enum Which {
    /// Not yet, live and suspended ones.
    Active,
    /// Used-up, expired and revoked ones.
    Expired,
    /// Deleted ones.
    Deleted,
}

/// A request to be explained.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::rest) struct Question {
    /// The URL with its token.
    pub(super) url: String,
    /// The method; GET if it is not said.
    #[serde(default)]
    pub(super) method: String,
    /// The address of the client.
    #[serde(default)]
    pub(super) address: String,
}

/// How a secret is rotated.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::rest) struct Grace {
    /// For how many hours the old one stays good.
    pub(in crate::rest) grace_hours: i64,
}
