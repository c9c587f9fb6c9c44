//! What costs a hit, and what a browser makes of its token.

use super::*;

pub(super) async fn hits(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (id, secret) = stage.token("/three", |form| form.max_hits = "3".into()).await;
    let target = format!("/three?TOKEN={secret}");
    let head = stage.ask("HEAD", &target, &[]).await;
    stage.site.take();
    let options = stage.ask("OPTIONS", &target, &[]).await;
    let shown = stage.site.take();
    let is_nobodys = shown.iter().all(|seen| seen.values("remote-groups").is_empty());
    note(
        results,
        "hits: OPTIONS shows no group what a hit shows",
        if is_nobodys && shown.len() == 1 {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        },
    );
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
    let (id, secret) = stage
        .token("/file?id=1", |form| {
            form.max_hits = "1".into();
            form.any_value = "id".into();
        })
        .await;
    let mut statuses = Vec::new();
    for (id, range) in [
        (1, "bytes=0-"),
        (1, "bytes=1000-"),
        (1, "bytes=2000-2999"),
        (2, "bytes=1-"),
    ] {
        let target = format!("/file?id={id}&TOKEN={secret}");
        statuses.push(stage.ask("GET", &target, &[("Range", range)]).await.status);
    }
    note(
        results,
        "hits: a download goes on within its last hit, and no other page with it",
        is("hits", stage.hits(id).await, 1).and(if statuses == [200, 200, 200, 403] {
            Ok(())
        } else {
            Err(format!("{statuses:?}"))
        }),
    );
    let (id, secret) = stage.token("/named", |form| form.max_hits = "5".into()).await;
    let target = format!("/named?TOKEN={secret}");
    for _ in 0..3 {
        stage.ask("GET", &target, &[("X-Request-Id", "the-same")]).await;
    }
    note(
        results,
        "hits: a name that a visitor gives its requests makes them no cheaper",
        is("hits", stage.hits(id).await, 3),
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

pub(super) async fn browsers(stage: &Stage, results: &mut Vec<(String, Result)>) {
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
