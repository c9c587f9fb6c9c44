//! A department's page tokens are nobody's business in another one.

use domain::departments::DepartmentForm;
use domain::page_tokens::list::PageTokenQuery;
use domain::{BuiltIn, DepartmentId};

use super::*;
use crate::people::testing::{owner_of, person, signed_in};

/// A department with a site, and an administrator who is limited to it.
struct Place {
    admin: Caller,
    department: DepartmentId,
    address: String,
}

impl Place {
    async fn of(world: &World, owner: &Caller, name: &str) -> Self {
        let backend = &world.backend;
        let make = DepartmentForm {
            name: name.into(),
            parent: String::new(),
        };
        let department = backend.departments().create(owner, &make).await.expect("made");
        let email = format!("{name}@example.org").to_lowercase();
        let organisation = owner.organisation();
        let id = person(backend, organisation, name, &email, BuiltIn::Administrator).await;
        let moved = backend.people().set_department(owner, id, Some(department)).await;
        moved.expect("put");
        let admin = signed_in(backend, organisation, &email).await;
        let address = format!("http://{}.test", name.to_lowercase());
        let site = SiteForm {
            address: address.clone(),
            trusted_networks: "127.0.0.1/32".into(),
            ..SiteForm::default()
        };
        backend
            .page_tokens()
            .add_site(&admin, &site)
            .await
            .expect("a site");
        Self {
            admin,
            department,
            address,
        }
    }

    async fn token(&self, world: &World, maker: &Caller) -> (PageTokenRow, String) {
        let form = PageTokenForm {
            full_url: format!("{}/report", self.address),
            groups: "Kestrels".into(),
            note: "Kestrel report".into(),
            email: "reader@example.org".into(),
            ..PageTokenForm::default()
        };
        let made = world.backend.page_tokens().create(maker, &form).await;
        let (row, link) = made.expect("a token");
        (row, link.token)
    }
}

#[tokio::test]
async fn somebody_in_one_department_neither_sees_nor_explains_tokens_of_another() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let ada = owner_of(backend, "Acme", "ada@example.org").await;
        let north = Place::of(world, &ada, "North").await;
        let south = Place::of(world, &ada, "South").await;
        for maker in [&north.admin, &ada] {
            let (row, secret) = north.token(world, maker).await;
            let unknown = |answer: Option<Error>| {
                assert!(
                    matches!(answer, Some(Error::Refused(Refusal::NotFound))),
                    "{answer:?}"
                );
            };
            unknown(tokens.get(&south.admin, row.id).await.err());
            unknown(tokens.history(&south.admin, row.id).await.err());
            unknown(tokens.reveal(&south.admin, row.id).await.err());
            unknown(tokens.edit(&south.admin, row.id, |_| {}).await.err());
            unknown(tokens.duplicate(&south.admin, row.id, &row.form()).await.err());
            unknown(tokens.rotate(&south.admin, row.id, 0).await.err());
            unknown(tokens.set_suspended(&south.admin, row.id, true).await.err());
            unknown(tokens.revoke(&south.admin, row.id).await.err());
            unknown(tokens.delete(&south.admin, row.id).await.err());
            let rows = tokens.rows(&south.admin, &[row.id]).await.expect("rows");
            assert!(rows.is_empty());

            let why = async |caller: &Caller, address: &str, secret: &str| {
                let url = format!("{address}/report?TOKEN={secret}");
                tokens
                    .explain_typed(caller, &url, "", "")
                    .await
                    .expect("an answer")
            };
            let theirs = why(&south.admin, &north.address, &secret).await;
            let nobodys = why(&south.admin, "http://nobodys.test", &secret).await;
            assert_eq!(
                theirs.detail.replace(&north.address, ""),
                nobodys.detail.replace("http://nobodys.test", "")
            );
            let found = why(&south.admin, &south.address, &secret).await;
            let made_up = why(&south.admin, &south.address, "twp_madeup").await;
            assert_eq!((found.rule, &found), (Some(Rule::Unknown), &made_up));
            for caller in [&north.admin, &ada] {
                assert!(why(caller, &north.address, &secret).await.allowed);
            }
        }

        for (caller, expected) in [(&south.admin, 0), (&north.admin, 2), (&ada, 2)] {
            for search in ["", "kestrel", "report", "north.test"] {
                let query = PageTokenQuery {
                    search: search.into(),
                    ..PageTokenQuery::default()
                };
                let page = tokens.list(caller, &query).await.expect("a page");
                let count = tokens.count(caller, &query).await.expect("a count");
                assert_eq!(
                    (page.rows.len(), count),
                    (expected, expected as i64),
                    "{search} for {:?}",
                    caller.name()
                );
            }
            let mails = backend.mail().list(caller, &Default::default()).await;
            assert_eq!(
                mails.expect("mails").rows.len(),
                expected,
                "the mails with the links"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_goes_to_another_site_goes_to_its_department() {
    on_each_engine(async |world| {
        let tokens = world.backend.page_tokens();
        let ada = owner_of(&world.backend, "Acme", "ada@example.org").await;
        let north = Place::of(world, &ada, "North").await;
        let south = Place::of(world, &ada, "South").await;
        assert_ne!(north.department, south.department);
        let (row, _) = north.token(world, &north.admin).await;
        let moved = |form: &mut PageTokenForm| form.full_url = format!("{}/report", south.address);
        let refused = tokens.edit(&north.admin, row.id, moved).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "the site is not theirs"
        );
        tokens.edit(&ada, row.id, moved).await.expect("edited");
        assert!(tokens.get(&north.admin, row.id).await.is_err());
        tokens.get(&south.admin, row.id).await.expect("it came along");
    })
    .await;
}

#[tokio::test]
async fn a_history_names_nobody_outside_the_department() {
    on_each_engine(async |world| {
        let tokens = world.backend.page_tokens();
        let ada = owner_of(&world.backend, "Acme", "ada@example.org").await;
        let north = Place::of(world, &ada, "North").await;
        let (row, _) = north.token(world, &ada).await;
        tokens.reveal(&north.admin, row.id).await.expect("a link");
        let who = async |caller: &Caller| {
            let history = tokens.history(caller, row.id).await.expect("a history");
            let mut who: Vec<String> = history.into_iter().map(|entry| entry.who).collect();
            who.sort();
            who.dedup();
            who
        };
        assert_eq!(who(&ada).await, ["Ada", "North"]);
        assert_eq!(
            who(&north.admin).await,
            ["North", "Somebody outside your department"]
        );
        let made_by = async |caller: &Caller| tokens.get(caller, row.id).await.expect("a row").created_by;
        assert_eq!(made_by(&ada).await, "Ada");
        assert_eq!(made_by(&north.admin).await, "");
    })
    .await;
}
