//! A kind of token that no feature has, defined only in this file: everything that the core does for the other kinds it
//! does for this one, too.

use std::sync::Arc;

use database::WriteTx;
use domain::page::Count;
use domain::prefixed::Prefix;
use domain::tokens::{Family, State, TokenList, TokenOrder};
use domain::{OrganisationId, PersonId, PrefixedSecret, TokenId};
use serde_json::json;
use tokio::sync::Barrier;

use crate::Backend;
use crate::Scope;
use crate::audit::{Entry, Event, Who};
use crate::tokens::list::{self, ListQuery};
use crate::tokens::{
    self, Found, Kind, Kinds, NewToken, Presented, Purpose, Registered, Sealing, SecretForm, Secrets,
    Spending, Spent, UsePolicy,
};

use crate::testing::{World, noon};

const PREFIX: Prefix = Prefix::new("twx_");
const PURPOSE: Purpose = Purpose("sixth");

static SIXTH: Kind = Kind {
    key: "sixth",
    family: Family::Claim,
    secret: SecretForm::Prefixed(PREFIX),
    purpose: PURPOSE,
    sealing: Sealing::Sealed,
    use_policy: UsePolicy::UpToLimit,
    parts: None,
    journal: None,
};

/// One for programs that call very often.
static OFTEN: Kind = Kind {
    key: "sixth_often",
    sealing: Sealing::ShownOnce,
    use_policy: UsePolicy::LastUseOnly,
    ..SIXTH
};

static REGISTERED: Registered = Registered {
    kinds: &[&SIXTH, &OFTEN],
    checks: &[],
};

async fn on_each_engine(test: impl AsyncFn(&World)) {
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let kinds = Kinds::new(&[&crate::access_tokens::REGISTERED, &REGISTERED]);
        let world = World::with_kinds(database, kinds);
        test(&world).await;
        world.backend.database().close().await;
    }
}

async fn issue(
    backend: &Backend,
    organisation: OrganisationId,
    kind: &'static Kind,
    name: &str,
) -> (TokenId, String) {
    let new = NewToken {
        organisation,
        department: None,
        kind,
        name: name.into(),
        starts_at: None,
        expires_at: None,
        use_limit: (kind == &SIXTH).then_some(3),
        sealing: None,
        created_by: None,
    };
    let mut tx = backend.db.write().await.expect("a transaction");
    let (id, secret) = tokens::issue(&mut tx, backend, &new).await.expect("a token");
    let entry = Entry::token(Event::TokenCreated, kind.family, id, json!({ "name": name }));
    let who = Who::program(organisation);
    backend.record(&mut tx, who, entry).await.expect("recorded");
    backend.commit(tx).await.expect("committed");
    (id, secret.expect("a secret").reveal().to_owned())
}

/// Spends it as a program would: with its secret, in a transaction that records the use.
async fn spend(backend: &Backend, secret: &str, person: PersonId, key: u8) -> Spent {
    let secret = PrefixedSecret::parse(PREFIX, secret).expect("well-formed");
    let mut tx = backend.db.write().await.expect("a transaction");
    let presented = [Presented::prefixed(PURPOSE, &secret)];
    let found = Secrets::find(&mut tx, backend, &presented).await.expect("looked");
    let (mut locked, opened) = found.lock(&mut tx, backend).await.expect("locked");
    let token = opened[0].expect("a token");
    let spending = Spending {
        token,
        person: Some(person),
        earlier_key: None,
        idempotency_key: vec![key],
        address: None,
    };
    let now = backend.clock.now();
    let decided = tokens::spend(&mut tx, &mut locked, vec![spending], now)
        .await
        .expect("decided");
    decided.write(&mut tx).await.expect("written");
    let spent = decided.spent().next().expect("one was asked for");
    if let Spent::New { number } = spent {
        let found = locked.found(token).expect("locked");
        record_use(&mut tx, backend, &found, number).await;
    }
    backend.commit(tx).await.expect("committed");
    spent
}

async fn record_use(tx: &mut WriteTx, backend: &Backend, found: &Found, number: i64) {
    let facts = json!({ "hint": found.token.hint_text(), "number": number });
    let entry = Entry::token(Event::TokenUsed, found.token.kind.family, found.token.id, facts);
    let who = Who::program(found.token.organisation);
    backend.record(tx, who, entry).await.expect("recorded");
}

async fn find(backend: &Backend, secret: &str) -> Option<Found> {
    let secret = PrefixedSecret::parse(PREFIX, secret).expect("well-formed");
    let mut conn = backend.db.read().await.expect("a reader");
    let presented = Presented::prefixed(PURPOSE, &secret);
    tokens::find(&mut conn, backend, presented).await.expect("looked")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kind_of_its_own_is_issued_found_spent_rotated_checked_and_recorded() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let organisation = crate::organisations::testing::organisation(backend).await;
        let person = world.person(organisation, "grete@example.org", "Grete").await;
        let (id, secret) = issue(backend, organisation, &SIXTH, "Three of them").await;

        let found = find(backend, &secret).await.expect("found");
        assert_eq!((found.token.id, found.token.kind), (id, &SIXTH));
        let hint = found.token.hint_text();
        assert!(hint.starts_with("twx_") && hint.chars().count() == 13, "{hint}");

        // It is always the same person, who may use it more than once.
        let barrier = Arc::new(Barrier::new(40));
        let racers: Vec<_> = (0..40_u8)
            .map(|racer| {
                let (backend, barrier, secret) = (backend.clone(), barrier.clone(), secret.clone());
                tokio::spawn(async move {
                    barrier.wait().await;
                    spend(&backend, &secret, person, racer).await
                })
            })
            .collect();
        let mut numbers = Vec::new();
        let mut refused = 0;
        for racer in racers {
            match racer.await.expect("no panic") {
                Spent::New { number } => numbers.push(number),
                Spent::Refused(State::UsedUp) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        numbers.sort_unstable();
        assert_eq!((numbers, refused), (vec![1, 2, 3], 37));

        let rotation = crate::key_management::Rotation {
            keep: chrono::TimeDelta::zero(),
            ..Default::default()
        };
        let rotated = backend.key_management().rotate(&rotation).await;
        let rotated = rotated.expect("rotated");
        assert_eq!((rotated.moved, rotated.dropped), (1, vec![1]));
        assert_eq!(find(backend, &secret).await.expect("found").token.id, id);
        let mut conn = backend.db.read().await.expect("a reader");
        let shown = tokens::reveal(&mut conn, backend, id).await.expect("a secret");
        assert_eq!(shown.reveal(), secret);
        drop(conn);

        let scope = scope_of(organisation);
        let expired = ListQuery {
            list: TokenList::Expired,
            ..everything(&scope)
        };
        let mut conn = backend.db.read().await.expect("a reader");
        let page = list::list(&mut conn, backend, &expired, None)
            .await
            .expect("a page");
        drop(conn);
        let row = page.rows.first().expect("a row");
        assert_eq!((row.token.id, row.token.bounds.uses), (id, 3));
        assert_eq!((row.created_at, row.last_used_at), (noon(), Some(noon())));
        assert_eq!(counted(backend, &expired).await, Count::Exactly(1));

        assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_is_shown_once_is_kept_nowhere() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let organisation = crate::organisations::testing::organisation(backend).await;
        let (id, secret) = issue(backend, organisation, &OFTEN, "Often").await;

        let found = find(backend, &secret).await.expect("found");
        assert!(!found.token.is_sealed);
        let mut tx = backend.db.write().await.expect("a transaction");
        assert!(tokens::reveal(&mut tx, backend, id).await.is_err());

        let renewed = tokens::renew(&mut tx, backend, &found.token)
            .await
            .expect("renewed");
        assert!(tokens::reveal(&mut tx, backend, id).await.is_err());
        tx.commit().await.expect("committed");

        assert!(find(backend, &secret).await.is_none());
        assert!(find(backend, renewed.reveal()).await.is_some());
        assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn of_what_is_used_very_often_only_the_last_use_is_kept() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let organisation = crate::organisations::testing::organisation(backend).await;
        let person = world.person(organisation, "grete@example.org", "Grete").await;
        let (id, secret) = issue(backend, organisation, &OFTEN, "Often").await;
        for _ in 0..3 {
            backend.clock.advance(chrono::TimeDelta::minutes(1));
            // Even with the same key: nothing is counted, so nothing is counted twice.
            assert_eq!(spend(backend, &secret, person, 7).await, Spent::Unnumbered);
        }
        let mut conn = backend.db.read().await.expect("a reader");
        let (uses, last): (i64, Option<chrono::DateTime<chrono::Utc>>) = conn
            .query("SELECT uses, last_used_at FROM tokens WHERE id = $1")
            .bind(id)
            .one()
            .await
            .expect("a row");
        assert_eq!((uses, last), (0, Some(noon() + chrono::TimeDelta::minutes(3))));
        drop(conn);
        assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn when_its_time_is_over_its_family_is_told() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let organisation = crate::organisations::testing::organisation(backend).await;
        let (id, _) = issue(backend, organisation, &SIXTH, "Short").await;
        let mut tx = backend.db.write().await.expect("a transaction");
        let found = tokens::lock(&mut tx, backend, &crate::Scope::new(organisation, None), id).await;
        let token = found.expect("locked").expect("a token").token;
        let change = tokens::Change {
            name: "Shorter".into(),
            starts_at: None,
            expires_at: Some(noon() + chrono::TimeDelta::minutes(1)),
            use_limit: Some(3),
        };
        tokens::change(&mut tx, &token, &change, noon())
            .await
            .expect("changed");
        backend.commit(tx).await.expect("committed");
        backend.clock.advance(chrono::TimeDelta::minutes(2));

        assert_eq!(tokens::sweep(backend).await.expect("swept"), 1);

        let mut conn = backend.db.read().await.expect("a reader");
        let (family, token): (String, TokenId) = conn
            .query("SELECT family, token_id FROM audit WHERE event = 'token.expired'")
            .one()
            .await
            .expect("an entry");
        assert_eq!((family.as_str(), token), ("claim", id));
    })
    .await;
}

fn scope_of(organisation: OrganisationId) -> Scope {
    Scope::new(organisation, None)
}

/// The newest of the active ones.
fn everything(scope: &Scope) -> ListQuery<'_> {
    ListQuery {
        family: Family::Claim,
        scope,
        kinds: &[],
        list: TokenList::Active,
        state: None,
        order: TokenOrder::Created,
        descending: true,
        search: "",
        narrow: None,
        rows: None,
    }
}

/// The names of all tokens of a list, page by page.
async fn listed(backend: &Backend, query: &ListQuery<'_>) -> Vec<String> {
    let mut conn = backend.db.read().await.expect("a reader");
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = list::list(&mut conn, backend, query, after.as_ref())
            .await
            .expect("a page");
        names.extend(page.rows.into_iter().map(|row| row.token.name));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

async fn counted(backend: &Backend, query: &ListQuery<'_>) -> Count {
    let mut conn = backend.db.read().await.expect("a reader");
    list::count(&mut conn, backend, query).await.expect("a number")
}

#[tokio::test]
async fn its_tokens_are_listed_in_every_order_and_found_by_what_is_typed() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let organisation = crate::organisations::testing::organisation(backend).await;
        let other = crate::organisations::testing::organisation(backend).await;
        let scope = scope_of(organisation);
        let mut made = Vec::new();
        for number in 0..60 {
            backend.clock.advance(chrono::TimeDelta::seconds(1));
            let name = format!("Kōwhai number{number:02}");
            made.push((name.clone(), issue(backend, organisation, &SIXTH, &name).await));
        }
        issue(backend, organisation, &OFTEN, "Rata").await;
        issue(backend, other, &SIXTH, "Kōwhai of others").await;
        let names: Vec<String> = made.iter().map(|(name, _)| name.clone()).collect();

        for order in TokenOrder::ALL {
            for descending in [false, true] {
                let query = ListQuery {
                    order,
                    descending,
                    search: "kowhai",
                    ..everything(&scope)
                };
                let mut expected = names.clone();
                if descending {
                    expected.reverse();
                }
                // All were used and end at the same time, so that ids decide.
                assert_eq!(listed(backend, &query).await, expected, "{order:?} {descending}");
            }
        }
        let all = everything(&scope);
        assert_eq!(counted(backend, &all).await, Count::Exactly(61));
        let (name, (_, secret)) = &made[7];
        let hint = PrefixedSecret::parse(PREFIX, secret).expect("well-formed").hint();
        for search in [
            secret.clone(),
            hint.to_string(),
            hint.head.clone(),
            "number07 KOW".into(),
        ] {
            let query = ListQuery {
                search: &search,
                ..everything(&scope)
            };
            assert_eq!(
                listed(backend, &query).await,
                std::slice::from_ref(name),
                "{search}"
            );
            assert_eq!(counted(backend, &query).await, Count::Exactly(1), "{search}");
        }
        let often = ListQuery {
            kinds: &[&OFTEN],
            ..everything(&scope)
        };
        assert_eq!(listed(backend, &often).await, ["Rata"]);
        let narrowed = |statement: database::Statement| statement.text("AND t.name =").value("Rata");
        let narrowed = ListQuery {
            narrow: Some(&narrowed),
            ..everything(&scope)
        };
        assert_eq!(listed(backend, &narrowed).await, ["Rata"]);
        let access = ListQuery {
            family: Family::Access,
            ..everything(&scope)
        };
        assert_eq!(listed(backend, &access).await, Vec::<String>::new());
        let department = domain::DepartmentId(backend.random.id(noon()));
        let limited = Scope::new(organisation, Some(department));
        assert_eq!(listed(backend, &everything(&limited)).await, Vec::<String>::new());

        let mut conn = backend.db.read().await.expect("a reader");
        let strange = domain::Cursor("%".into());
        let refused = list::list(&mut conn, backend, &all, Some(&strange)).await;
        assert!(matches!(
            refused,
            Err(crate::Error::Refused(domain::Refusal::Malformed))
        ));
    })
    .await;
}
