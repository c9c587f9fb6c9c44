//! Stories of departments: a tree, and who sees what in it.

use domain::access_tokens::NewTokenForm;
use domain::api_tokens::ApiTokenForm;
use domain::departments::{DepartmentForm, DepartmentView};
use domain::people::{InvitationForm, PeopleQuery};
use domain::{BuiltIn, DepartmentId, Permission, Refusal};

use crate::people::testing::{owner, owner_of, person, signed_in};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Error, Result};

fn form(name: &str, parent: Option<DepartmentId>) -> DepartmentForm {
    DepartmentForm {
        name: name.into(),
        parent: parent.map(|id| id.to_string()).unwrap_or_default(),
    }
}

async fn make(world: &World, caller: &Caller, name: &str, parent: Option<DepartmentId>) -> DepartmentId {
    let departments = world.backend.departments();
    departments
        .create(caller, &form(name, parent))
        .await
        .expect("a department")
}

async fn tree(world: &World, caller: &Caller) -> Vec<String> {
    let found = world.backend.departments().list(caller).await.expect("the tree");
    let line = |one: &DepartmentView| format!("{}{}", "> ".repeat(one.depth as usize - 1), one.name);
    found.iter().map(line).collect()
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn departments_are_made_renamed_moved_and_removed() {
    on_each_engine(async |world| {
        let ada = owner(&world.backend).await;
        let departments = world.backend.departments();
        let north = make(world, &ada, "North", None).await;
        let south = make(world, &ada, "South", None).await;
        let sales = make(world, &ada, "Sales", Some(north)).await;
        let shop = make(world, &ada, "Shop", Some(sales)).await;
        make(world, &ada, "Sales", Some(south)).await;
        assert_eq!(
            tree(world, &ada).await,
            ["North", "> Sales", "> > Shop", "South", "> Sales"]
        );

        let twice = refusal(departments.create(&ada, &form("SALES", Some(north))).await);
        assert!(
            twice
                .problems()
                .is_some_and(|problems| problems.at("name").is_some())
        );
        let twice = refusal(departments.move_to(&ada, sales, &south.to_string()).await);
        assert!(
            twice
                .problems()
                .is_some_and(|problems| problems.at("name").is_some())
        );
        let twice = refusal(departments.rename(&ada, north, "south").await);
        assert!(
            twice
                .problems()
                .is_some_and(|problems| problems.at("name").is_some())
        );
        departments
            .rename(&ada, north, "NORTH")
            .await
            .expect("its own name");
        let into_itself = refusal(departments.move_to(&ada, north, &shop.to_string()).await);
        assert!(
            into_itself
                .problems()
                .is_some_and(|problems| problems.at("parent").is_some())
        );

        departments.rename(&ada, sales, "Trade").await.expect("renamed");
        departments
            .move_to(&ada, sales, &south.to_string())
            .await
            .expect("moved");
        assert_eq!(
            tree(world, &ada).await,
            ["NORTH", "South", "> Sales", "> Trade", "> > Shop"]
        );
        departments.move_to(&ada, shop, "").await.expect("to the top");
        assert_eq!(
            tree(world, &ada).await,
            ["NORTH", "Shop", "South", "> Sales", "> Trade"]
        );

        assert!(matches!(
            refusal(departments.remove(&ada, south).await),
            Refusal::Conflict(_)
        ));
        departments.remove(&ada, shop).await.expect("it is empty");
        let eve = owner_of(&world.backend, "Other", "eve@example.org").await;
        for outcome in [
            departments.remove(&eve, north).await,
            departments.rename(&eve, north, "Mine").await,
            departments.move_to(&eve, north, "").await,
        ] {
            assert_eq!(refusal(outcome), Refusal::NotFound);
        }
        assert_eq!(tree(world, &eve).await, [""; 0]);
        let theirs = refusal(departments.create(&eve, &form("Mine", Some(north))).await);
        assert!(
            theirs
                .problems()
                .is_some_and(|problems| problems.at("parent").is_some())
        );
    })
    .await;
}

#[tokio::test]
async fn departments_stand_in_each_other_eight_deep_and_no_deeper() {
    on_each_engine(async |world| {
        let ada = owner(&world.backend).await;
        let departments = world.backend.departments();
        let mut chain = vec![make(world, &ada, "1", None).await];
        for depth in 2..=8 {
            chain.push(make(world, &ada, &depth.to_string(), chain.last().copied()).await);
        }
        let ninth = departments.create(&ada, &form("9", chain.last().copied())).await;
        assert!(matches!(refusal(ninth), Refusal::Conflict(_)));
        let top = make(world, &ada, "top", None).await;
        let moved = departments.move_to(&ada, chain[0], &top.to_string()).await;
        assert!(
            matches!(refusal(moved), Refusal::Conflict(_)),
            "eight below one are nine"
        );
        departments
            .move_to(&ada, chain[1], &top.to_string())
            .await
            .expect("seven below one are eight");
    })
    .await;
}

/// An administrator of a department.
async fn limited(world: &World, ada: &Caller, email: &str, department: DepartmentId) -> Caller {
    let people = world.backend.people();
    let id = person(
        &world.backend,
        ada.organisation(),
        "Bob",
        email,
        BuiltIn::Administrator,
    )
    .await;
    people
        .set_department(ada, id, Some(department))
        .await
        .expect("in the department");
    signed_in(&world.backend, ada.organisation(), email).await
}

#[tokio::test]
async fn who_is_limited_to_a_department_sees_it_and_those_below_and_grants_no_more() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let north = make(world, &ada, "North", None).await;
        let south = make(world, &ada, "South", None).await;
        let shop = make(world, &ada, "Shop", Some(north)).await;
        let bob = limited(world, &ada, "bob@example.org", north).await;
        let people = backend.people();
        let max = person(
            backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;

        assert_eq!(tree(world, &bob).await, ["North", "> Shop"]);
        let seen = async |caller: &Caller, department| {
            let query = PeopleQuery {
                department,
                ..PeopleQuery::default()
            };
            let page = backend.reports().people(caller, &query).await;
            let count = people.count(caller, &query).await;
            page.map(|page| {
                assert_eq!(count.expect("a count"), page.rows.len() as i64);
                page.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
            })
        };
        assert_eq!(seen(&bob, None).await.expect("people"), ["Bob"]);
        assert_eq!(refusal(people.deactivate(&bob, max).await), Refusal::NotFound);
        assert_eq!(
            refusal(backend.reports().report(&bob, max).await),
            Refusal::NotFound
        );
        assert_eq!(refusal(seen(&bob, Some(south)).await), Refusal::NotFound);
        people.set_department(&ada, max, Some(shop)).await.expect("moved");
        assert_eq!(seen(&bob, None).await.expect("people"), ["Bob", "Max"]);
        assert_eq!(seen(&bob, Some(shop)).await.expect("people"), ["Max"]);
        assert_eq!(seen(&ada, Some(north)).await.expect("people"), ["Bob", "Max"]);
        assert_eq!(seen(&ada, None).await.expect("people"), ["Ada", "Bob", "Max"]);

        for out_of_sight in [None, Some(south)] {
            let refused = refusal(people.set_department(&bob, max, out_of_sight).await);
            assert!(
                refused
                    .problems()
                    .is_some_and(|problems| problems.at("department").is_some())
            );
        }
        let invitation = |department: &str| InvitationForm {
            email: "new@example.org".into(),
            user_type: "administrator".into(),
            department: department.into(),
        };
        for department in [String::new(), south.to_string()] {
            let refused = refusal(people.invite(&bob, &invitation(&department)).await);
            assert!(
                refused
                    .problems()
                    .is_some_and(|problems| problems.at("department").is_some())
            );
        }
        people
            .invite(&bob, &invitation(&shop.to_string()))
            .await
            .expect("invited");
        people
            .invite(
                &ada,
                &InvitationForm {
                    email: "else@example.org".into(),
                    ..invitation(&south.to_string())
                },
            )
            .await
            .expect("invited");
        assert_eq!(people.invitations(&bob).await.expect("invitations").len(), 1);
        assert_eq!(people.invitations(&ada).await.expect("invitations").len(), 2);
        let theirs = InvitationForm {
            email: "else@example.org".into(),
            ..invitation(&shop.to_string())
        };
        assert!(
            refusal(people.invite(&bob, &theirs).await).problems().is_some(),
            "an invitation of another department is not taken away"
        );
        assert_eq!(people.invitations(&ada).await.expect("invitations").len(), 2);

        let manager = Caller {
            permissions: [Permission::DepartmentsManage].into_iter().collect(),
            ..bob.clone()
        };
        let departments = backend.departments();
        assert_eq!(
            refusal(departments.rename(&bob, shop, "Mine").await),
            Refusal::Forbidden
        );
        assert_eq!(
            refusal(departments.rename(&manager, north, "Mine").await),
            Refusal::Forbidden,
            "the one that limits them is not theirs"
        );
        assert_eq!(
            refusal(departments.rename(&manager, south, "Mine").await),
            Refusal::NotFound
        );
        assert!(
            refusal(departments.create(&manager, &form("Top", None)).await)
                .problems()
                .is_some()
        );
        departments
            .rename(&manager, shop, "Store")
            .await
            .expect("below theirs");
    })
    .await;
}

#[tokio::test]
async fn collections_belong_to_a_department_and_are_seen_from_there() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let north = make(world, &ada, "North", None).await;
        let south = make(world, &ada, "South", None).await;
        let bob = limited(world, &ada, "bob@example.org", north).await;
        let carl = limited(world, &ada, "carl@example.org", south).await;
        let collections = backend.collections();
        let open = collections.create(&ada, "Open").await.expect("made").id;
        let bobs = collections.create(&bob, "Northern").await.expect("made").id;
        let titles = async |caller: &Caller| {
            let page = collections
                .list(caller, &Default::default())
                .await
                .expect("a list");
            let count = collections
                .count(caller, &Default::default())
                .await
                .expect("a count");
            assert_eq!(count, page.rows.len() as i64);
            page.rows.into_iter().map(|row| row.title).collect::<Vec<_>>()
        };
        assert_eq!(titles(&ada).await, ["Northern", "Open"]);
        assert_eq!(titles(&bob).await, ["Northern"]);
        assert_eq!(titles(&carl).await, [""; 0]);
        for id in [open, bobs] {
            assert_eq!(refusal(collections.view(&carl, id).await), Refusal::NotFound);
            assert_eq!(
                refusal(collections.set_department(&carl, id, Some(south)).await),
                Refusal::NotFound
            );
            assert!(collections.rows(&carl, &[id]).await.expect("rows").is_empty());
        }
        assert!(
            refusal(collections.set_department(&bob, bobs, Some(south)).await)
                .problems()
                .is_some(),
            "nobody gives away what they would not see any more"
        );
        let moved = collections
            .set_department(&ada, bobs, Some(south))
            .await
            .expect("moved");
        assert_eq!(
            moved.department.map(|department| department.name),
            Some("South".into())
        );
        assert_eq!(titles(&bob).await, [""; 0]);
        assert_eq!(titles(&carl).await, ["Northern"]);
        assert!(matches!(
            refusal(backend.departments().remove(&ada, south).await),
            Refusal::Conflict(_)
        ));
    })
    .await;
}

#[tokio::test]
async fn a_history_of_any_kind_names_nobody_outside_the_department() {
    const SOMEBODY: &str = "Somebody outside your department";
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let north = make(world, &ada, "North", None).await;
        let bob = limited(world, &ada, "bob@example.org", north).await;
        let bob_himself = bob.person().expect("a person");
        let collection = world.published(&ada, "Northern").await;
        let moved = backend
            .collections()
            .set_department(&ada, collection, Some(north))
            .await;
        moved.expect("moved");
        let single = NewTokenForm {
            name: "Intake".into(),
            token_type: "single".into(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let access = backend
            .access_tokens()
            .create(&ada, &single)
            .await
            .expect("made")
            .id;
        let program = ApiTokenForm {
            name: "Program".into(),
            expires: "90d".into(),
            user: bob_himself.to_string(),
            department: north.to_string(),
            user_type: "administrator".into(),
            ..ApiTokenForm::default()
        };
        let program = backend
            .api_tokens()
            .create_from(&ada, &program)
            .await
            .expect("made")
            .id;

        for (caller, name, made_by) in [(&ada, "Ada", "Ada"), (&bob, SOMEBODY, "somebody else")] {
            let tokens = backend.access_tokens();
            let histories = [
                tokens.history(caller, access).await.expect("a history"),
                backend
                    .api_tokens()
                    .view(caller, program)
                    .await
                    .expect("a page")
                    .history,
                backend
                    .reports()
                    .report(caller, bob_himself)
                    .await
                    .expect("a report")
                    .history,
            ];
            for history in histories {
                let who: Vec<&str> = history.iter().map(|entry| entry.who.as_str()).collect();
                assert!(who.contains(&name), "{who:?}");
                assert_eq!(who.contains(&"Ada"), name == "Ada", "{who:?}");
            }
            assert_eq!(
                tokens.get(caller, access).await.expect("a row").created_by,
                made_by
            );
        }
    })
    .await;
}

/// Mails are history, and the tree is about departments themselves.
const NOT_BELONGING: [&str; 2] = ["mails", "department_tree"];

#[tokio::test]
async fn whatever_has_a_department_keeps_it_from_being_removed() {
    let world = World::on(database::testing::sqlite().await);
    let mut conn = world.backend.database().read().await.expect("a reader");
    let tables: Vec<(String,)> = conn
        .query(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.name = 'department_id'",
        )
        .all()
        .await
        .expect("tables");
    assert!(tables.len() > 5, "{tables:?}");
    for (table,) in tables {
        let asks = |statement: &str| statement.split_whitespace().any(|word| word == table);
        let is_asked = super::sql::BELONGING.iter().any(|(_, statement)| asks(statement));
        assert!(
            is_asked || NOT_BELONGING.contains(&&*table),
            "{table} has departments that could be removed"
        );
    }
}
