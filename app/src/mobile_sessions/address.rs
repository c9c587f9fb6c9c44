//! What the list of mobile sessions shows stands in the address.

use domain::mobile_sessions::{MobileList, MobileOrder, MobileQuery};
use domain::tokens::State;
use leptos_router::params::ParamsMap;

use crate::routes;

/// The question in an address. Words that mean nothing are read over.
pub fn query(address: &ParamsMap) -> MobileQuery {
    let word = |key: &str| address.get_str(key).unwrap_or_default();
    let (order, descending) = MobileOrder::from_key(word("order")).unwrap_or((MobileOrder::SignedIn, true));
    MobileQuery {
        search: word("q").to_owned(),
        list: match word("list") {
            "ended" => MobileList::Ended,
            _ => MobileList::Active,
        },
        order,
        descending,
        state: State::from_key(word("state")),
        person: word("person").parse().ok(),
        app: word("app").parse().ok(),
        department: word("department").parse().ok(),
        user_type: word("user_type").parse().ok(),
        expires_within: word("within")
            .parse()
            .ok()
            .filter(|days| (0..=3650).contains(days)),
        ..MobileQuery::default()
    }
}

/// The address of a question: only what differs from the plain list stands in it.
pub fn of_query(query: &MobileQuery) -> String {
    let mut address = ParamsMap::new();
    if query.list == MobileList::Ended {
        address.insert("list", "ended".to_owned());
    }
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if (query.order, query.descending) != (MobileOrder::SignedIn, true) {
        address.insert("order", order_key(query.order, query.descending));
    }
    let chosen = [
        ("state", query.state.map(|state| state.key().to_owned())),
        ("person", query.person.map(|id| id.to_string())),
        ("app", query.app.map(|id| id.to_string())),
        ("department", query.department.map(|id| id.to_string())),
        ("user_type", query.user_type.map(|id| id.to_string())),
        ("within", query.expires_within.map(|days| days.to_string())),
    ];
    for (key, word) in chosen {
        if let Some(word) = word {
            address.insert(key, word);
        }
    }
    format!("{}{}", routes::MOBILE_USERS, address.to_query_string())
}

/// An order with its direction, as it stands in an address.
pub fn order_key(order: MobileOrder, descending: bool) -> String {
    format!("{}{}", if descending { "-" } else { "" }, order.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_question() {
        let id = "01900000-0000-7000-8000-000000000000";
        let asked = MobileQuery {
            search: "mia".into(),
            list: MobileList::Ended,
            order: MobileOrder::LastActive,
            descending: false,
            state: Some(State::Revoked),
            app: id.parse().ok(),
            department: id.parse().ok(),
            user_type: id.parse().ok(),
            expires_within: Some(14),
            ..MobileQuery::default()
        };
        let mut words = ParamsMap::new();
        for (key, word) in [
            ("list", "ended"),
            ("q", "mia"),
            ("order", "last-active"),
            ("state", "revoked"),
            ("app", id),
            ("department", id),
            ("user_type", id),
            ("within", "14"),
            ("person", "nobody"),
        ] {
            words.insert(key, word.to_owned());
        }
        assert_eq!(query(&words), asked);
        let address = of_query(&asked);
        assert!(
            address.starts_with("/administrator/tokens/mobile?list=ended&q=mia&"),
            "{address}"
        );
        assert_eq!(of_query(&MobileQuery::default()), "/administrator/tokens/mobile");
    }

    #[test]
    fn words_that_mean_nothing_are_read_over() {
        let mut words = ParamsMap::new();
        for key in [
            "list",
            "order",
            "state",
            "person",
            "app",
            "department",
            "user_type",
            "within",
        ] {
            words.insert(key, "nonsense".to_owned());
        }
        assert_eq!(query(&words), MobileQuery::default());
    }
}
