//! The gate's doors, asked as their proxies ask them: anyone who is refused is refused alike, whatever the reason, and learns
//! nothing. Behind the real proxies it is `tests/gate` that asks.

use backend::Caller;
use domain::TokenId;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use reqwest::{Method, Response};

use crate::world::{World, on_each_engine};

/// A site whose proxies are known by their address, and one whose proxies send its secret.
const NEAR: &str = "http://near.test";
const FAR: &str = "http://far.test";

/// What each answer that lets somebody in says, and no other answer.
const IDENTITY: [&str; 6] = [
    "remote-user",
    "remote-groups",
    "remote-name",
    "remote-email",
    "tokenwright-token-id",
    "tokenwright-assertion",
];

/// What everybody reads who is refused.
const REFUSED: &str = r#"{"error":"Token Error: Your access to this page has expired","status":403}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Nginx,
    Forward,
    Envoy,
}

/// What a proxy asks.
struct Question {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
}

impl Door {
    const ALL: [Door; 3] = [Self::Nginx, Self::Forward, Self::Envoy];

    /// Whether a method may be used for a URL.
    fn question(self, method: &str, url: &str) -> Question {
        let (scheme, rest) = url.split_once("://").expect("a scheme");
        let (host, target) = rest.split_once('/').expect("a path");
        let asks = Method::from_bytes(method.as_bytes()).expect("a method");
        let host = host.to_owned();
        match self {
            Self::Nginx => Question {
                method: Method::GET,
                path: "/gate/nginx".into(),
                headers: vec![
                    ("x-original-url", url.into()),
                    ("x-original-method", method.into()),
                ],
            },
            Self::Forward => Question {
                method: Method::GET,
                path: "/gate/forward".into(),
                headers: vec![
                    ("x-forwarded-proto", scheme.into()),
                    ("x-forwarded-host", host),
                    ("x-forwarded-uri", format!("/{target}")),
                    ("x-forwarded-method", method.into()),
                ],
            },
            Self::Envoy => Question {
                method: asks,
                path: format!("/gate/envoy/{target}"),
                headers: vec![("x-forwarded-proto", scheme.into()), ("host", host)],
            },
        }
    }
}

impl Question {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    async fn ask(self, world: &World) -> Response {
        let request = world.browser().request(self.method, &self.path);
        let mut request = request.header("accept", "application/json");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.send().await.expect("an answer")
    }
}

/// An admin with two sites.
struct Stage<'a> {
    world: &'a World,
    caller: Caller,
}

impl<'a> Stage<'a> {
    /// Sets it; says the secret of the site that is far.
    async fn set(world: &'a World) -> (Self, String) {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let mut secrets = Vec::new();
        for (address, networks) in [(NEAR, "127.0.0.1/32"), (FAR, "")] {
            let form = SiteForm {
                address: address.into(),
                trusted_networks: networks.into(),
                ..SiteForm::default()
            };
            let (_, secret) = world
                .backend
                .page_tokens()
                .add_site(&caller, &form)
                .await
                .expect("a site");
            secrets.push(secret.reveal().to_owned());
        }
        (Self { world, caller }, secrets.remove(1))
    }

    /// A token for a page, and its link.
    async fn link(&self, full_url: &str, change: impl FnOnce(&mut PageTokenForm)) -> (TokenId, String) {
        let mut form = PageTokenForm {
            full_url: full_url.into(),
            groups: "Editors".into(),
            ..PageTokenForm::default()
        };
        change(&mut form);
        let tokens = self.world.backend.page_tokens();
        let (row, link) = tokens.create(&self.caller, &form).await.expect("a token");
        (row.id, link.link)
    }

    /// The link of a token of another organisation, whose site trusts everybody.
    async fn eves_link(&self) -> String {
        let tokens = self.world.backend.page_tokens();
        let eve = self.world.set_up_another().await;
        let eve = self.world.caller(&eve).await;
        let form = SiteForm {
            address: "http://eve.test".into(),
            trusted_networks: "0.0.0.0/0".into(),
            ..SiteForm::default()
        };
        tokens.add_site(&eve, &form).await.expect("a site");
        let form = PageTokenForm {
            full_url: "http://eve.test/page".into(),
            groups: "Editors".into(),
            ..PageTokenForm::default()
        };
        let (_, link) = tokens.create(&eve, &form).await.expect("a token");
        link.link
    }

    /// Links of tokens that are over, and why.
    async fn over(&self) -> Vec<(&'static str, String)> {
        let tokens = self.world.backend.page_tokens();
        let page = format!("{NEAR}/page");
        let (suspended, first) = self.link(&page, |_| {}).await;
        tokens
            .set_suspended(&self.caller, suspended, true)
            .await
            .expect("suspended");
        let (revoked, second) = self.link(&page, |_| {}).await;
        tokens.revoke(&self.caller, revoked).await.expect("revoked");
        let (deleted, third) = self.link(&page, |_| {}).await;
        tokens.delete(&self.caller, deleted).await.expect("deleted");
        let (_, later) = self.link(&page, |form| form.starts = "2099-01-01".into()).await;
        let (_, elsewhere) = self
            .link(&page, |form| form.networks = "192.0.2.0/24".into())
            .await;
        vec![
            ("a suspended one", first),
            ("a revoked one", second),
            ("a deleted one", third),
            ("one that starts later", later),
            ("one for other networks", elsewhere),
        ]
    }
}

async fn is_refused(what: &str, answer: Response) {
    assert_eq!(answer.status(), 403, "{what}");
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("cache-control"), Some("no-store"), "{what}");
    for name in IDENTITY.into_iter().chain(["set-cookie", "location"]) {
        assert_eq!(header(name), None, "{what}: {name}");
    }
    assert_eq!(answer.text().await.expect("a body"), REFUSED, "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_door_refuses_alike_whatever_the_reason() {
    on_each_engine(async |world| {
        let (stage, secret) = Stage::set(world).await;
        let (_, near) = stage.link(&format!("{NEAR}/page"), |_| {}).await;
        let (_, far) = stage.link(&format!("{FAR}/page"), |_| {}).await;
        let (_, reads) = stage
            .link(&format!("{NEAR}/page"), |form| form.reads_only = "on".into())
            .await;
        let (_, spent) = stage
            .link(&format!("{NEAR}/page"), |form| form.max_hits = "3".into())
            .await;
        let (_, token) = near.rsplit_once('=').expect("a token");
        let (_, close) = stage
            .link(&format!("{NEAR}/page"), |form| form.networks = "127.0.0.1".into())
            .await;
        let over = stage.over().await;
        let eves = stage.eves_link().await;

        for door in Door::ALL {
            let lets_in = [
                ("a link", door.question("GET", &near)),
                ("a method", door.question("DELETE", &near)),
                (
                    "the site's secret",
                    door.question("GET", &far)
                        .with("tokenwright-site-secret", &secret),
                ),
                ("a hit", door.question("GET", &spent)),
                (
                    "a client in the token's network",
                    door.question("GET", &close)
                        .with("x-forwarded-for", "192.0.2.1, 127.0.0.1"),
                ),
                (
                    "what a proxy asks for its own site",
                    door.question("GET", &near)
                        .with("tokenwright-site", NEAR)
                        .with("tokenwright-site-secret", ""),
                ),
            ];
            for (what, question) in lets_in {
                let answer = question.ask(world).await;
                assert_eq!(answer.status(), 200, "{door:?} lets in {what}");
                for name in IDENTITY {
                    let values = answer.headers().get_all(name).iter().count();
                    assert_eq!(values, 1, "{door:?}, {what}: {name}");
                }
                let kept = answer.headers().get("cache-control");
                assert_eq!(kept.expect("a rule"), "no-store", "{door:?}, {what}");
                let groups = answer.headers().get("remote-groups");
                assert_eq!(groups.expect("the groups"), "Editors", "{door:?}, {what}");
            }

            let mut refused = vec![
                ("no token", door.question("GET", &format!("{NEAR}/page"))),
                (
                    "two tokens",
                    door.question("GET", &format!("{near}&token={token}")),
                ),
                ("half a token", door.question("GET", &near[..near.len() - 6])),
                (
                    "another page",
                    door.question("GET", &near.replace("/page", "/other")),
                ),
                ("another parameter", door.question("GET", &format!("{near}&x=1"))),
                (
                    "an ambiguous path",
                    door.question("GET", &near.replace("/page", "/a/..%2fpage")),
                ),
                (
                    "another site's token",
                    door.question("GET", &near.replace(NEAR, FAR))
                        .with("tokenwright-site-secret", &secret),
                ),
                (
                    "a site that nobody has",
                    door.question("GET", &near.replace("near", "nobodys")),
                ),
                ("a method that is too much", door.question("POST", &reads)),
                ("a proxy that nobody knows", door.question("GET", &far)),
                (
                    "a secret that is none",
                    door.question("GET", &far)
                        .with("tokenwright-site-secret", "guess"),
                ),
                (
                    "two secrets",
                    door.question("GET", &far)
                        .with("tokenwright-site-secret", &secret)
                        .with("tokenwright-site-secret", &secret),
                ),
                (
                    "two secrets from a trusted network",
                    door.question("GET", &near)
                        .with("tokenwright-site-secret", &secret)
                        .with("tokenwright-site-secret", ""),
                ),
                (
                    "the secret of another site from a trusted network",
                    door.question("GET", &near)
                        .with("tokenwright-site-secret", &secret),
                ),
                (
                    "a proxy of another site",
                    door.question("GET", &near).with("tokenwright-site", FAR),
                ),
                (
                    "a proxy of two sites",
                    door.question("GET", &near)
                        .with("tokenwright-site", NEAR)
                        .with("tokenwright-site", NEAR),
                ),
                (
                    "somebody else's site through the proxy of this one",
                    door.question("GET", &eves)
                        .with("tokenwright-site-secret", &secret),
                ),
                (
                    "somebody else's site through a proxy that names this one",
                    door.question("GET", &eves).with("tokenwright-site", NEAR),
                ),
                (
                    "a client of whom nobody says where it is",
                    door.question("GET", &close),
                ),
                (
                    "a client that is elsewhere",
                    door.question("GET", &close)
                        .with("x-forwarded-for", "127.0.0.1, 192.0.2.1"),
                ),
                (
                    "who somebody says to be",
                    door.question("GET", &format!("{NEAR}/page"))
                        .with("remote-user", "admin")
                        .with("remote-groups", "Editors")
                        .with("tokenwright-token-id", "1"),
                ),
            ];
            refused.extend(
                over.iter()
                    .map(|(what, link)| (*what, door.question("GET", link))),
            );
            // What another proxy would say is read by none: neither instead of the own headers nor beside them.
            for other in Door::ALL.into_iter().filter(|other| *other != door) {
                let planted = other.question("GET", &near).headers;
                let mut instead = door.question("GET", &format!("{NEAR}/page"));
                let own: Vec<&str> = instead.headers.iter().map(|(name, _)| *name).collect();
                let planted = planted.into_iter().filter(|(name, _)| !own.contains(name));
                instead.headers.extend(planted);
                refused.push(("another proxy's headers", instead));
            }
            for (name, _) in door
                .question("GET", &near)
                .headers
                .iter()
                .filter(|(name, _)| *name != "host")
            {
                let mut without = door.question("GET", &near);
                without.headers.retain(|(own, _)| own != name);
                refused.push(("a header that is missing", without));
                let twice = door.question("GET", &near);
                let value = twice
                    .headers
                    .iter()
                    .find(|(own, _)| own == name)
                    .expect("it is there")
                    .1
                    .clone();
                refused.push(("a header that comes twice", twice.with(name, &value)));
            }
            for (what, question) in refused {
                is_refused(&format!("{door:?} refuses {what}"), question.ask(world).await).await;
            }
        }
        for door in Door::ALL {
            is_refused(
                &format!("{door:?} refuses the fourth of three hits"),
                door.question("GET", &spent).ask(world).await,
            )
            .await;
        }
    })
    .await;
}

/// Names that mean something to somebody on the way: escapes, the placeholders of proxies, quotation marks, what ends a list
/// elsewhere, encoded words, and letters of many scripts.
const ODD_GROUPS: [&str; 12] = [
    "a%2Cadmin",
    "a%0d%0aRemote-User: root",
    "100 %",
    "%REQ(host)%",
    "{http.request.host}",
    "$host",
    "say \"no\"; x=y | z",
    "it's <b>\\</b>",
    "=?utf-8?q?admin?=",
    "admin+staff",
    "Prüfer für Ägypten",
    "読者 🦉",
];

/// What a group is called is one name at each door, byte for byte as it was typed, and no escape in it is undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn odd_names_of_groups_come_through_each_door_as_they_were_typed() {
    on_each_engine(async |world| {
        let (stage, _) = Stage::set(world).await;
        let all = ODD_GROUPS.join(",");
        let (_, link) = stage
            .link(&format!("{NEAR}/page"), |form| form.groups = all.clone())
            .await;
        for door in Door::ALL {
            let answer = door.question("GET", &link).ask(world).await;
            assert_eq!(answer.status(), 200, "{door:?}");
            let said: Vec<_> = answer.headers().get_all("remote-groups").iter().collect();
            let [said] = said.as_slice() else {
                panic!("{door:?}: {said:?}")
            };
            assert_eq!(String::from_utf8_lossy(said.as_bytes()), all, "{door:?}");
            let user = answer.headers()["remote-user"].to_str().expect("text");
            assert!(user.starts_with("page-token-"), "{door:?}: {user}");
        }
        let form = |groups: &str| PageTokenForm {
            full_url: format!("{NEAR}/page"),
            groups: groups.into(),
            ..PageTokenForm::default()
        };
        for groups in ["a\r\nRemote-User: root", "a\0", "a\u{202e}b", "a\u{7f}"] {
            let refused = world
                .backend
                .page_tokens()
                .create(&stage.caller, &form(groups))
                .await;
            let Err(backend::Error::Refused(domain::Refusal::Invalid(problems))) = refused else {
                panic!("{groups:?} is taken");
            };
            assert!(problems.at("groups").is_some(), "{groups:?}: {problems:?}");
        }
    })
    .await;
}

/// Over TLS the cookie is bound to the site by its name, and by the browser.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn over_tls_an_exchange_gives_a_cookie_that_no_neighbour_can_set() {
    on_each_engine(async |world| {
        let (stage, _) = Stage::set(world).await;
        let form = SiteForm {
            address: "https://tls.test".into(),
            trusted_networks: "127.0.0.1/32".into(),
            ..SiteForm::default()
        };
        let added = world.backend.page_tokens().add_site(&stage.caller, &form).await;
        added.expect("a site");
        let page = "https://tls.test/page";
        let (id, link) = stage.link(page, |form| form.max_hits = "3".into()).await;

        for door in Door::ALL {
            let asked = door.question("GET", &link).with("sec-fetch-mode", "navigate");
            let exchange = asked.ask(world).await;
            let status = if door == Door::Nginx { 401 } else { 303 };
            assert_eq!(exchange.status(), status, "{door:?}");
            let said = |name: &str| {
                let value = exchange.headers().get(name).and_then(|value| value.to_str().ok());
                value.map(str::to_owned).unwrap_or_default()
            };
            assert_eq!(said("location"), page, "{door:?}");
            assert_eq!(said("cache-control"), "no-store", "{door:?}");
            assert_eq!(said("referrer-policy"), "no-referrer", "{door:?}");
            for name in IDENTITY {
                assert_eq!(said(name), "", "{door:?}: {name}");
            }
            let set = said("set-cookie");
            assert!(set.starts_with("__Host-tokenwright_page_"), "{door:?}: {set}");
            for attribute in ["; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"] {
                assert!(set.contains(attribute), "{door:?}: {attribute} of {set}");
            }
            let cookie = set.split(';').next().expect("a cookie");

            let back = door
                .question("GET", page)
                .with("cookie", cookie)
                .with("sec-fetch-mode", "navigate");
            let back = back.ask(world).await;
            assert_eq!(back.status(), 200, "{door:?}");
            assert_eq!(back.headers()["remote-groups"], "Editors", "{door:?}");
            assert_eq!(back.headers()["cache-control"], "no-store", "{door:?}");
            for (what, url, cookie) in [
                ("a neighbour's cookie", page, cookie.trim_start_matches("__Host-")),
                ("the cookie of another site", "http://near.test/page", cookie),
                ("the site without TLS", "http://tls.test/page", cookie),
            ] {
                let answer = door.question("GET", url).with("cookie", cookie).ask(world).await;
                is_refused(&format!("{door:?} refuses {what}"), answer).await;
            }
        }
        let row = world.backend.page_tokens().get(&stage.caller, id).await;
        assert_eq!(row.expect("a row").hits, 3, "one for each exchange");
    })
    .await;
}

/// A site whose pages have a parameter `token` of their own calls the secret otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_site_may_call_the_token_otherwise() {
    on_each_engine(async |world| {
        let (stage, _) = Stage::set(world).await;
        let form = SiteForm {
            address: "http://key.test".into(),
            trusted_networks: "127.0.0.1/32".into(),
            token_parameter: "key".into(),
            ..SiteForm::default()
        };
        let added = world.backend.page_tokens().add_site(&stage.caller, &form).await;
        added.expect("a site");
        let page = "http://key.test/page?token=own";
        let (_, link) = stage.link(page, |_| {}).await;
        let (clean, secret) = link.split_once("&key=").expect("its own name");
        assert_eq!(clean, page);
        for door in Door::ALL {
            for name in ["key", "KEY", "%6bey"] {
                let url = format!("http://key.test/page?{name}={secret}&token=own");
                let answer = door.question("GET", &url).ask(world).await;
                assert_eq!(answer.status(), 200, "{door:?}: {name}");
                let browser = format!("{door:?} {name}");
                let asked = door
                    .question("GET", &url)
                    .with("sec-fetch-mode", "navigate")
                    .with("user-agent", &browser);
                let exchange = asked.ask(world).await;
                assert_eq!(exchange.headers()["location"], page, "{browser}");
            }
            for url in [
                format!("http://key.test/page?TOKEN={secret}"),
                format!("http://key.test/page?token=own&TOKEN={secret}"),
                format!("http://key.test/page?key={secret}"),
                format!("http://key.test/page?key={secret}&key={secret}&token=own"),
            ] {
                is_refused(&url, door.question("GET", &url).ask(world).await).await;
            }
        }
    })
    .await;
}

/// What cannot be written down is not let in: a database that is gone, or has no connection left, is a 503 at each door.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_gate_that_cannot_count_lets_nobody_in() {
    on_each_engine(async |world| {
        let (stage, _) = Stage::set(world).await;
        let page = format!("{NEAR}/page");
        let (_, limited) = stage.link(&page, |form| form.max_hits = "9".into()).await;
        for door in Door::ALL {
            let before = door.question("GET", &limited).ask(world).await;
            assert_eq!(before.status(), 200, "{door:?}");
        }
        world.close_database().await;
        // A hit is tried again for a while first, at all doors at once.
        let asks = Door::ALL.map(async |door| (door, door.question("GET", &limited).ask(world).await));
        for (door, answer) in futures::future::join_all(asks).await {
            assert_eq!(answer.status(), 503, "{door:?}");
            assert_eq!(answer.headers()["cache-control"], "no-store", "{door:?}");
            for name in IDENTITY.into_iter().chain(["set-cookie", "location"]) {
                assert!(answer.headers().get(name).is_none(), "{door:?}: {name}");
            }
        }
    })
    .await;
}
