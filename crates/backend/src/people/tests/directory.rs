//! Stories of the list of people and the user report.

use chrono::TimeDelta;
use domain::page::PAGE_ROWS;
use domain::people::PeopleQuery;
use domain::{BuiltIn, Cursor, Refusal};

use crate::people::find_or_add;
use crate::people::testing::{owner, owner_of, person};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Error};

async fn names(world: &World, caller: &Caller, search: &str, admins_only: bool) -> Vec<String> {
    let query = PeopleQuery {
        search: search.into(),
        admins_only,
        ..PeopleQuery::default()
    };
    let page = world
        .backend
        .reports()
        .people(caller, &query)
        .await
        .expect("listed");
    let count = world
        .backend
        .people()
        .count(caller, &query)
        .await
        .expect("counted");
    assert_eq!(usize::try_from(count), Ok(page.rows.len()), "{search}");
    page.rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn people_are_found_by_the_beginnings_of_names_and_addresses() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let organisation = ada.organisation();
        person(
            backend,
            organisation,
            "Grète Ōtaki",
            "g.otaki@school.example",
            BuiltIn::Member,
        )
        .await;
        person(
            backend,
            organisation,
            "Bob Stone",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let stranger = owner_of(backend, "Other", "eve@example.org").await;
        person(
            backend,
            stranger.organisation(),
            "Grete Elsewhere",
            "grete@example.org",
            BuiltIn::Member,
        )
        .await;

        assert_eq!(
            names(world, &ada, "", false).await,
            ["Ada", "Bob Stone", "Grète Ōtaki"]
        );
        assert_eq!(names(world, &ada, "", true).await, ["Ada", "Bob Stone"]);
        assert_eq!(names(world, &ada, "grete ota", false).await, ["Grète Ōtaki"]);
        assert_eq!(names(world, &ada, "bob grete", false).await, Vec::<String>::new());
        assert_eq!(names(world, &ada, "school", false).await, ["Grète Ōtaki"]);
        assert_eq!(names(world, &ada, "BOB@exam", false).await, ["Bob Stone"]);
        assert_eq!(names(world, &ada, "example", true).await, ["Ada", "Bob Stone"]);
        assert_eq!(
            names(world, &ada, "a b c d e f g", false).await,
            Vec::<String>::new()
        );
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let mut tx = backend.db.write().await.expect("a transaction");
        let now = backend.clock.now();
        for n in 0..1_200 {
            let email = format!("p{n}@example.org").parse().expect("an address");
            // Two of each name: the id decides.
            let name = format!("Person {:04}", n / 2);
            find_or_add(&mut tx, backend, ada.organisation(), &email, &name, now)
                .await
                .expect("added");
        }
        backend.commit(tx).await.expect("committed");
        for (search, expected) in [("person", 1_200), ("person 05", 200), ("0599", 2)] {
            let mut query = PeopleQuery {
                search: search.into(),
                ..PeopleQuery::default()
            };
            let mut seen = Vec::new();
            loop {
                let page = backend.reports().people(&ada, &query).await.expect("listed");
                assert!(page.rows.len() <= PAGE_ROWS);
                seen.extend(page.rows.into_iter().map(|row| (row.name, row.id)));
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), expected, "{search}");
            assert!(seen.is_sorted() && seen.windows(2).all(|two| two[0] != two[1]));
            let count = backend.people().count(&ada, &query).await.expect("counted");
            assert_eq!(usize::try_from(count), Ok(expected));
        }
        let nonsense = PeopleQuery {
            after: Some(Cursor("?".into())),
            ..PeopleQuery::default()
        };
        assert!(backend.reports().people(&ada, &nonsense).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_report_tells_what_happened_to_somebody_and_only_to_their_own_organisation() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        let bob = person(
            &world.backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        world.backend.clock().advance(TimeDelta::seconds(1));
        people
            .set_user_type(&ada, bob, BuiltIn::Owner.into())
            .await
            .expect("promoted");

        let report = world.backend.reports().report(&ada, bob).await.expect("a report");
        assert_eq!(
            (report.person.name.as_str(), report.person.collections),
            ("Bob", 0)
        );
        let told: Vec<&str> = report.history.iter().map(|entry| entry.what.as_str()).collect();
        assert_eq!(
            told,
            [
                "Changed the user type from Administrator to Owner",
                "Became known as Bob"
            ]
        );

        let stranger = owner_of(&world.backend, "Other", "eve@example.org").await;
        let refused = world
            .backend
            .reports()
            .report(&stranger, bob)
            .await
            .expect_err("not hers");
        assert!(matches!(refused, Error::Refused(Refusal::NotFound)));
        let member = Caller {
            permissions: domain::BuiltIn::Member.permissions(),
            ..ada
        };
        assert!(
            world
                .backend
                .reports()
                .people(&member, &PeopleQuery::default())
                .await
                .is_err()
        );
        assert!(people.count(&member, &PeopleQuery::default()).await.is_err());
        assert!(world.backend.reports().report(&member, bob).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_known_person_keeps_their_name() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let mut tx = backend.db.write().await.expect("a transaction");
        let (now, email) = (
            backend.clock.now(),
            "max@example.org".parse().expect("an address"),
        );
        let max = find_or_add(&mut tx, backend, ada.organisation(), &email, "Max", now)
            .await
            .expect("added");
        let again = find_or_add(&mut tx, backend, ada.organisation(), &email, "Moritz", now)
            .await
            .expect("found");
        assert_eq!(again, max);
        backend.commit(tx).await.expect("committed");
        let report = backend.reports().report(&ada, max).await.expect("a report");
        assert_eq!(report.person.name, "Max");
    })
    .await;
}

#[tokio::test]
async fn two_common_words_find_whoever_has_both() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let now = backend.clock.now();
        let mut tx = backend.db.write().await.expect("a transaction");
        for n in 0..60 {
            let name = if n % 2 == 0 { "Jo Miller" } else { "Kim Smith" };
            let email = format!("p{n}@example.org").parse().expect("an address");
            find_or_add(&mut tx, backend, ada.organisation(), &email, name, now)
                .await
                .expect("added");
        }
        let email = "js@example.org".parse().expect("an address");
        let both = find_or_add(&mut tx, backend, ada.organisation(), &email, "Jo Smith", now)
            .await
            .expect("added");
        backend.commit(tx).await.expect("committed");
        let mut conn = backend.db.read().await.expect("a reader");
        // Each word alone has more matches than the limit.
        let found = super::super::matching(&mut conn, ada.organisation(), "smith JO", 20)
            .await
            .expect("looked");
        assert_eq!(found, [both]);
        let many = super::super::matching(&mut conn, ada.organisation(), "jo", 20)
            .await
            .expect("looked");
        assert_eq!(many.len(), 20);
        assert!(
            super::super::matching(&mut conn, ada.organisation(), " ", 20)
                .await
                .expect("looked")
                .is_empty()
        );
    })
    .await;
}
