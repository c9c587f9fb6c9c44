//! Another organisation.

use domain::Refusal;
use domain::page_tokens::Rule;
use domain::page_tokens::list::PageTokenQuery;
use domain::page_tokens::sites::SiteForm;

use super::{HOST, admin, token};
use crate::Error;
use crate::testing::on_each_engine;

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
