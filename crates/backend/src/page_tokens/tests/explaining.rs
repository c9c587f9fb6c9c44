//! *Why was this refused?*: every rule, in words for an admin.

use super::*;

#[tokio::test]
async fn an_admin_is_told_which_rule_refuses_a_request() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page?a=1&b=2", |form| {
            form.max_hits = "2".into();
        })
        .await;
        let why = async |url: String| {
            let explained = backend
                .page_tokens()
                .explain_typed(&caller, &url, "", "")
                .await
                .expect("an answer");
            (explained.rule, explained.detail)
        };
        for (path, expected, names) in [
            (
                format!("/page?b=2&a=1&TOKEN={secret}"),
                None,
                "Editors, Batch, with 2 hits left",
            ),
            (
                format!("/page?a=1&TOKEN={secret}"),
                Some(Rule::ParameterMissing),
                "“b” is missing",
            ),
            (
                format!("/page?a=1&b=2&c=3&TOKEN={secret}"),
                Some(Rule::ParameterExtra),
                "“c”",
            ),
            (
                format!("/page?a=1&b=3&TOKEN={secret}"),
                Some(Rule::ParameterDifferent),
                "“b” is “3”",
            ),
            (format!("/other?TOKEN={secret}"), Some(Rule::Path), "/other"),
            ("/page?a=1&b=2".into(), Some(Rule::NoToken), "TOKEN"),
            (
                format!("/page?TOKEN={secret}&token={secret}"),
                Some(Rule::RepeatedToken),
                "more than one",
            ),
            (
                "/page?TOKEN=twp_nonsense".into(),
                Some(Rule::Unknown),
                "No token of yours",
            ),
        ] {
            let (rule, detail) = why(format!("{HOST}{path}")).await;
            assert_eq!(rule, expected, "{path}: {detail}");
            assert!(detail.contains(names), "{path}: {detail}");
        }
        let (_, mailed) = token(backend, &caller, "/mailed", |form| form.confirm = "on".into()).await;
        let (rule, _) = why(format!("{HOST}/mailed?TOKEN={mailed}")).await;
        assert_eq!(rule, Some(Rule::Confirmation), "a page asks first");
        let (rule, _) = why(format!("http://elsewhere.test/page?TOKEN={secret}")).await;
        assert_eq!(rule, Some(Rule::Site));
        assert_eq!(
            backend
                .page_tokens()
                .get(&caller, row.id)
                .await
                .expect("a row")
                .hits,
            0,
            "asking spends nothing"
        );
    })
    .await;
}

#[tokio::test]
async fn an_admin_is_told_of_the_times_the_hits_the_method_and_the_network() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let why = async |secret: &str, method: &str, address: &str| {
            let url = format!("{HOST}/page?TOKEN={secret}");
            let explained = tokens.explain_typed(&caller, &url, method, address).await;
            let explained = explained.expect("an answer");
            (explained.rule, explained.detail)
        };

        let (_, reads) = token(backend, &caller, "/page", |form| form.reads_only = "on".into()).await;
        let (rule, detail) = why(&reads, "post", "").await;
        assert_eq!(rule, Some(Rule::Method));
        assert!(detail.contains("POST"), "{detail}");

        let (_, near) = token(backend, &caller, "/page", |form| {
            form.networks = "10.0.0.0/8".into();
        })
        .await;
        for (address, expected, names) in [
            ("10.1.2.3", None, "let through"),
            ("192.0.2.7", Some(Rule::Network), "192.0.2.7"),
            ("", Some(Rule::Network), "not known"),
        ] {
            let (rule, detail) = why(&near, "", address).await;
            assert_eq!(rule, expected, "{address}: {detail}");
            assert!(detail.contains(names), "{address}: {detail}");
        }

        let (_, last) = token(backend, &caller, "/page", |form| form.max_hits = "1".into()).await;
        ask(backend, &format!("{HOST}/page?TOKEN={last}")).await;
        assert_eq!(
            why(&last, "", "").await,
            (Some(Rule::Hits), "Its one hit is spent.".into())
        );

        let (_, later) = token(backend, &caller, "/page", |form| {
            form.starts = "2099-01-01".into();
        })
        .await;
        let (rule, detail) = why(&later, "", "").await;
        assert_eq!(rule, Some(Rule::NotYet));
        assert!(detail.contains("2099"), "{detail}");

        let (row, secret) = token(backend, &caller, "/page", |form| form.timeout = "60".into()).await;
        tokens
            .set_suspended(&caller, row.id, true)
            .await
            .expect("suspended");
        assert_eq!(why(&secret, "", "").await.0, Some(Rule::Suspended));
        tokens
            .set_suspended(&caller, row.id, false)
            .await
            .expect("resumed");
        world.backend.clock.advance(chrono::TimeDelta::seconds(60));
        let (rule, detail) = why(&secret, "", "").await;
        assert_eq!(rule, Some(Rule::Expired));
        let zone = format!("({}).", caller.time_zone);
        assert!(
            detail.starts_with("The token expired on ") && detail.ends_with(&zone),
            "{detail}"
        );
        let program = crate::Caller {
            who: crate::caller::Who::Operator,
            ..caller.clone()
        };
        let told = backend
            .page_tokens()
            .explain_typed(&program, &format!("{HOST}/page?TOKEN={secret}"), "", "")
            .await
            .expect("an answer");
        let instant = told.detail.trim_start_matches("The token expired at ");
        assert!(
            chrono::DateTime::parse_from_rfc3339(instant.trim_end_matches('.')).is_ok(),
            "{}",
            told.detail
        );
        tokens.revoke(&caller, row.id).await.expect("revoked");
        assert_eq!(why(&secret, "", "").await.0, Some(Rule::Revoked));

        let other = SiteForm {
            address: "http://other.test".into(),
            ..SiteForm::default()
        };
        tokens.add_site(&caller, &other).await.expect("a site");
        let url = format!("http://other.test/page?TOKEN={reads}");
        let explained = tokens
            .explain_typed(&caller, &url, "", "")
            .await
            .expect("an answer");
        assert_eq!(explained.rule, Some(Rule::Site));
        assert!(explained.detail.contains(HOST), "{}", explained.detail);
    })
    .await;
}
