//! The list of page tokens: what it is asked, and its rows.

use serde::{Deserialize, Serialize};

use super::page_rule::{PageScope, Rule};
use crate::access_tokens::{TokenList, TokenOrder};
use crate::id::{DepartmentId, SiteId, TokenId};
use crate::page::Cursor;
use crate::tokens::State;
use crate::when::When;

/// What *List tokens* asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageTokenQuery {
    /// Active, expired or deleted ones.
    pub list: TokenList,
    /// Words of the URL or the note, a token or the shown part of one; blank: everything.
    pub search: String,
    /// What it is ordered by.
    pub order: TokenOrder,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Only this site.
    pub site: Option<SiteId>,
    /// Only this state.
    pub state: Option<State>,
    /// Only this department and those below it.
    #[serde(default)]
    pub department: Option<DepartmentId>,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
    /// How many rows a page has; `None`: as many as a screen shows.
    #[serde(default)]
    pub rows: Option<u16>,
}

impl Default for PageTokenQuery {
    /// The newest of the active tokens.
    fn default() -> Self {
        Self {
            list: TokenList::Active,
            search: String::new(),
            order: TokenOrder::Created,
            descending: true,
            site: None,
            state: None,
            department: None,
            after: None,
            rows: None,
        }
    }
}

/// A page token, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageTokenRow {
    /// The token.
    pub id: TokenId,
    /// The URL as it was typed.
    pub full_url: String,
    /// Its canonical form.
    pub canonical_url: String,
    /// How much it opens.
    pub scope: PageScope,
    /// What is shown of the secret.
    pub hint: String,
    /// The groups, with commas.
    pub groups: String,
    /// How often it was used.
    pub hits: i64,
    /// How often it may be used; `None`: no limit.
    pub max_hits: Option<i64>,
    /// What it is now.
    pub state: State,
    /// Its start, if it has one.
    pub starts: Option<When>,
    /// Its last valid minute, if it has an end.
    pub expires: Option<When>,
    /// When it was last used.
    pub last_used: Option<When>,
    /// When it was made.
    pub created: When,
    /// Who made it.
    pub created_by: String,
    /// When it was deleted, if it was.
    pub deleted: Option<When>,
    /// Parameters that may be added, with commas.
    pub may_add: String,
    /// Parameters that may have any value, with commas.
    pub any_value: String,
    /// Networks, with commas.
    pub networks: String,
    /// Whether GET and HEAD alone are let through.
    pub reads_only: bool,
    /// Whether a page asks before a hit is spent.
    pub confirm: bool,
    /// What admins remember it by.
    pub note: String,
    /// Whom the link was sent to.
    pub email: String,
    /// The site it belongs to.
    pub site: SiteId,
    /// The site's address.
    pub site_address: String,
}

impl PageTokenRow {
    /// How many hits are left; `None`: no limit.
    pub fn hits_left(&self) -> Option<i64> {
        self.max_hits.map(|most| (most - self.hits).max(0))
    }

    /// The edit form, with what is there.
    pub fn form(&self) -> super::forms::PageTokenForm {
        let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
        super::forms::PageTokenForm {
            full_url: self.full_url.clone(),
            timeout: String::new(),
            max_hits: self.max_hits.map_or("-1".into(), |most| most.to_string()),
            groups: self.groups.clone(),
            starts: self
                .starts
                .as_ref()
                .map(|starts| starts.input.clone())
                .unwrap_or_default(),
            expires: String::new(),
            scope: self.scope.key().into(),
            may_add: self.may_add.clone(),
            any_value: self.any_value.clone(),
            networks: self.networks.clone(),
            reads_only: tick(self.reads_only),
            confirm: tick(self.confirm),
            note: self.note.clone(),
            email: String::new(),
        }
    }

    /// What the edit form shows of it: [`form`](Self::form), and when it ends, in words.
    pub fn shown(&self) -> super::forms::PageTokenForm {
        super::forms::PageTokenForm {
            expires: self
                .expires
                .as_ref()
                .map(|end| end.minute.clone())
                .unwrap_or_default(),
            ..self.form()
        }
    }
}

/// The link of a page token, to be copied.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageTokenLink {
    /// The token.
    pub id: TokenId,
    /// The secret by itself, for a header.
    pub token: String,
    /// The URL with the token.
    pub link: String,
    /// A command that opens it.
    pub curl: String,
    /// The same as a line of a crontab.
    pub crontab: String,
}

impl std::fmt::Debug for PageTokenLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PageTokenLink({}, …)", self.id)
    }
}

/// What *Why was this refused?* answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Whether the request would be let through.
    pub allowed: bool,
    /// The rule that refuses it.
    pub rule: Option<Rule>,
    /// What was expected and what came, or what it would be let through as.
    pub detail: String,
}
