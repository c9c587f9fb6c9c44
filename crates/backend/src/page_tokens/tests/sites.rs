//! Sites: which proxies are answered, and who edits them at the same time.

use domain::Refusal;
use domain::audit::AuditQuery;
use domain::form::Edited;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::{OnRefusal, SiteForm};

use super::super::gate::Asked;
use super::super::gate::Verdict;
use super::{HOST, admin, ask, asked, token};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Error, Secret};

#[tokio::test]
async fn a_sites_old_secret_is_believed_for_its_grace() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let (_, token) = token(backend, &caller, "/page", |_| {}).await;
        let url = format!("{HOST}/page?TOKEN={token}");
        let is_answered = async |secret: &Secret| {
            let asked = Asked {
                proxy: "192.0.2.9".parse().ok(),
                site_secret: Some(Secret::new(secret.reveal())),
                ..asked(&url, None)
            };
            let verdict = backend.gate().decide(&asked).await.expect("a verdict");
            !matches!(verdict, Verdict::Untrusted)
        };
        let site = tokens.sites(&caller).await.expect("sites")[0].id;
        let renew = async |hours| tokens.renew_site_secret(&caller, site, hours).await;
        let old = renew(0).await.expect("a secret");
        let new = renew(24).await.expect("a secret");
        assert!(is_answered(&old).await && is_answered(&new).await);
        world.backend.clock.advance(chrono::TimeDelta::hours(24));
        assert!(!is_answered(&old).await && is_answered(&new).await);

        let last = renew(0).await.expect("a secret");
        assert!(
            !is_answered(&new).await && is_answered(&last).await,
            "without a grace it ends at once"
        );
        for hours in [-1, 745] {
            assert!(matches!(
                renew(hours).await,
                Err(Error::Refused(Refusal::Invalid(_)))
            ));
        }
    })
    .await;
}

#[tokio::test]
async fn only_a_sites_own_proxies_are_answered() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (_, token) = token(backend, &caller, "/page", |_| {}).await;
        let url = format!("{HOST}/page?TOKEN={token}");
        let from_elsewhere = |secret: Option<Secret>| Asked {
            proxy: "192.0.2.9".parse().ok(),
            site_secret: secret,
            ..asked(&url, None)
        };
        let site = backend.page_tokens().sites(&caller).await.expect("sites")[0].id;
        let secret = backend
            .page_tokens()
            .renew_site_secret(&caller, site, 0)
            .await
            .expect("a secret");
        for (secret, answered) in [
            (None, false),
            (Some(Secret::new("guess")), false),
            (Some(secret), true),
        ] {
            let verdict = backend
                .gate()
                .decide(&from_elsewhere(secret))
                .await
                .expect("a verdict");
            assert_eq!(matches!(verdict, Verdict::Allowed(_)), answered, "{verdict:?}");
            assert_eq!(matches!(verdict, Verdict::Untrusted), !answered, "{verdict:?}");
        }
        assert!(matches!(
            ask(backend, "http://unknown.test/").await,
            Verdict::Untrusted
        ));
    })
    .await;
}

#[tokio::test]
async fn two_who_edit_one_site_do_not_overwrite_each_other() {
    on_each_engine(async |world| {
        let tokens = world.backend.page_tokens();
        let caller = admin(world).await;
        let site = tokens.sites(&caller).await.expect("sites").remove(0);
        let shown = site.form();
        let save = async |form: SiteForm, shown: &SiteForm| {
            let edited = tokens.edit_site_shown(&caller, site.id, form, shown).await;
            edited.expect("an answer")
        };
        let grouped = SiteForm {
            groups: "Editors,Readers".into(),
            ..shown.clone()
        };
        assert!(matches!(save(grouped, &shown).await, Edited::Saved(_)));
        let anonymous = SiteForm {
            on_refusal: "anonymous".into(),
            ..shown.clone()
        };
        let Edited::Saved(now) = save(anonymous, &shown).await else {
            panic!("each changed something else");
        };
        assert_eq!(now.groups, "Editors,Readers", "as the other one left it");
        assert_eq!(now.on_refusal, OnRefusal::Anonymous);

        let both = SiteForm {
            groups: "Batch".into(),
            ..shown.clone()
        };
        let Edited::Meanwhile(now) = save(both.clone(), &shown).await else {
            panic!("both changed the groups");
        };
        assert_eq!(now.groups, "Editors,Readers", "nothing was written");
        let mut again = both;
        let problems = again.settle(&shown, &now.form());
        assert!(problems.at("groups").is_some_and(|told| told.contains("Readers")));
        let Edited::Saved(now) = save(again, &now.form()).await else {
            panic!("saved again, it is written");
        };
        assert_eq!(
            (now.groups.as_str(), now.on_refusal),
            ("Batch", OnRefusal::Anonymous)
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_of_a_site_is_recorded_with_before_and_after() {
    on_each_engine(async |world| {
        let tokens = world.backend.page_tokens();
        let caller = admin(world).await;
        let site = tokens.sites(&caller).await.expect("sites").remove(0);
        let change = |form: &mut SiteForm| {
            form.groups = "Readers".into();
            form.asserts = "on".into();
        };
        tokens
            .edit_site(&caller, site.id, change)
            .await
            .expect("edited");
        let log = world.backend.audit().list(&caller, &AuditQuery::default()).await;
        let told: Vec<String> = log.expect("a page").rows.into_iter().map(|row| row.what).collect();
        let change = "Changed the site http://shop.test:8080: the groups from “” to “Readers”, the signed assertion from “off” to “on”";
        assert!(told.iter().any(|what| what == change), "{told:?}");
    })
    .await;
}

/// Adds a site, whose proxies may ask from anywhere; says its secret.
async fn open_site(world: &World, caller: &Caller, address: &str) -> crate::Result<Secret> {
    let form = SiteForm {
        address: address.into(),
        trusted_networks: "0.0.0.0/0".into(),
        ..SiteForm::default()
    };
    let added = world.backend.page_tokens().add_site(caller, &form).await;
    added.map(|(_, secret)| secret)
}

/// A visitor chooses the host that a proxy asks about: a proxy that says whose it is is answered about its own site alone.
#[tokio::test]
async fn what_a_proxy_says_of_itself_is_never_read_over() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = admin(world).await;
        let site = backend.page_tokens().sites(&ada).await.expect("sites")[0].id;
        let renewed = backend.page_tokens().renew_site_secret(&ada, site, 0).await;
        let shop = renewed.expect("a secret");
        let eve = world.owner("Eve", "eve@another.example", "Another").await;
        let own = open_site(world, &eve, "http://eve.test:8080")
            .await
            .expect("a site");
        let form = PageTokenForm {
            full_url: "http://eve.test:8080/page".into(),
            groups: "admin".into(),
            ..PageTokenForm::default()
        };
        let (_, link) = backend.page_tokens().create(&eve, &form).await.expect("a token");

        let secret = |secret: &Secret| Some(Secret::new(secret.reveal()));
        for (what, site_secret, site, is_let_in) in [
            ("nothing", None, None, true),
            ("its site's secret", secret(&own), None, true),
            ("another site's secret", secret(&shop), None, false),
            ("no secret that is one", Some(Secret::new("guess")), None, false),
            ("its site", None, Some("http://Eve.test:8080/"), true),
            ("another site", None, Some(HOST), false),
            ("another port", None, Some("http://eve.test"), false),
            ("what is no site", None, Some("eve"), false),
            ("another site with its secret", secret(&own), Some(HOST), false),
            (
                "its site with another secret",
                secret(&shop),
                Some("http://eve.test:8080"),
                false,
            ),
        ] {
            let asks = Asked {
                site_secret,
                site,
                ..asked(&link.link, None)
            };
            let verdict = backend.gate().decide(&asks).await.expect("a verdict");
            let answered = matches!(verdict, Verdict::Allowed(_));
            assert_eq!(answered, is_let_in, "a proxy that says {what}: {verdict:?}");
            let refused = matches!(verdict, Verdict::Untrusted);
            assert_eq!(refused, !is_let_in, "a proxy that says {what}: {verdict:?}");
        }
    })
    .await;
}

/// Two organisations add a site on one host in the same instant, on several servers where there can be several: one of them
/// gets it, and the other reads why not.
#[tokio::test]
async fn of_two_who_add_one_host_in_the_same_instant_one_gets_it() {
    on_each_engine(async |world| {
        let ada = admin(world).await;
        let eve = world.owner("Eve", "eve@another.example", "Another").await;
        let another = world.another_server_if_shared().await;
        let there = another.as_ref().unwrap_or(&world.backend);
        // The very same address, another port, and with TLS.
        let pairs = [
            ("http://HOST", "http://HOST"),
            ("http://HOST", "http://HOST:9"),
            ("https://HOST", "http://HOST"),
        ];
        for round in 0..25 {
            for (at, (first, second)) in pairs.into_iter().enumerate() {
                let host = format!("race-{at}-{round}.test");
                let form = |address: &str| SiteForm {
                    address: address.replace("HOST", &host),
                    trusted_networks: "127.0.0.1/32".into(),
                    ..SiteForm::default()
                };
                let (first, second) = (form(first), form(second));
                let (here, there) = (world.backend.page_tokens(), there.page_tokens());
                let (hers, eves) = tokio::join!(here.add_site(&ada, &first), there.add_site(&eve, &second));
                let got = [hers, eves].map(|added| match added {
                    Ok(_) => true,
                    Err(Error::Refused(Refusal::Invalid(problems))) => {
                        assert!(problems.at("address").is_some(), "{problems:?}");
                        false
                    }
                    Err(other) => panic!("{}, {}: {other:?}", first.address, second.address),
                });
                assert_ne!(got[0], got[1], "{}, {}", first.address, second.address);
            }
        }
        if let Some(another) = another {
            another.db.close().await;
        }
    })
    .await;
}

/// Many proxies read over the port that a visitor names.
#[tokio::test]
async fn a_host_belongs_to_whoever_guards_it_first() {
    on_each_engine(async |world| {
        let ada = admin(world).await;
        let eve = world.owner("Eve", "eve@another.example", "Another").await;
        for address in [
            "http://shop.test",
            "http://shop.test:9",
            "https://shop.test",
            "https://Shop.test:8443",
        ] {
            let refused = open_site(world, &eve, address).await;
            let Err(Error::Refused(Refusal::Invalid(problems))) = refused else {
                panic!("{address}: {refused:?}");
            };
            assert!(problems.at("address").is_some(), "{problems:?}");
        }
        for address in ["http://other.shop.test", "http://shop.test.example"] {
            open_site(world, &eve, address).await.expect("another host");
        }
        for address in ["http://shop.test", "https://shop.test:8443"] {
            open_site(world, &ada, address).await.expect("her own host");
        }
        open_site(world, &ada, "http://127.0.0.1:8000")
            .await
            .expect("this machine");
        open_site(world, &eve, "http://127.0.0.1:9000")
            .await
            .expect("it is hers, too");
    })
    .await;
}
