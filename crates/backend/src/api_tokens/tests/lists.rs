//! The lists of API tokens.

use super::*;
use crate::tokens::Filters;

/// The names of a list, page by page; and it is counted as it is listed.
pub(super) async fn listed(backend: &Backend, caller: &Caller, query: ApiTokenQuery) -> Vec<String> {
    let tokens = backend.api_tokens();
    let mut names = Vec::new();
    let mut asked = ApiTokenQuery {
        rows: Some(2),
        ..query.clone()
    };
    loop {
        let page = tokens.list(caller, &asked).await.expect("listed");
        names.extend(page.rows.into_iter().map(|row| row.name));
        asked.after = page.next;
        if asked.after.is_none() {
            break;
        }
    }
    let count = tokens.count(caller, &query).await.expect("counted");
    assert_eq!(usize::try_from(count), Ok(names.len()), "{query:?}");
    let ids = tokens
        .ids(caller, &query, &Filters::default())
        .await
        .expect("ids");
    assert_eq!(ids.len(), names.len(), "{query:?}");
    names
}

#[tokio::test]
async fn a_list_has_every_order_and_is_narrowed_by_everything_a_token_has() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let (north, shop) = {
            let north = department(backend, &ada, "North", None).await;
            (north, department(backend, &ada, "Shop", Some(north)).await)
        };
        let bob = bob(backend, &ada).await;
        let forms = [
            ApiTokenForm {
                expires: "30d".into(),
                ..form("Carrot import")
            },
            ApiTokenForm {
                user: bob.to_string(),
                department: shop.to_string(),
                ..form("Apple import")
            },
            ApiTokenForm {
                permissions: "people:read".into(),
                expires: "never".into(),
                ..form("Beetroot export")
            },
        ];
        let mut tokens = Vec::new();
        for form in &forms {
            tokens.push(made(backend, &ada, form).await);
            backend.clock().advance(TimeDelta::minutes(1));
        }
        assert!(let_in(backend, &tokens[1]).await.is_ok());
        backend.clock().advance(TimeDelta::minutes(1));
        assert!(let_in(backend, &tokens[0]).await.is_ok());
        backend.api_tokens().note_uses().await.expect("written down");

        let (carrot, apple, beetroot) = ("Carrot import", "Apple import", "Beetroot export");
        let ordered = async |order, descending| {
            let query = ApiTokenQuery {
                order,
                descending,
                ..ApiTokenQuery::default()
            };
            listed(backend, &ada, query).await
        };
        for (order, up) in [
            (ApiTokenOrder::Created, [carrot, apple, beetroot]),
            (ApiTokenOrder::Name, [apple, beetroot, carrot]),
            (ApiTokenOrder::Expires, [carrot, apple, beetroot]),
            (ApiTokenOrder::LastUsed, [beetroot, apple, carrot]),
            (ApiTokenOrder::User, [carrot, beetroot, apple]),
            (ApiTokenOrder::Department, [carrot, beetroot, apple]),
        ] {
            assert_eq!(ordered(order, false).await, up, "{order:?}");
            let mut down = up;
            down.reverse();
            assert_eq!(ordered(order, true).await, down, "{order:?}");
        }

        let plain = ApiTokenQuery {
            order: ApiTokenOrder::Name,
            descending: false,
            ..ApiTokenQuery::default()
        };
        let narrowed = async |query: ApiTokenQuery| listed(backend, &ada, query).await;
        let search = async |text: &str| {
            narrowed(ApiTokenQuery {
                search: text.into(),
                ..plain.clone()
            })
            .await
        };
        assert_eq!(search("imp").await, [apple, carrot]);
        assert_eq!(search("bob@example").await, [apple]);
        assert_eq!(search("nobody@example.org").await, [""; 0]);
        assert_eq!(
            search(&tokens[2].secret).await,
            [beetroot],
            "a whole secret finds its token"
        );
        let hint = domain::code::for_address(&tokens[2].secret);
        assert_eq!(
            search(&hint).await,
            [beetroot],
            "and so does the part that lists show"
        );
        let of_bob = ApiTokenQuery {
            person: Some(bob),
            ..plain.clone()
        };
        assert_eq!(narrowed(of_bob).await, [apple]);
        for department in [north, shop] {
            let query = ApiTokenQuery {
                department: Some(department),
                ..plain.clone()
            };
            assert_eq!(narrowed(query).await, [apple], "those below, too");
        }
        let ending = ApiTokenQuery {
            expires_within: Some(31),
            ..plain.clone()
        };
        assert_eq!(narrowed(ending).await, [carrot]);
        let unused = ApiTokenQuery {
            never_used: true,
            ..plain.clone()
        };
        assert_eq!(narrowed(unused).await, [beetroot]);
        let may = |keys: &str| ApiTokenQuery {
            may: keys.parse().expect("permissions"),
            ..plain.clone()
        };
        assert_eq!(narrowed(may("people:read")).await, [apple, beetroot, carrot]);
        assert_eq!(narrowed(may("people:read tokens:read")).await, [apple, carrot]);
        assert_eq!(
            narrowed(may("organisation:manage")).await,
            [carrot],
            "Bob may not, nor may his token"
        );

        let suspended = backend.api_tokens().set_suspended(&ada, tokens[0].id, true).await;
        suspended.expect("suspended");
        let in_state = |state| ApiTokenQuery {
            state: Some(state),
            ..plain.clone()
        };
        assert_eq!(narrowed(in_state(State::Suspended)).await, [carrot]);
        assert_eq!(narrowed(in_state(State::Live)).await, [apple, beetroot]);
        backend
            .api_tokens()
            .revoke(&ada, tokens[2].id)
            .await
            .expect("revoked");
        let ended = ApiTokenQuery {
            list: ApiTokenList::Ended,
            ..plain.clone()
        };
        assert_eq!(narrowed(ended).await, [beetroot]);
        assert_eq!(narrowed(plain.clone()).await, [apple, carrot]);

        let eve = owner_of(backend, "Another", "eve@example.org").await;
        assert_eq!(listed(backend, &eve, plain).await, [""; 0]);
        let ids: Vec<_> = tokens.iter().map(|token| token.id).collect();
        assert!(
            backend
                .api_tokens()
                .rows(&eve, &ids)
                .await
                .expect("none")
                .is_empty()
        );
        assert_eq!(
            backend.api_tokens().rows(&ada, &ids).await.expect("rows").len(),
            3
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_given_away_or_whose_department_is_renamed_moves_in_its_lists() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = bob(backend, &ada).await;
        let north = department(backend, &ada, "North", None).await;
        let south = department(backend, &ada, "South", None).await;
        let bobs = |name: &str, department: Option<DepartmentId>| ApiTokenForm {
            user: bob.to_string(),
            department: department.map(|id| id.to_string()).unwrap_or_default(),
            ..form(name)
        };
        let hers = made(backend, &ada, &form("Hers")).await;
        for (name, place) in [("In the south", south), ("In the north", north)] {
            backend.clock().advance(TimeDelta::minutes(1));
            made(backend, &ada, &bobs(name, Some(place))).await;
        }
        let by = async |order: ApiTokenOrder, descending: bool| {
            let query = ApiTokenQuery {
                order,
                descending,
                ..ApiTokenQuery::default()
            };
            listed(backend, &ada, query).await
        };
        let (user, place) = (ApiTokenOrder::User, ApiTokenOrder::Department);
        assert_eq!(by(user, false).await, ["Hers", "In the south", "In the north"]);
        assert_eq!(by(place, false).await, ["Hers", "In the north", "In the south"]);
        assert_eq!(by(place, true).await, ["In the south", "In the north", "Hers"]);

        backend
            .departments()
            .rename(&ada, north, "Zenith")
            .await
            .expect("renamed");
        assert_eq!(by(place, false).await, ["Hers", "In the south", "In the north"]);

        let moved = ApiTokenForm {
            department: south.to_string(),
            user: bob.to_string(),
            ..form("Hers")
        };
        backend
            .api_tokens()
            .edit_from(&ada, hers.id, &moved)
            .await
            .expect("changed");
        assert_eq!(by(place, false).await, ["Hers", "In the south", "In the north"]);
        assert_eq!(by(user, false).await, ["Hers", "In the south", "In the north"]);
    })
    .await;
}
