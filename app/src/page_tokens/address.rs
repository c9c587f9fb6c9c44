//! What Admin Tokens shows stands in the address.

use domain::access_tokens::{TokenList, TokenOrder};
use domain::page_tokens::list::PageTokenQuery;
use domain::tokens::State;
use leptos_router::params::ParamsMap;

use crate::routes;

/// The tabs of Admin Tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// *List tokens*.
    #[default]
    List,
    /// *Add new token*.
    Add,
    /// *Sites*.
    Sites,
    /// *Why was this refused?*
    Explain,
}

impl Tab {
    /// All, from left to right.
    pub const ALL: [Tab; 4] = [Self::List, Self::Add, Self::Sites, Self::Explain];

    /// The words on it.
    pub fn label(self) -> &'static str {
        match self {
            Self::List => "List tokens",
            Self::Add => "Add new token",
            Self::Sites => "Sites",
            Self::Explain => "Why was this refused?",
        }
    }

    /// The word in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Add => "add",
            Self::Sites => "sites",
            Self::Explain => "explain",
        }
    }

    /// The tab that an address names.
    pub fn in_address(address: &ParamsMap) -> Self {
        let key = address.get_str("tab").unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|tab| tab.key() == key)
            .unwrap_or_default()
    }
}

/// Whether everything is shown below each other.
pub fn without_tabs(address: &ParamsMap) -> bool {
    address.get_str("tabs") == Some("none")
}

/// The question in an address. Words that mean nothing are read over.
pub fn query(address: &ParamsMap) -> PageTokenQuery {
    let word = |key: &str| address.get_str(key).unwrap_or_default();
    let (order, descending) = TokenOrder::from_key(word("order")).unwrap_or((TokenOrder::Created, true));
    PageTokenQuery {
        list: match word("list") {
            "expired" => TokenList::Expired,
            "deleted" => TokenList::Deleted,
            _ => TokenList::Active,
        },
        search: word("q").to_owned(),
        order,
        descending,
        site: word("site").parse().ok(),
        state: State::from_key(word("state")),
        department: word("department").parse().ok(),
        after: None,
        rows: None,
    }
}

/// The address of a question: only what differs from the plain list stands in it.
pub fn of_query(query: &PageTokenQuery, without_tabs: bool) -> String {
    let mut address = ParamsMap::new();
    if without_tabs {
        address.insert("tabs", "none".to_owned());
    }
    match query.list {
        TokenList::Active => {}
        TokenList::Expired => address.insert("list", "expired".to_owned()),
        TokenList::Deleted => address.insert("list", "deleted".to_owned()),
    }
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if (query.order, query.descending) != (TokenOrder::Created, true) {
        let down = if query.descending { "-" } else { "" };
        address.insert("order", format!("{down}{}", query.order.key()));
    }
    let site = query.site.map(|id| id.to_string());
    let department = query.department.map(|id| id.to_string());
    for (name, id) in [("site", site), ("department", department)] {
        if let Some(id) = id {
            address.insert(name, id);
        }
    }
    if let Some(state) = query.state {
        address.insert("state", state.key().to_owned());
    }
    format!("{}{}", routes::PAGE_TOKENS, address.to_query_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_question() {
        let asked = PageTokenQuery {
            list: TokenList::Expired,
            search: "report".into(),
            order: TokenOrder::Uses,
            descending: true,
            site: "01900000-0000-7000-8000-000000000000".parse().ok(),
            state: Some(State::UsedUp),
            department: "01900000-0000-7000-8000-000000000001".parse().ok(),
            after: None,
            rows: None,
        };
        assert!(of_query(&asked, true).starts_with("/administrator/page-tokens?tabs=none&"));
        let mut words = ParamsMap::new();
        for (key, word) in [
            ("list", "expired"),
            ("q", "report"),
            ("order", "-uses"),
            ("site", "01900000-0000-7000-8000-000000000000"),
            ("state", "used-up"),
            ("department", "01900000-0000-7000-8000-000000000001"),
        ] {
            words.insert(key, word.to_owned());
        }
        assert_eq!(query(&words), asked);
        assert_eq!(
            of_query(&PageTokenQuery::default(), false),
            "/administrator/page-tokens"
        );
        assert_eq!(Tab::in_address(&ParamsMap::new()), Tab::List);
    }
}
