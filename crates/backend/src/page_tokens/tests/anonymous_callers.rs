//! Another organisation, and who may manage but not see.

use domain::page_tokens::Rule;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::PageTokenQuery;
use domain::page_tokens::sites::SiteForm;
use domain::tokens::State;
use domain::{Permission, Refusal};

use super::{HOST, admin, token};
use crate::testing::on_each_engine;
use crate::{Caller, Error};

#[tokio::test]
async fn another_organisation_sees_and_touches_nothing() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let ada = admin(world).await;
        let (row, secret) = token(backend, &ada, "/page", |_| {}).await;
        let site = tokens.sites(&ada).await.expect("sites")[0].id;
        let eve = world.owner("Eve", "eve@another.example", "Another").await;

        let is_unknown = |answer: Option<Error>| matches!(answer, Some(Error::Refused(Refusal::NotFound)));
        assert!(is_unknown(tokens.get(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.reveal(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.edit(&eve, row.id, |_| {}).await.err()));
        assert!(is_unknown(tokens.rotate(&eve, row.id, 0).await.err()));
        assert!(is_unknown(tokens.revoke(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.delete(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.remove_site(&eve, site).await.err()));
        assert!(is_unknown(tokens.renew_site_secret(&eve, site, 0).await.err()));
        assert!(tokens.sites(&eve).await.expect("none").is_empty());
        assert_eq!(
            tokens
                .count(&eve, &PageTokenQuery::default())
                .await
                .expect("none"),
            0
        );
        let url = format!("{HOST}/page?TOKEN={secret}");
        let explained = tokens.explain_typed(&eve, &url, "", "").await.expect("an answer");
        assert_eq!(explained.rule, Some(Rule::Site), "it is not one of hers");
        let taken = SiteForm {
            address: HOST.into(),
            ..SiteForm::default()
        };
        let refused = tokens.add_site(&eve, &taken).await.err();
        assert!(
            matches!(refused, Some(Error::Refused(Refusal::Invalid(_)))),
            "an address belongs to one site"
        );
    })
    .await;
}

#[tokio::test]
async fn who_may_manage_and_see_nothing_is_answered_with_what_they_made() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let ada = admin(world).await;
        let site = tokens.sites(&ada).await.expect("sites").remove(0);
        let maker = Caller {
            permissions: [Permission::PageTokensManage].into_iter().collect(),
            ..ada
        };
        let (row, _) = token(backend, &maker, "/page", |_| {}).await;
        let change = |form: &mut PageTokenForm| form.note = "Nightly".into();
        let noted = tokens.edit(&maker, row.id, change).await.expect("edited");
        assert_eq!(noted.note, "Nightly");
        for suspended in [true, false] {
            let row = tokens.set_suspended(&maker, row.id, suspended).await;
            assert_eq!(row.expect("a row").state == State::Suspended, suspended);
        }
        let change = |form: &mut SiteForm| form.groups = "Editors,Batch".into();
        let site = tokens.edit_site(&maker, site.id, change).await.expect("edited");
        assert_eq!(site.tokens, 1);
        tokens.revoke(&maker, row.id).await.expect("revoked");
        tokens.delete(&maker, row.id).await.expect("deleted");
        tokens.restore(&maker, row.id).await.expect("restored");
        let is_forbidden = |error: Option<Error>| matches!(error, Some(Error::Refused(Refusal::Forbidden)));
        assert!(is_forbidden(tokens.get(&maker, row.id).await.err()));
        assert!(is_forbidden(tokens.site(&maker, site.id).await.err()));
    })
    .await;
}
