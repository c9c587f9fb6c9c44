//! Browsers that come from their exchange: with their cookie, without it, and who looks like one of them.

use super::*;

/// A browser at the address and of the kind of all the others here.
fn browser<'a>(url: &'a str, cookies: Vec<&'a str>) -> Asked<'a> {
    Asked {
        is_navigation: true,
        user_agent: "Browser",
        cookies,
        ..asked(url, None)
    }
}

async fn decide(backend: &Backend, url: &str, cookies: Vec<&str>) -> Verdict {
    let asked = browser(url, cookies);
    backend.gate().decide(&asked).await.expect("a verdict")
}

/// The value of the cookie that an exchange gives.
async fn exchanged(backend: &Backend, url: &str) -> String {
    let verdict = decide(backend, url, Vec::new()).await;
    let Verdict::Exchange { cookie, .. } = verdict else {
        panic!("an exchange, not {verdict:?}");
    };
    let header = cookie.header();
    header.split(['=', ';']).nth(1).expect("a value").to_owned()
}

#[tokio::test]
async fn a_browser_without_its_cookie_is_told_what_is_true_for_its_token() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let page = format!("{HOST}/page");
        let (row, secret) = token(backend, &caller, "/page", |_| {}).await;
        exchanged(backend, &format!("{page}?TOKEN={secret}")).await;
        let without = async || decide(backend, &page, Vec::new()).await;
        assert!(
            matches!(without().await, Verdict::CookieNeeded),
            "it did not keep it"
        );

        tokens
            .set_suspended(&caller, row.id, true)
            .await
            .expect("suspended");
        assert_eq!(rule(&without().await), Some(Rule::Suspended));
        tokens
            .set_suspended(&caller, row.id, false)
            .await
            .expect("resumed");
        tokens
            .edit(&caller, row.id, |form| form.full_url = format!("{HOST}/moved"))
            .await
            .expect("edited");
        assert_eq!(rule(&without().await), Some(Rule::Path));
        tokens.revoke(&caller, row.id).await.expect("revoked");
        assert_eq!(rule(&without().await), Some(Rule::Revoked));
    })
    .await;
}

#[tokio::test]
async fn whoever_looks_like_a_browser_that_has_its_cookie_is_somebody_else() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let page = format!("{HOST}/page");
        let link = async || {
            let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "2".into()).await;
            (row.id, format!("{page}?TOKEN={secret}"))
        };
        let (id, url) = link().await;
        let cookie = exchanged(backend, &url).await;
        let back = decide(backend, &page, vec![&cookie]).await;
        assert!(matches!(back, Verdict::Allowed(_)), "{back:?}");

        let stranger = decide(backend, &page, Vec::new()).await;
        assert_eq!(rule(&stranger), Some(Rule::NoToken), "there is nothing to keep");
        exchanged(backend, &url).await;
        let row = backend.page_tokens().get(&caller, id).await.expect("a row");
        assert_eq!(row.hits, 2, "a second browser is a second hit");
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_sees_the_page_for_the_last_hit_too() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "1".into()).await;
        let url = format!("{HOST}/page?TOKEN={secret}");
        exchanged(backend, &url).await;
        let told = decide(backend, &format!("{HOST}/page"), Vec::new()).await;
        assert!(matches!(told, Verdict::CookieNeeded), "{told:?}");
        let again = decide(backend, &url, Vec::new()).await;
        assert!(matches!(again, Verdict::Allowed(_)), "{again:?}");
        let row = backend.page_tokens().get(&caller, row.id).await.expect("a row");
        assert_eq!((row.hits, row.hits_left()), (1, Some(0)));

        let program = ask(backend, &url).await;
        assert_eq!(rule(&program), Some(Rule::Hits), "nobody else");
        world.backend.clock.advance(chrono::TimeDelta::seconds(1));
        assert!(backend.fsck().await.expect("checked").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_browsers_token_becomes_a_cookie_that_is_bound_to_its_site_and_token() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page?a=1", |form| form.max_hits = "2".into()).await;
        let url = format!("{HOST}/page?TOKEN={secret}&a=1");
        let browser = Asked {
            is_navigation: true,
            user_agent: "Browser",
            ..asked(&url, None)
        };
        let Verdict::Exchange { location, cookie } =
            backend.gate().decide(&browser).await.expect("a verdict")
        else {
            panic!("an exchange");
        };
        assert_eq!(String::from_utf8_lossy(&location), format!("{HOST}/page?a=1"));
        let header = cookie.header();
        let value = header.split(['=', ';']).nth(1).expect("a value");
        let with_cookie = |url: &'static str| Asked {
            cookies: vec![value],
            ..asked(url, None)
        };
        for _ in 0..5 {
            let verdict = backend
                .gate()
                .decide(&with_cookie("http://shop.test:8080/page?a=1"))
                .await
                .expect("a verdict");
            assert!(matches!(verdict, Verdict::Allowed(_)), "{verdict:?}");
        }
        assert_eq!(
            backend
                .page_tokens()
                .get(&caller, row.id)
                .await
                .expect("a row")
                .hits,
            1
        );

        let another = SiteForm {
            address: "http://other.test".into(),
            trusted_networks: "127.0.0.1".into(),
            ..SiteForm::default()
        };
        backend
            .page_tokens()
            .add_site(&caller, &another)
            .await
            .expect("a site");
        let verdict = backend
            .gate()
            .decide(&with_cookie("http://other.test/page?a=1"))
            .await
            .expect("a verdict");
        assert_eq!(
            rule(&verdict),
            Some(Rule::NoToken),
            "of another site it is nobody's"
        );

        backend
            .page_tokens()
            .revoke(&caller, row.id)
            .await
            .expect("revoked");
        let verdict = backend
            .gate()
            .decide(&with_cookie("http://shop.test:8080/page?a=1"))
            .await
            .expect("a verdict");
        assert_eq!(rule(&verdict), Some(Rule::Revoked));
    })
    .await;
}

/// A browser is led back to its site, whatever the proxy or the visitor called it.
#[tokio::test]
async fn an_exchange_leads_to_the_sites_own_address_and_nowhere_else() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        for (path, asked, expected) in [
            ("/page", "http://shop.test/page?", "/page"),
            ("/page?a=%2c", "http://SHOP.test:8080/page?a=%2c&", "/page?a=%2c"),
            (
                "//evil.test/x",
                "http://shop.test:8080//evil.test/x?",
                "//evil.test/x",
            ),
            ("//evil.test/x", "http://shop.test//evil.test/x?", "//evil.test/x"),
            ("/", "http://shop.test:8080?", "/"),
        ] {
            let (_, secret) = token(backend, &caller, path, |_| {}).await;
            let verdict = decide(backend, &format!("{asked}TOKEN={secret}"), Vec::new()).await;
            let Verdict::Exchange { location, .. } = verdict else {
                panic!("{asked}: an exchange, not {verdict:?}");
            };
            let location = String::from_utf8_lossy(&location).into_owned();
            assert_eq!(location, format!("{HOST}{expected}"), "{asked}");
        }
    })
    .await;
}
