//! What has to hold behind every proxy.

use std::path::Path;
use std::time::Duration;

use crate::http::Answer;
use crate::proxies::Proxy;
use crate::site::Seen;
use crate::stage::Stage;
use crate::world::World;

/// What became of a case.
type Result = std::result::Result<(), String>;

/// What a browser sends when somebody follows a link.
const BROWSER: [(&str, &str); 3] = [
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
];

/// Runs all cases behind a proxy.
pub async fn run(proxy: Proxy, program: &Path) -> Vec<(String, Result)> {
    let world = World::on(database::testing::sqlite().await).await;
    let stage = Stage::set(proxy, program, world).await;
    let mut results = Vec::new();
    letting_in(&stage, &mut results).await;
    urls(&stage, &mut results).await;
    tricks(&stage, &mut results).await;
    spoofing(&stage, &mut results).await;
    hits(&stage, &mut results).await;
    browsers(&stage, &mut results).await;
    assertions(&stage, &mut results).await;
    changes(&stage, &mut results).await;
    without_a_gate(stage, &mut results).await;
    results
}

fn note(results: &mut Vec<(String, Result)>, case: impl Into<String>, result: Result) {
    results.push((case.into(), result));
}

/// Somebody was let in: the site was asked once, and answered.
fn let_in(answer: &Answer, seen: &[Seen]) -> Result {
    match (answer.status, seen.len()) {
        (200, 1) => Ok(()),
        other => Err(format!("let in was expected, not {other:?} {}", answer.body)),
    }
}

/// Somebody was refused: the site was not asked.
fn kept_out(answer: &Answer, seen: &[Seen]) -> Result {
    match (answer.status, seen) {
        (403, []) => Ok(()),
        (status, seen) => Err(format!("403 was expected, not {status}; the site saw {seen:?}")),
    }
}

/// The same where a proxy may refuse nonsense by itself, or send to a cleaner address.
fn not_let_past(answer: &Answer, seen: &[Seen]) -> Result {
    match (answer.status, seen) {
        (0 | 301 | 307 | 308 | 400..=499, []) => Ok(()),
        (status, seen) => Err(format!(
            "a refusal was expected, not {status}; the site saw {seen:?}"
        )),
    }
}

fn is(what: &str, found: impl PartialEq<i64> + std::fmt::Debug, expected: i64) -> Result {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: {found:?}, not {expected}"))
    }
}

async fn letting_in(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (id, secret) = stage.token("/page", |form| form.note = "Nightly".into()).await;
    let (answer, seen) = stage.get(&format!("/page?TOKEN={secret}"), &[]).await;
    note(results, "allow: TOKEN in the address", let_in(&answer, &seen));
    let whose = seen.first().map(|seen| {
        [
            "remote-user",
            "remote-groups",
            "remote-name",
            "tokenwright-token-id",
        ]
        .map(|name| seen.values(name).join("|"))
    });
    let expected = [
        format!("page-token-{id}"),
        "Editors,Batch".into(),
        "Nightly".into(),
        id.to_string(),
    ];
    note(
        results,
        "groups: the site gets those of the token",
        if whose.as_ref() == Some(&expected) {
            Ok(())
        } else {
            Err(format!("{whose:?}"))
        },
    );
    for name in ["token", "Token", "tOkEn"] {
        let (answer, seen) = stage.get(&format!("/page?{name}={secret}"), &[]).await;
        note(results, format!("allow: {name}="), let_in(&answer, &seen));
    }
    let bearer = format!("Bearer {secret}");
    use base64::Engine;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("cron:{secret}"));
    for (name, value) in [
        ("Authorization", bearer.as_str()),
        ("X-Page-Token", &secret),
        ("Authorization", &format!("Basic {basic}")),
    ] {
        let (answer, seen) = stage.get("/page", &[(name, value)]).await;
        note(
            results,
            format!(
                "allow: {name} {}",
                value.split(' ').next().unwrap_or_default().replace(&secret, "…")
            ),
            let_in(&answer, &seen),
        );
    }
    let (answer, seen) = stage.get("/page", &[]).await;
    note(results, "refuse: no token", kept_out(&answer, &seen));
    let says = answer
        .body
        .contains("Token Error: Your access to this page has expired");
    note(
        results,
        "refuse: the visitor reads why",
        if says { Ok(()) } else { Err(answer.body) },
    );
    let (answer, _) = stage.get("/page", &[("Accept", "application/json")]).await;
    let is_json = answer.status == 403
        && answer
            .body
            .contains("{\"error\":\"Token Error: Your access to this page has expired\"");
    note(
        results,
        "refuse: JSON for programs",
        if is_json { Ok(()) } else { Err(answer.body.clone()) },
    );
    let is_kept = answer
        .header("cache-control")
        .is_some_and(|value| value.contains("no-store"));
    note(
        results,
        "refuse: no cache keeps it",
        if is_kept {
            Ok(())
        } else {
            Err(format!("{:?}", answer.headers))
        },
    );
    let mut wrong = secret.clone();
    wrong.replace_range(10..11, if &secret[10..11] == "a" { "b" } else { "a" });
    for (case, target) in [
        ("refuse: a mistyped token", format!("/page?TOKEN={wrong}")),
        ("refuse: no token at all behind TOKEN=", "/page?TOKEN=".into()),
        (
            "refuse: two tokens",
            format!("/page?TOKEN={secret}&token={secret}"),
        ),
        ("refuse: another page", format!("/other?TOKEN={secret}")),
        ("refuse: a page below", format!("/page/below?TOKEN={secret}")),
        (
            "refuse: a parameter too many",
            format!("/page?x=1&TOKEN={secret}"),
        ),
    ] {
        let (answer, seen) = stage.get(&target, &[]).await;
        note(results, case, kept_out(&answer, &seen));
    }
    for method in ["POST", "PUT", "DELETE"] {
        stage.site.take();
        let answer = stage
            .ask(
                method,
                &format!("/page?TOKEN={secret}"),
                &[("Content-Length", "0")],
            )
            .await;
        let seen = stage.site.take();
        let kept = seen.first().is_some_and(|seen| seen.method == method);
        note(
            results,
            format!("allow: {method} arrives as it is"),
            let_in(&answer, &seen).and(if kept {
                Ok(())
            } else {
                Err("another method".into())
            }),
        );
        let answer = stage.ask(method, "/page", &[("Content-Length", "0")]).await;
        note(
            results,
            format!("refuse: {method} without a token"),
            kept_out(&answer, &stage.site.take()),
        );
    }
}

async fn urls(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let seed = "/tiki-ajax_services.php?controller=tracker&action=export_items&trackerId=3&encoding=UTF-8&separator=%2C&delimiterL=\"&delimiterR=\"&CR=%25%25%25&listfields[]=2&listfields[]=3&recordsMax=-1";
    let (_, secret) = stage.token(seed, |_| {}).await;
    for (case, target) in [
        ("the seed's URL", seed.replace('"', "%22")),
        ("the seed's URL, with the comma plain", seed.replace('"', "%22").replace("%2C", ",")),
        ("the seed's URL, with brackets encoded", seed.replace('"', "%22").replace("[]", "%5B%5D")),
        (
            "the seed's URL, in another order",
            "/tiki-ajax_services.php?recordsMax=-1&listfields%5b%5d=3&CR=%25%25%25&delimiterR=%22&delimiterL=%22&separator=,&encoding=UTF-8&trackerId=3&action=export_items&controller=tracker&listfields[]=2".into(),
        ),
    ] {
        let (answer, seen) = stage.get(&format!("{target}&TOKEN={secret}"), &[]).await;
        note(results, format!("allow: {case}"), let_in(&answer, &seen));
    }
    let (answer, seen) = stage
        .get(
            &format!(
                "{}&TOKEN={secret}",
                seed.replace('"', "%22").replace("[]=3", "[]=4")
            ),
            &[],
        )
        .await;
    note(
        results,
        "refuse: another value in an array",
        kept_out(&answer, &seen),
    );
    for (case, stored, asked) in [
        (
            "a search-engine-friendly address",
            "/wiki/Some+Page-Title/",
            "/wiki/Some+Page-Title/?",
        ),
        ("an encoded letter", "/caf%C3%A9/~user", "/caf%c3%a9/%7euser?"),
        ("an encoded slash that belongs to the page", "/a%2Fb", "/a%2fb?"),
        (
            "a value with everything",
            "/v?q=a%26b%3Dc%2Bd%20e",
            "/v?q=a%26b%3dc%2bd+e&",
        ),
        ("x as x=", "/v?x", "/v?x=&"),
    ] {
        let (_, secret) = stage.token(stored, |_| {}).await;
        let (answer, seen) = stage.get(&format!("{asked}TOKEN={secret}"), &[]).await;
        note(results, format!("allow: {case}"), let_in(&answer, &seen));
    }
}

async fn tricks(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (_, below) = stage.token("/docs/", |form| form.scope = "below".into()).await;
    let (_, exact) = stage.token("/exact/page", |_| {}).await;
    let (answer, seen) = stage.get(&format!("/docs/a/b.html?x=1&TOKEN={below}"), &[]).await;
    note(results, "below: a page below", let_in(&answer, &seen));
    for target in [
        "/docs/../admin",
        "/docs/%2e%2e/admin",
        "/docs/..%2fadmin",
        "/docs/%2e%2e%2fadmin",
        "/docs/..%5cadmin",
        "/docs/..;/admin",
        "/docs/%252e%252e/admin",
        "/docs//../admin",
        "/docs/%c0%ae%c0%ae/admin",
        "/docs/%00",
        "/docsx",
        "/admin",
    ] {
        let header = format!("Bearer {below}");
        let (answer, seen) = stage.get(target, &[("Authorization", &header)]).await;
        // What a proxy made of it before it asked is what the site gets: inside the scope nothing is lost.
        let stays_inside = seen
            .iter()
            .all(|seen| seen.target.starts_with("/docs/") && !seen.target.contains(".."));
        let result = if seen.is_empty() || !stays_inside {
            not_let_past(&answer, &seen)
        } else {
            Ok(())
        };
        note(results, format!("path: {target}"), result);
    }
    for target in [
        "//exact/page",
        "/exact/./page",
        "/exact/x/../page",
        "/exact/page/",
        "/exact/page%2f",
        "/EXACT/page",
    ] {
        let header = format!("Bearer {exact}");
        let (answer, seen) = stage.get(target, &[("Authorization", &header)]).await;
        let cleaned = seen.iter().all(|seen| seen.target == "/exact/page");
        let result = if !seen.is_empty() && cleaned {
            Ok(())
        } else {
            not_let_past(&answer, &seen)
        };
        note(results, format!("path: {target}"), result);
    }
}

async fn spoofing(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (_, secret) = stage.token("/spoof", |form| form.groups = "Guests".into()).await;
    let bearer = format!("Bearer {secret}");
    for name in [
        "Remote-User",
        "Remote-Groups",
        "Remote-Name",
        "Remote-Email",
        "Remote_User",
        "Remote_Groups",
        "REMOTE-USER",
        "remote_GROUPS",
        "Tokenwright-Token-Id",
        "Tokenwright_Token_Id",
        "Tokenwright-Assertion",
        "Tokenwright_Assertion",
    ] {
        let (answer, seen) = stage
            .get("/spoof", &[("Authorization", &bearer), (name, "intruder")])
            .await;
        let reached = seen.iter().any(|seen| {
            seen.headers.iter().any(|(own, value)| {
                value.contains("intruder")
                    && (own.to_ascii_lowercase().starts_with("remote")
                        || own.to_ascii_lowercase().starts_with("tokenwright"))
            })
        });
        let clean = if reached {
            Err(format!("the site saw {seen:?}"))
        } else {
            Ok(())
        };
        note(
            results,
            format!("spoof: {name}"),
            let_in(&answer, &seen).and(clean),
        );
    }
    let elsewhere = format!("http://{}/spoof?TOKEN={secret}", stage.host);
    for (name, value) in [
        ("X-Original-URL", elsewhere.as_str()),
        ("X-Original-Method", "HEAD"),
        ("X-Forwarded-Uri", &format!("/spoof?TOKEN={secret}")),
        ("X-Forwarded-Method", "HEAD"),
        ("X-Forwarded-Host", "other.test"),
        ("Forwarded", "for=127.0.0.1;host=other.test"),
        ("Tokenwright-Site-Secret", "guess"),
    ] {
        let (answer, seen) = stage.get("/spoof/other", &[(name, value)]).await;
        note(results, format!("plant: {name}"), kept_out(&answer, &seen));
    }
}

async fn hits(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (id, secret) = stage.token("/three", |form| form.max_hits = "3".into()).await;
    let target = format!("/three?TOKEN={secret}");
    let head = stage.ask("HEAD", &target, &[]).await;
    let options = stage.ask("OPTIONS", &target, &[]).await;
    note(
        results,
        "hits: HEAD and OPTIONS cost nothing",
        is("hits", stage.hits(id).await, 0).and(if head.status == 200 && options.status == 200 {
            Ok(())
        } else {
            Err(format!("{} {}", head.status, options.status))
        }),
    );
    stage.site.take();
    let prefetched = stage
        .ask(
            "GET",
            &target,
            &[("Sec-Purpose", "prefetch"), ("Sec-Fetch-Mode", "navigate")],
        )
        .await;
    note(
        results,
        "hits: a prefetch costs nothing and shows nothing",
        is("hits", stage.hits(id).await, 0).and(kept_out(&prefetched, &stage.site.take())),
    );
    for number in 1..=3 {
        let (answer, seen) = stage.get(&target, &[]).await;
        note(
            results,
            format!("hits: {number} of 3"),
            let_in(&answer, &seen).and(is("hits", stage.hits(id).await, number)),
        );
    }
    let (answer, seen) = stage.get(&target, &[]).await;
    note(
        results,
        "hits: the fourth is refused",
        kept_out(&answer, &seen).and(is("hits", stage.hits(id).await, 3)),
    );
    let answer = stage.ask("HEAD", &target, &[]).await;
    note(
        results,
        "hits: and so is HEAD then",
        if answer.status == 403 {
            Ok(())
        } else {
            Err(format!("{}", answer.status))
        },
    );
    let (id, secret) = stage.token("/file", |form| form.max_hits = "2".into()).await;
    let target = format!("/file?TOKEN={secret}");
    let mut statuses = Vec::new();
    for range in ["bytes=0-", "bytes=1000-", "bytes=2000-2999"] {
        statuses.push(stage.ask("GET", &target, &[("Range", range)]).await.status);
    }
    note(
        results,
        "hits: a download goes on within its hit",
        is("hits", stage.hits(id).await, 1).and(if statuses == [200, 200, 200] {
            Ok(())
        } else {
            Err(format!("{statuses:?}"))
        }),
    );
    let (id, secret) = stage.token("/socket", |form| form.max_hits = "1".into()).await;
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let refused = stage.ask("GET", "/socket", &upgrade).await;
    let opened = stage
        .ask("GET", &format!("/socket?TOKEN={secret}"), &upgrade)
        .await;
    note(
        results,
        "WebSocket: asked about before it begins",
        is("hits", stage.hits(id).await, 1).and(if (refused.status, opened.status) == (403, 101) {
            Ok(())
        } else {
            Err(format!("{} {}", refused.status, opened.status))
        }),
    );
}

async fn browsers(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (id, secret) = stage
        .token("/shop/report?a=1", |form| {
            form.max_hits = "5".into();
            form.scope = "assets".into();
        })
        .await;
    let (exchange, seen) = stage
        .get(&format!("/shop/report?a=1&TOKEN={secret}"), &BROWSER)
        .await;
    let clean = format!("http://{}/shop/report?a=1", stage.host);
    let is_exchange =
        exchange.status == 303 && exchange.header("location") == Some(&clean) && seen.is_empty();
    note(
        results,
        "exchange: the address loses the token",
        if is_exchange {
            Ok(())
        } else {
            Err(format!("{exchange:?}"))
        },
    );
    let cookie = exchange.cookie().unwrap_or_default();
    let attributes = exchange.header("set-cookie").unwrap_or_default().to_owned();
    let is_guarded = ["HttpOnly", "SameSite=Lax", "Path=/"]
        .iter()
        .all(|word| attributes.contains(word))
        && !attributes.contains(&secret);
    note(
        results,
        "exchange: the cookie is kept from scripts and is not the token",
        if is_guarded { Ok(()) } else { Err(attributes) },
    );
    let with_cookie = |extra: &[(&'static str, &'static str)]| {
        let mut headers = vec![("Cookie", cookie.as_str())];
        headers.extend_from_slice(extra);
        headers
    };
    let (answer, seen) = stage.get("/shop/report?a=1", &with_cookie(&BROWSER)).await;
    let has_groups = seen
        .iter()
        .all(|seen| seen.values("remote-groups") == ["Editors,Batch"]);
    note(
        results,
        "cookie: opens the page, with its groups",
        let_in(&answer, &seen).and(if has_groups {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }),
    );
    let mut loaded = 0;
    for number in 0..40 {
        let (answer, _) = stage
            .get(
                &format!("/shop/img/{number}.png"),
                &with_cookie(&[("Sec-Fetch-Mode", "no-cors")]),
            )
            .await;
        loaded += i64::from(answer.status == 200);
    }
    note(results, "assets: 40 of them load", is("assets", loaded, 40));
    note(
        results,
        "assets: and cost one hit with their page",
        is("hits", stage.hits(id).await, 1),
    );
    for (case, target) in [
        ("cookie: not another page", "/shop/other"),
        ("cookie: not other parameters", "/shop/report?a=2"),
        (
            "cookie: not a program that looks like an asset",
            "/shop/admin.php/x.css",
        ),
        ("cookie: not an asset of another folder", "/other/x.css"),
    ] {
        let (answer, seen) = stage.get(target, &with_cookie(&[])).await;
        note(results, case, kept_out(&answer, &seen));
    }
    let (answer, seen) = stage
        .get("/shop/report?a=1", &[("Cookie", &format!("{}x", cookie))])
        .await;
    note(
        results,
        "cookie: a changed one opens nothing",
        kept_out(&answer, &seen),
    );
    let (again, _) = stage
        .get(
            &format!("/shop/report?a=1&TOKEN={secret}"),
            &with_cookie(&BROWSER),
        )
        .await;
    note(
        results,
        "exchange: the link once more costs nothing",
        is("hits", stage.hits(id).await, 1).and(if again.status == 303 {
            Ok(())
        } else {
            Err(format!("{again:?}"))
        }),
    );

    let (id, secret) = stage.token("/nocookies", |form| form.max_hits = "5".into()).await;
    let target = format!("/nocookies?TOKEN={secret}");
    let (first, _) = stage.get(&target, &BROWSER).await;
    let (second, seen) = stage.get("/nocookies", &BROWSER).await;
    let explains = second.body.contains("cookie") && seen.is_empty();
    let (third, seen) = stage.get(&target, &BROWSER).await;
    note(
        results,
        "cookies refused: explained, then let in, without a loop",
        let_in(&third, &seen)
            .and(is("hits", stage.hits(id).await, 1))
            .and(if (first.status, second.status) == (303, 403) && explains {
                Ok(())
            } else {
                Err(format!("{first:?} {second:?}"))
            }),
    );

    let (id, secret) = stage
        .token("/mailed", |form| {
            form.max_hits = "1".into();
            form.confirm = "on".into();
        })
        .await;
    let target = format!("/mailed?TOKEN={secret}");
    let (looked, seen) = stage.get(&target, &BROWSER).await;
    note(
        results,
        "confirm: looking costs nothing and asks",
        is("hits", stage.hits(id).await, 0)
            .and(kept_out(&looked, &seen))
            .and(if looked.body.contains("<button>Open the page</button>") {
                Ok(())
            } else {
                Err(looked.body)
            }),
    );
    let pressed = stage
        .ask(
            "POST",
            &target,
            &[("Content-Length", "0"), BROWSER[0], BROWSER[2]],
        )
        .await;
    let cookie = pressed.cookie().unwrap_or_default();
    let (answer, seen) = stage.get("/mailed", &[("Cookie", &cookie)]).await;
    note(
        results,
        "confirm: a press spends the hit and opens",
        is("hits", stage.hits(id).await, 1)
            .and(let_in(&answer, &seen))
            .and(if pressed.status == 303 {
                Ok(())
            } else {
                Err(format!("{pressed:?}"))
            }),
    );
}

async fn changes(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let tokens = stage.world.backend.page_tokens();
    let (id, secret) = stage.token("/living", |_| {}).await;
    let bearer = format!("Bearer {secret}");
    let headers = [("Authorization", bearer.as_str())];
    let (before, _) = stage.get("/living", &headers).await;
    let mut form = tokens.get(&stage.caller, id).await.expect("a token").form();
    form.groups = "Readers".into();
    tokens.edit(&stage.caller, id, &form).await.expect("edited");
    let (after, seen) = stage.get("/living", &headers).await;
    let has_new = seen
        .iter()
        .all(|seen| seen.values("remote-groups") == ["Readers"]);
    note(
        results,
        "edit: holds at the next request, with the same link",
        let_in(&after, &seen).and(if before.status == 200 && has_new {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }),
    );
    form.full_url = format!("http://{}/moved", stage.host);
    tokens.edit(&stage.caller, id, &form).await.expect("edited");
    let (old, seen) = stage.get("/living", &headers).await;
    let (new, seen_there) = stage.get("/moved", &headers).await;
    note(
        results,
        "edit: of the URL",
        kept_out(&old, &seen).and(let_in(&new, &seen_there)),
    );
    tokens
        .set_suspended(&stage.caller, id, true)
        .await
        .expect("suspended");
    let (answer, seen) = stage.get("/moved", &headers).await;
    note(
        results,
        "suspend: holds at the next request",
        kept_out(&answer, &seen),
    );
    tokens
        .set_suspended(&stage.caller, id, false)
        .await
        .expect("resumed");
    let rotated = tokens.rotate(&stage.caller, id, 1).await.expect("rotated");
    let new = format!("Bearer {}", rotated.token);
    let (old_one, seen_old) = stage.get("/moved", &headers).await;
    let (new_one, seen_new) = stage.get("/moved", &[("Authorization", &new)]).await;
    note(
        results,
        "rotate: both links work within the grace",
        let_in(&old_one, &seen_old).and(let_in(&new_one, &seen_new)),
    );
    tokens.rotate(&stage.caller, id, 0).await.expect("rotated");
    let (answer, seen) = stage.get("/moved", &[("Authorization", &new)]).await;
    note(
        results,
        "rotate: without grace the old link ends",
        kept_out(&answer, &seen),
    );

    let (id, secret) = stage.token("/session", |_| {}).await;
    let (exchange, _) = stage.get(&format!("/session?TOKEN={secret}"), &BROWSER).await;
    let cookie = exchange.cookie().unwrap_or_default();
    let (before, _) = stage.get("/session", &[("Cookie", &cookie)]).await;
    tokens.revoke(&stage.caller, id).await.expect("revoked");
    let (answer, seen) = stage.get("/session", &[("Cookie", &cookie)]).await;
    note(
        results,
        "revoke: ends its sessions at the next request",
        kept_out(&answer, &seen).and(if before.status == 200 {
            Ok(())
        } else {
            Err(format!("{before:?}"))
        }),
    );

    let (_, secret) = stage.token("/short", |form| form.timeout = "2".into()).await;
    let bearer = format!("Bearer {secret}");
    let (before, _) = stage.get("/short", &[("Authorization", &bearer)]).await;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let (answer, seen) = stage.get("/short", &[("Authorization", &bearer)]).await;
    note(
        results,
        "expire: after its seconds",
        kept_out(&answer, &seen).and(if before.status == 200 {
            Ok(())
        } else {
            Err(format!("{before:?}"))
        }),
    );
}

async fn assertions(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (id, secret) = stage.token("/signed?b=2&a=1", |_| {}).await;
    let target = format!("/signed?a=1&b=2&TOKEN={secret}");
    let (_, seen) = stage.get(&target, &[]).await;
    let is_silent = seen
        .iter()
        .all(|seen| seen.values("tokenwright-assertion").is_empty());
    note(
        results,
        "assertion: none, where the site does not ask for one",
        is_silent.then_some(()).ok_or_else(|| format!("{seen:?}")),
    );
    stage.edit_site(|form| form.asserts = "on".into()).await;
    let (answer, seen) = stage.get(&target, &[("Tokenwright-Assertion", "forged")]).await;
    let assertion = seen
        .first()
        .and_then(|seen| match seen.values("tokenwright-assertion").as_slice() {
            [one] => Some((*one).to_owned()),
            _ => None,
        });
    let claims = stage.checked(&assertion.unwrap_or_default()).await;
    let expected = [
        ("aud", format!("http://{}", stage.host)),
        ("sub", format!("page-token-{id}")),
        ("url", format!("http://{}/signed?a=1&b=2", stage.host)),
        ("method", "GET".into()),
    ];
    let fits = claims.and_then(|claims| {
        let other = expected.iter().find(|(claim, value)| claims[*claim] != **value);
        other.map_or(Ok(()), |(claim, _)| Err(format!("{claim}: {}", claims[*claim])))
    });
    note(
        results,
        "assertion: signed, about this request, and no forged one beside it",
        let_in(&answer, &seen).and(fits),
    );
    stage.edit_site(|form| form.asserts = String::new()).await;
}

/// A gate that is gone lets nobody in.
async fn without_a_gate(stage: Stage, results: &mut Vec<(String, Result)>) {
    let (_, secret) = stage.token("/gone", |_| {}).await;
    let (world, site, host, proxy) = stage.apart();
    world.end().await;
    site.take();
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let headers = [("Authorization", format!("Bearer {secret}"))];
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        statuses.push(
            crate::http::ask(proxy.port, &host, "GET", "/gone", &headers)
                .await
                .status,
        );
    }
    let reached = site.take();
    let all_refused = statuses.iter().all(|status| *status == 403 || *status >= 500);
    note(
        results,
        "gate stopped: nothing reaches the site",
        if reached.is_empty() && all_refused {
            Ok(())
        } else {
            Err(format!("{statuses:?} {reached:?}"))
        },
    );
}
