//! Stories of scopes: what one department or organisation reads never names anything of another.

use std::collections::HashSet;

use domain::access_tokens::{CodeQuery, NewTokenForm, TokenList, TokenOrder, TokenQuery};
use domain::collections::CollectionQuery;
use domain::departments::DepartmentForm;
use domain::people::{InvitationForm, PeopleQuery};
use domain::{BuiltIn, CollectionId, DepartmentId, PersonId, Refusal, TokenId};
use serde::Serialize;
use uuid::Uuid;

use crate::people::testing::{owner_of, person, signed_in};
use crate::recipients::testing::{form, here};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Error, Result};

/// A part of an organisation, filled like every other.
struct Place {
    /// The text that all its names contain.
    canary: String,
    /// An administrator who is limited to it.
    admin: Caller,
    department: DepartmentId,
    collections: Vec<CollectionId>,
    tokens: Vec<TokenId>,
    people: Vec<PersonId>,
}

impl Place {
    async fn fill(world: &World, owner: &Caller, canary: &str) -> Self {
        let backend = &world.backend;
        let make = DepartmentForm {
            name: format!("{canary} department"),
            parent: String::new(),
        };
        let department = backend.departments().create(owner, &make).await.expect("made");
        let below = DepartmentForm {
            name: format!("{canary} below"),
            parent: department.to_string(),
        };
        let below = backend.departments().create(owner, &below).await.expect("made");
        let email = format!("{canary}@example.org").to_lowercase();
        let admin = person(
            backend,
            owner.organisation(),
            canary,
            &email,
            BuiltIn::Administrator,
        )
        .await;
        let people = backend.people();
        people
            .set_department(owner, admin, Some(department))
            .await
            .expect("put");
        let admin = signed_in(backend, owner.organisation(), &email).await;
        let mut place = Self {
            canary: canary.to_owned(),
            department,
            collections: Vec::new(),
            tokens: Vec::new(),
            people: Vec::new(),
            admin,
        };
        for (number, department) in [department, below].into_iter().enumerate() {
            place.fill_department(world, number, department).await;
        }
        let invitation = InvitationForm {
            email: format!("new.{email}"),
            user_type: "administrator".into(),
            department: below.to_string(),
        };
        people.invite(&place.admin, &invitation).await.expect("invited");
        place
    }

    async fn fill_department(&mut self, world: &World, number: usize, department: DepartmentId) {
        let (backend, admin, canary) = (&world.backend, &self.admin, &self.canary);
        let collection = world
            .published(admin, &format!("{canary} collection {number}"))
            .await;
        let moved = backend
            .collections()
            .set_department(admin, collection, Some(department))
            .await;
        moved.expect("put");
        self.collections.push(collection);
        let token = |token_type: &str, no_of_tokens: &str| NewTokenForm {
            name: format!("{canary} {token_type} {number}"),
            token_type: token_type.into(),
            no_of_tokens: no_of_tokens.into(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let tokens = backend.access_tokens();
        let single = tokens.create(admin, &token("single", "")).await.expect("made").id;
        let multi = tokens.create(admin, &token("multi", "3")).await.expect("made").id;
        let codes = tokens
            .codes(admin, multi, &CodeQuery::default())
            .await
            .expect("codes");
        let code = tokens.share(admin, single).await.expect("a link").code;
        let typed = form(&format!("{canary}.{number}@people.example").to_lowercase());
        backend
            .recipients()
            .redeem(&code, &typed, &code, None, &here())
            .await
            .expect("redeemed");
        tokens
            .assign(
                admin,
                codes.rows[0].id,
                &format!("{canary}.{number}@mail.example").to_lowercase(),
            )
            .await
            .expect("assigned");
        self.tokens.extend([single, multi]);
        self.tokens.extend(codes.rows.iter().map(|code| code.id));
        let found = backend
            .reports()
            .people(admin, &PeopleQuery::default())
            .await
            .expect("people");
        self.people = found.rows.iter().map(|row| row.id).collect();
    }

    /// Every id that belongs to it.
    async fn ids(&self, world: &World) -> HashSet<Uuid> {
        let mut conn = world.backend.db.read().await.expect("a reader");
        let mut found = HashSet::new();
        for statement in [
            "SELECT id FROM departments WHERE id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)",
            "SELECT id FROM people WHERE department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)",
            "SELECT id FROM invitations WHERE department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)",
            "SELECT id FROM collections WHERE department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)",
            "SELECT id FROM tokens WHERE department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)",
            "SELECT i.id FROM items i JOIN collections c ON c.id = i.collection_id WHERE c.department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)",
        ] {
            let rows: Vec<(Uuid,)> = conn
                .query(statement)
                .bind(self.department)
                .all()
                .await
                .expect("ids");
            assert!(!rows.is_empty() || statement.contains("items"), "{statement}");
            found.extend(rows.into_iter().map(|(id,)| id));
        }
        found
    }
}

/// The steps of a walk, the same in each run.
struct Steps(u64);

impl Steps {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap_or_default()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// What can be read, in any place.
struct Known {
    collections: Vec<CollectionId>,
    tokens: Vec<TokenId>,
    people: Vec<PersonId>,
    departments: Vec<DepartmentId>,
    words: Vec<String>,
}

fn text<T: Serialize>(answer: Result<T>) -> String {
    match answer {
        Ok(answer) => serde_json::to_string(&answer).expect("written"),
        Err(Error::Refused(refusal)) => refusal.to_string(),
        Err(Error::Fault(fault)) => panic!("a fault: {fault:?}"),
    }
}

/// One read of something chosen at random.
async fn read(world: &World, caller: &Caller, known: &Known, steps: &mut Steps) -> String {
    let backend = &world.backend;
    let (tokens, collections) = (backend.access_tokens(), backend.collections());
    let (reports, people) = (backend.reports(), backend.people());
    let department = (steps.below(4) == 0).then(|| steps.one(&known.departments));
    let search = if steps.below(2) == 0 {
        String::new()
    } else {
        steps.one(&known.words)
    };
    let token_query = TokenQuery {
        list: steps.one(&[TokenList::Active, TokenList::Expired]),
        order: steps.one(&TokenOrder::ALL),
        collection: (steps.below(4) == 0).then(|| steps.one(&known.collections)),
        search: search.clone(),
        department,
        ..TokenQuery::default()
    };
    let people_query = PeopleQuery {
        search: search.clone(),
        admins_only: steps.below(4) == 0,
        department,
        ..PeopleQuery::default()
    };
    let collection_query = CollectionQuery {
        search: search.clone(),
        department,
        ..CollectionQuery::default()
    };
    let code_query = CodeQuery {
        search,
        ..CodeQuery::default()
    };
    let (token, other) = (steps.one(&known.tokens), steps.one(&known.tokens));
    let (collection, person) = (steps.one(&known.collections), steps.one(&known.people));
    match steps.below(21) {
        0 | 1 => text(tokens.list(caller, &token_query).await),
        2 => text(tokens.count(caller, &token_query).await.map(|_| ())),
        3 => text(tokens.rows(caller, &[token, other]).await),
        4 => text(tokens.get(caller, token).await),
        5 => text(tokens.codes(caller, token, &code_query).await),
        6 => text(tokens.code_rows(caller, token, &[other]).await),
        7 => text(tokens.history(caller, token).await),
        8 => text(tokens.share(caller, token).await.map(|_| ())),
        9 => text(collections.list(caller, &collection_query).await),
        10 => text(collections.rows(caller, &known.collections).await),
        11 => text(collections.view(caller, collection).await),
        12 => text(collections.choices(caller).await),
        13 => text(reports.people(caller, &people_query).await),
        14 => text(reports.people_by_id(caller, &known.people).await),
        15 => text(reports.report(caller, person).await),
        16 => text(people.invitations(caller).await),
        17 => text(backend.departments().list(caller).await),
        18 => text(reports.find(caller, &code_query.search).await),
        19 => text(people.count(caller, &people_query).await.map(|_| ())),
        _ => text(collections.count(caller, &collection_query).await.map(|_| ())),
    }
}

/// The ids in an answer.
fn ids(answer: &str) -> impl Iterator<Item = Uuid> {
    answer
        .split(|c: char| !(c.is_ascii_hexdigit() || c == '-'))
        .filter_map(|word| Uuid::parse_str(word).ok())
}

#[tokio::test]
async fn a_random_walk_of_reads_in_one_place_never_meets_another() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let acme = owner_of(backend, "Acme", "ada@example.org").await;
        let other = owner_of(backend, "Other", "eve@example.org").await;
        let mut places = Vec::new();
        for (owner, canary) in [
            (&acme, "Kestrel"),
            (&acme, "Merlin"),
            (&other, "Osprey"),
            (&other, "Falcon"),
        ] {
            places.push(Place::fill(world, owner, canary).await);
        }
        let known = Known {
            collections: places
                .iter()
                .flat_map(|place| place.collections.clone())
                .collect(),
            tokens: places.iter().flat_map(|place| place.tokens.clone()).collect(),
            people: places.iter().flat_map(|place| place.people.clone()).collect(),
            departments: places.iter().map(|place| place.department).collect(),
            words: places
                .iter()
                .map(|place| place.canary.clone())
                .chain(["collection".into(), "single".into(), "example".into()])
                .collect(),
        };
        let mut theirs = Vec::new();
        for place in &places {
            theirs.push(place.ids(world).await);
        }
        let mut steps = Steps(0x9E37_79B9_7F4A_7C15);
        let walkers = places
            .iter()
            .enumerate()
            .map(|(number, place)| (&place.admin, vec![number]));
        let owners = [(&acme, vec![0, 1]), (&other, vec![2, 3])];
        for (caller, own) in walkers.chain(owners) {
            let mut seen = HashSet::new();
            for _ in 0..400 {
                let answer = read(world, caller, &known, &mut steps).await;
                for (number, place) in places.iter().enumerate() {
                    if own.contains(&number) {
                        continue;
                    }
                    assert!(!answer.contains(&place.canary), "{} in {answer}", place.canary);
                    let met = ids(&answer).find(|id| theirs[number].contains(id));
                    assert_eq!(met, None, "of {} in {answer}", place.canary);
                }
                seen.extend(ids(&answer).filter(|id| own.iter().any(|number| theirs[*number].contains(id))));
            }
            assert!(seen.len() >= 10, "the walk saw only {} of its own", seen.len());
        }
    })
    .await;
}

#[tokio::test]
async fn tokens_move_with_their_collection_and_nobody_else_touches_them() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner_of(backend, "Acme", "ada@example.org").await;
        let north = Place::fill(world, &ada, "Kestrel").await;
        let south = Place::fill(world, &ada, "Merlin").await;
        let tokens = backend.access_tokens();
        let refused = |answer: Result<()>| match answer {
            Err(Error::Refused(refusal)) => assert_eq!(refusal, Refusal::NotFound),
            other => panic!("not refused: {other:?}"),
        };
        for id in &north.tokens[..2] {
            refused(tokens.suspend(&south.admin, *id).await.map(|_| ()));
            refused(tokens.revoke(&south.admin, *id).await.map(|_| ()));
            refused(tokens.delete(&south.admin, *id).await.map(|_| ()));
            refused(tokens.share(&south.admin, *id).await.map(|_| ()));
            refused(tokens.add_codes(&south.admin, *id, "1").await.map(|_| ()));
        }
        let code = north.tokens[3];
        refused(
            tokens
                .assign(&south.admin, code, "eve@example.org")
                .await
                .map(|_| ()),
        );
        refused(tokens.clear_assignment(&south.admin, code).await.map(|_| ()));
        refused(tokens.share(&south.admin, code).await.map(|_| ()));
        let made_for_theirs = NewTokenForm {
            name: "Taken".into(),
            token_type: "single".into(),
            collection: north.collections[0].to_string(),
            ..NewTokenForm::default()
        };
        let answer = tokens.create(&south.admin, &made_for_theirs).await;
        assert!(
            matches!(answer, Err(Error::Refused(Refusal::Invalid(_)))),
            "{answer:?}"
        );

        let moved = backend
            .collections()
            .set_department(&ada, north.collections[0], Some(south.department))
            .await;
        moved.expect("moved");
        refused(tokens.get(&north.admin, north.tokens[0]).await.map(|_| ()));
        tokens
            .get(&south.admin, north.tokens[0])
            .await
            .expect("came along");
        tokens
            .assign(&south.admin, code, "eve@example.org")
            .await
            .expect("its codes, too");
        assert_eq!(
            backend.fsck().await.expect("looked").len(),
            0,
            "parts are where their whole is"
        );
    })
    .await;
}

#[tokio::test]
async fn who_used_a_code_is_named_only_to_those_who_may_see_them() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner_of(backend, "Acme", "ada@example.org").await;
        let north = Place::fill(world, &ada, "Kestrel").await;
        Place::fill(world, &ada, "Merlin").await;
        let tokens = backend.access_tokens();
        let (multi, code) = (north.tokens[1], north.tokens[4]);
        let link = tokens.share(&north.admin, code).await.expect("a link").code;
        // A person whom the other department knows.
        let typed = form("merlin.0@people.example");
        backend
            .recipients()
            .redeem(&link, &typed, &link, None, &here())
            .await
            .expect("redeemed");
        for (caller, sees) in [(&north.admin, false), (&ada, true)] {
            let rows = tokens.code_rows(caller, multi, &[code]).await.expect("rows");
            let used = rows[0].used_by.as_ref().expect("it was used");
            assert_eq!((used.person.is_some(), !used.name.is_empty()), (sees, sees));
            let mut lines = tokens.export_codes(caller, multi).await.expect("a table");
            let mut table = String::new();
            while let Some(piece) = lines.next().await.expect("lines") {
                table.push_str(&piece);
            }
            assert_eq!(table.contains("Grete"), sees, "{table}");
        }
    })
    .await;
}
