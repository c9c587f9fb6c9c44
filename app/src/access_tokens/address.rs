//! What the Token Manager shows stands in the address, so that reload, back and sharing work.

use domain::access_tokens::{CodeFilter, CodeQuery, TokenList, TokenOrder, TokenQuery, TokenType};
use domain::tokens::State;
use leptos_router::params::ParamsMap;

use crate::routes;

/// The question in an address. Words that mean nothing are read over.
pub fn token_query(address: &ParamsMap) -> TokenQuery {
    let word = |key: &str| address.get_str(key).unwrap_or_default();
    let (order, descending) = TokenOrder::from_key(word("order")).unwrap_or((TokenOrder::Created, true));
    TokenQuery {
        list: match word("list") {
            "expired" => TokenList::Expired,
            "deleted" => TokenList::Deleted,
            _ => TokenList::Active,
        },
        search: word("q").to_owned(),
        order,
        descending,
        token_type: TokenType::from_key(word("type")),
        collection: word("collection").parse().ok(),
        department: word("department").parse().ok(),
        state: State::from_key(word("state")),
        ..TokenQuery::default()
    }
}

/// The question in the parameters of an address, for a table that is asked for like its list.
pub fn query_of_address(parameters: Vec<(String, String)>) -> TokenQuery {
    token_query(&parameters.into_iter().collect())
}

/// The address of a question: only what differs from the plain list stands in it.
pub fn of_token_query(query: &TokenQuery) -> String {
    let mut address = ParamsMap::new();
    match query.list {
        TokenList::Active => {}
        TokenList::Expired => address.insert("list", "expired".to_owned()),
        TokenList::Deleted => address.insert("list", "deleted".to_owned()),
    }
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if (query.order, query.descending) != (TokenOrder::Created, true) {
        address.insert("order", order_key(query.order, query.descending));
    }
    if let Some(token_type) = query.token_type {
        address.insert("type", token_type.key().to_owned());
    }
    if let Some(collection) = query.collection {
        address.insert("collection", collection.to_string());
    }
    if let Some(department) = query.department {
        address.insert("department", department.to_string());
    }
    if let Some(state) = query.state {
        address.insert("state", state.key().to_owned());
    }
    format!("{}{}", routes::TOKENS, address.to_query_string())
}

/// An order with its direction, as it stands in an address.
pub fn order_key(order: TokenOrder, descending: bool) -> String {
    format!("{}{}", if descending { "-" } else { "" }, order.key())
}

/// The question about codes in an address.
pub fn code_query(address: &ParamsMap) -> CodeQuery {
    CodeQuery {
        search: address.get_str("q").unwrap_or_default().to_owned(),
        show: address
            .get_str("show")
            .and_then(CodeFilter::from_key)
            .unwrap_or_default(),
        ..CodeQuery::default()
    }
}

/// The address of a question about a multi token's codes.
pub fn of_code_query(id: domain::TokenId, query: &CodeQuery) -> String {
    let mut address = ParamsMap::new();
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if query.show != CodeFilter::All {
        address.insert("show", query.show.key().to_owned());
    }
    format!("{}{}", routes::token(id), address.to_query_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_question() {
        let query = TokenQuery {
            list: TokenList::Expired,
            search: "spring & höst".into(),
            order: TokenOrder::LastUsed,
            descending: false,
            token_type: Some(TokenType::Multi),
            collection: "01900000-0000-7000-8000-000000000000".parse().ok(),
            department: "01900000-0000-7000-8000-000000000001".parse().ok(),
            state: Some(State::UsedUp),
            ..TokenQuery::default()
        };
        let address = of_token_query(&query);
        assert!(address.starts_with("/tokens?list=expired&"), "{address}");

        let mut words = ParamsMap::new();
        words.insert("list", "expired".to_owned());
        words.insert("q", "spring & höst".to_owned());
        words.insert("order", "last-used".to_owned());
        words.insert("type", "multi".to_owned());
        words.insert("collection", "01900000-0000-7000-8000-000000000000".to_owned());
        words.insert("department", "01900000-0000-7000-8000-000000000001".to_owned());
        words.insert("state", "used-up".to_owned());
        assert_eq!(token_query(&words), query);
    }

    #[test]
    fn the_plain_list_has_a_plain_address() {
        assert_eq!(of_token_query(&TokenQuery::default()), "/tokens");
        assert_eq!(token_query(&ParamsMap::new()), TokenQuery::default());
    }

    #[test]
    fn words_that_mean_nothing_are_read_over() {
        let mut words = ParamsMap::new();
        for key in ["list", "order", "type", "collection", "state"] {
            words.insert(key, "nonsense".to_owned());
        }
        assert_eq!(token_query(&words), TokenQuery::default());
    }
}
