//! Paths that try to lead elsewhere, and headers that a visitor plants.

use super::*;

pub(super) async fn tricks(stage: &Stage, results: &mut Vec<(String, Result)>) {
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

pub(super) async fn spoofing(stage: &Stage, results: &mut Vec<(String, Result)>) {
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
