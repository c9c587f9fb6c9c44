//! What an admin changes, what the back end is told, and a gate that is gone.

use std::time::Duration;

use domain::page_tokens::sites::SiteForm;

use super::*;

pub(super) async fn changes(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let tokens = stage.world.backend.page_tokens();
    let (id, secret) = stage.token("/living", |_| {}).await;
    let bearer = format!("Bearer {secret}");
    let headers = [("Authorization", bearer.as_str())];
    let (before, _) = stage.get("/living", &headers).await;
    tokens
        .edit(&stage.caller, id, |form| form.groups = "Readers".into())
        .await
        .expect("edited");
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
    let moved = format!("http://{}/moved", stage.host);
    tokens
        .edit(&stage.caller, id, |form| form.full_url = moved)
        .await
        .expect("edited");
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

pub(super) async fn assertions(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (id, secret) = stage.token("/signed?b=2&a=1", |_| {}).await;
    let target = format!("/signed?a=1&b=2&TOKEN={secret}");
    let (answer, seen) = stage.get(&target, &[]).await;
    let is_silent = seen
        .iter()
        .all(|seen| seen.values("tokenwright-assertion").is_empty());
    note(
        results,
        "assertion: none, where the site does not ask for one",
        let_in(&answer, &seen).and(is_silent.then_some(()).ok_or_else(|| format!("{seen:?}"))),
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

/// A site that shows something to everybody: anyone who is refused is nobody, and not who they say.
pub(super) async fn anonymous(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (_, below) = stage.token("/docs/", |form| form.scope = "below".into()).await;
    let (id, ended) = stage.token("/page", |_| {}).await;
    let revoked = stage.world.backend.page_tokens().revoke(&stage.caller, id).await;
    revoked.expect("revoked");
    let change = |form: &mut SiteForm| form.on_refusal = "anonymous".into();
    stage.edit_site(change).await;
    let (below, ended) = (format!("Bearer {below}"), format!("Bearer {ended}"));
    for (case, target, token) in [
        ("no token", "/page", ""),
        ("a token that ended", "/page", &ended),
        ("a token for another page", "/page", &below),
    ] {
        let headers = [
            ("Authorization", token),
            ("Remote-User", "intruder"),
            ("Remote-Groups", "intruder"),
            ("Remote_Groups", "intruder"),
            ("Tokenwright-Token-Id", "intruder"),
        ];
        let (answer, seen) = stage.get(target, &headers).await;
        let names = [
            "remote-user",
            "remote-groups",
            "remote-name",
            "remote-email",
            "tokenwright-token-id",
        ];
        let said = seen
            .iter()
            .flat_map(|seen| names.map(|name| seen.values(name).len()));
        let result = match said.sum::<usize>() {
            0 => let_in(&answer, &seen),
            _ => Err(format!("{seen:?}")),
        };
        note(results, format!("anonymous: {case} is let in as nobody"), result);
    }
    for target in ["/docs/..%2fadmin", "/docs/../admin", "/docs/%zz", "/docs/a\\b"] {
        let (answer, seen) = stage.get(target, &[("Authorization", &below)]).await;
        // What a proxy made of it before it asked may be plain, and then it is another page, which everybody sees.
        let is_plain = seen.iter().all(|seen| seen.target == "/admin");
        let result = if !seen.is_empty() && is_plain {
            Ok(())
        } else {
            not_let_past(&answer, &seen)
        };
        note(
            results,
            format!("anonymous: {target} is let through for nobody"),
            result,
        );
    }
    let change = |form: &mut SiteForm| form.on_refusal = "error".into();
    stage.edit_site(change).await;
    let (answer, seen) = stage.get("/page", &[]).await;
    note(results, "anonymous: no longer", kept_out(&answer, &seen));
}

/// A gate that is gone lets nobody in.
pub(super) async fn without_a_gate(stage: Stage, results: &mut Vec<(String, Result)>) {
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
