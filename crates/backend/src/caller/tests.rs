//! Stories of scopes: what one department or organisation reads never names anything of another.

mod walk;

use domain::access_tokens::{CodeQuery, NewTokenForm};
use domain::departments::DepartmentForm;
use domain::people::InvitationForm;
use domain::{BuiltIn, CollectionId, DepartmentId, Refusal, TokenId};

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
    }
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
