//! A token opens its page, however it is carried and however the address is written.

use super::*;
use crate::paths;

pub(super) async fn letting_in(stage: &Stage, results: &mut Vec<(String, Result)>) {
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
    let (_, secret_of_many) = stage
        .token("/many", |form| form.groups = "Prüfer,Équipe A,読者".into())
        .await;
    let (answer, seen) = stage.get(&format!("/many?TOKEN={secret_of_many}"), &[]).await;
    let groups: Vec<String> = seen
        .iter()
        .flat_map(|seen| seen.values("remote-groups"))
        .map(str::to_owned)
        .collect();
    let all = if groups == ["Prüfer,Équipe A,読者"] {
        Ok(())
    } else {
        Err(format!("{groups:?}"))
    };
    note(results, "groups: in any script", let_in(&answer, &seen).and(all));
    // Escapes, and what proxies put something else in the place of.
    let odd =
        "a%2Cadmin,100 %,%REQ(host)%,{http.request.host},$host,%[src],say \"no\"; x=y | z,it's <b>\\</b>";
    let (_, secret_of_odd) = stage.token("/odd", |form| form.groups = odd.into()).await;
    let (answer, seen) = stage.get(&format!("/odd?TOKEN={secret_of_odd}"), &[]).await;
    let said: Vec<&str> = seen
        .iter()
        .flat_map(|seen| seen.values("remote-groups"))
        .collect();
    let as_typed = if said == [odd] {
        Ok(())
    } else {
        Err(format!("{said:?}"))
    };
    note(
        results,
        "groups: with escapes and placeholders, as they were typed",
        let_in(&answer, &seen).and(as_typed),
    );
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
    for method in ["HEAD", "OPTIONS", "PATCH", "PROPFIND", "TRACE", "CONNECT", "BREW"] {
        for target in ["/page", &stage.host] {
            stage.site.take();
            let answer = stage.ask(method, target, &[("Content-Length", "0")]).await;
            let seen = stage.site.take();
            // A proxy may not know the method, or not take it.
            let is_kept = seen.is_empty() && matches!(answer.status, 0 | 400..);
            let result = if is_kept {
                Ok(())
            } else {
                Err(format!("{} {seen:?}", answer.status))
            };
            note(
                results,
                format!("refuse: {method} {target} without a token"),
                result,
            );
        }
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
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

/// The URLs of the page that page tokens come from, word for word.
const SEED: &str = "/tiki-ajax_services.php?controller=tracker&action=export_items&trackerId=3&encoding=UTF-8&separator=%2C&delimiterL=\"&delimiterR=\"&CR=%25%25%25&listfields[]=2&listfields[]=3&recordsMax=-1";
const SECOND_SEED: &str = "/tiki-ajax_services.php?controller=tracker&action=export_items&trackerId=3&encoding=UTF-8&separator=,&CR=%%&recordsMax=-1";

pub(super) async fn urls(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let seed = SEED;
    let (_, secret) = stage.token(seed, |_| {}).await;
    let (_, second) = stage.token(SECOND_SEED, |_| {}).await;
    for (case, target, secret) in [
        ("the seed's URL, word for word", SEED, &secret),
        ("the seed's second URL, word for word", SECOND_SEED, &second),
    ] {
        let (answer, seen) = stage.get(&format!("{target}&TOKEN={secret}"), &[]).await;
        let expected = paths::meaning(&format!("{target}&TOKEN={secret}"));
        let other = seen.iter().find(|seen| paths::meaning(&seen.target) != expected);
        let same = other.map_or(Ok(()), |seen| Err(format!("the site got {}", seen.target)));
        note(
            results,
            format!("allow: {case}"),
            let_in(&answer, &seen).and(same),
        );
    }
    for (case, target) in [
        ("the seed's URL, as a browser sends it", seed.replace('"', "%22")),
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
