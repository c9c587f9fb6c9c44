//! What the list of API tokens shows stands in the address.

use domain::Permissions;
use domain::api_tokens::{ApiTokenList, ApiTokenOrder, ApiTokenQuery};
use domain::tokens::State;
use leptos_router::params::ParamsMap;

use crate::routes;

/// The question in an address. Words that mean nothing are read over.
pub fn query(address: &ParamsMap) -> ApiTokenQuery {
    let word = |key: &str| address.get_str(key).unwrap_or_default();
    let (order, descending) =
        ApiTokenOrder::from_key(word("order")).unwrap_or((ApiTokenOrder::Created, true));
    ApiTokenQuery {
        list: match word("list") {
            "expired" => ApiTokenList::Ended,
            _ => ApiTokenList::Active,
        },
        search: word("q").to_owned(),
        order,
        descending,
        state: State::from_key(word("state")),
        person: word("user").parse().ok(),
        user_type: word("user_type").parse().ok(),
        department: word("department").parse().ok(),
        expires_within: word("within")
            .parse()
            .ok()
            .filter(|days| (0..=3650).contains(days)),
        never_used: word("used") == "never",
        refused: word("policy") == "refused",
        may: Permissions::from_keys(word("may").split(' ')),
        ..ApiTokenQuery::default()
    }
}

/// The address of a question: only what differs from the plain list stands in it.
pub fn of_query(query: &ApiTokenQuery) -> String {
    let mut address = ParamsMap::new();
    if query.list == ApiTokenList::Ended {
        address.insert("list", "expired".to_owned());
    }
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if (query.order, query.descending) != (ApiTokenOrder::Created, true) {
        address.insert("order", order_key(query.order, query.descending));
    }
    let chosen = [
        ("state", query.state.map(|state| state.key().to_owned())),
        ("user", query.person.map(|id| id.to_string())),
        ("user_type", query.user_type.map(|id| id.to_string())),
        ("department", query.department.map(|id| id.to_string())),
        ("within", query.expires_within.map(|days| days.to_string())),
        ("used", query.never_used.then(|| "never".to_owned())),
        ("policy", query.refused.then(|| "refused".to_owned())),
        ("may", (!query.may.is_empty()).then(|| query.may.to_string())),
    ];
    for (key, word) in chosen {
        if let Some(word) = word {
            address.insert(key, word);
        }
    }
    format!("{}{}", routes::API_TOKENS, address.to_query_string())
}

/// An order with its direction, as it stands in an address.
pub fn order_key(order: ApiTokenOrder, descending: bool) -> String {
    format!("{}{}", if descending { "-" } else { "" }, order.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_question() {
        let id = "01900000-0000-7000-8000-000000000000";
        let asked = ApiTokenQuery {
            list: ApiTokenList::Ended,
            search: "import".into(),
            order: ApiTokenOrder::LastUsed,
            descending: true,
            state: Some(State::Revoked),
            person: id.parse().ok(),
            user_type: id.parse().ok(),
            department: id.parse().ok(),
            expires_within: Some(30),
            never_used: true,
            refused: true,
            may: "people:read".parse().expect("a permission"),
            ..ApiTokenQuery::default()
        };
        let address = of_query(&asked);
        assert!(
            address.starts_with("/administrator/tokens?list=expired&"),
            "{address}"
        );
        let mut words = ParamsMap::new();
        for (key, word) in [
            ("list", "expired"),
            ("q", "import"),
            ("order", "-last-used"),
            ("state", "revoked"),
            ("user", id),
            ("user_type", id),
            ("department", id),
            ("within", "30"),
            ("used", "never"),
            ("policy", "refused"),
            ("may", "people:read"),
        ] {
            words.insert(key, word.to_owned());
        }
        assert_eq!(query(&words), asked);
        assert_eq!(of_query(&ApiTokenQuery::default()), "/administrator/tokens");
    }

    #[test]
    fn words_that_mean_nothing_are_read_over() {
        let mut words = ParamsMap::new();
        for key in [
            "list",
            "order",
            "state",
            "user",
            "user_type",
            "department",
            "within",
            "used",
            "policy",
            "may",
        ] {
            words.insert(key, "nonsense".to_owned());
        }
        assert_eq!(query(&words), ApiTokenQuery::default());
    }
}
