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

/// What identifies somebody to sites: what this gate says, and what others call the same.
const IDENTITY: [&str; 10] = [
    "Remote-User",
    "Remote-Groups",
    "Remote-Name",
    "Remote-Email",
    "Tokenwright-Token-Id",
    "Tokenwright-Assertion",
    "X-Forwarded-User",
    "X-Forwarded-Groups",
    "X-Forwarded-Email",
    "X-Forwarded-Preferred-Username",
];

/// A name, and others that some site or other reads alike.
fn spellings(name: &str) -> Vec<String> {
    let mut spellings = vec![
        name.to_owned(),
        name.to_uppercase(),
        name.to_lowercase(),
        name.replace('-', "_"),
        name.replace('-', "."),
    ];
    if name.matches('-').count() > 1 {
        spellings.push(name.replacen('-', "_", 1));
        spellings.push(name.replacen('-', ".", 1));
        let (first, last) = name.rsplit_once('-').unwrap_or((name, ""));
        spellings.extend(['_', '.'].map(|between| format!("{first}{between}{last}")));
    }
    if name.starts_with("Remote") || name.starts_with("Tokenwright") {
        spellings.extend(["~", "!", "+"].map(|between| name.replacen('-', between, 1)));
    }
    spellings
}

/// Nothing that the visitor wrote reached the site, and who they are did.
fn is_clean(seen: &[Seen], groups: &str) -> Result {
    let Some(seen) = seen.first() else {
        return Ok(());
    };
    for name in IDENTITY {
        if seen.values(name).iter().any(|value| value.contains("intruder")) {
            return Err(format!("the site got {name} as in {:?}", seen.headers));
        }
    }
    let told = (seen.values("remote-groups"), seen.values("remote-user").len());
    if told == (vec![groups], 1) {
        Ok(())
    } else {
        Err(format!("the site got {told:?} of {:?}", seen.headers))
    }
}

pub(super) async fn spoofing(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let (_, secret) = stage.token("/spoof", |form| form.groups = "Guests".into()).await;
    let bearer = format!("Bearer {secret}");
    for name in IDENTITY.iter().flat_map(|name| spellings(name)) {
        let spoofed = [("Authorization", bearer.as_str()), (&name, "intruder")];
        let (answer, seen) = stage.get("/spoof", &spoofed).await;
        let result = let_in(&answer, &seen).and(is_clean(&seen, "Guests"));
        note(results, format!("spoof: {name}"), result);
    }
    for name in IDENTITY {
        let twice = [("Authorization", bearer.as_str()), (name, ""), (name, "intruder")];
        let (answer, seen) = stage.get("/spoof", &twice).await;
        let result = let_in(&answer, &seen).and(is_clean(&seen, "Guests"));
        note(results, format!("spoof: {name}, twice"), result);
    }
    // What a connection's own headers are is said by the client, and some proxies drop them when everything is said.
    for name in IDENTITY
        .into_iter()
        .chain(["Tokenwright-Site", "X-Forwarded-For", "X-Forwarded-Host"])
    {
        let listed = format!("close, {name}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Connection", &listed),
            (name, "intruder"),
        ];
        let (answer, seen) = stage.get("/spoof", &headers).await;
        let result = if seen.is_empty() {
            not_let_past(&answer, &seen)
        } else {
            let is_told = seen
                .iter()
                .any(|seen| !seen.values("tokenwright-token-id").is_empty());
            let told = is_told.then_some(()).ok_or_else(|| format!("{seen:?}"));
            is_clean(&seen, "Guests").and(told)
        };
        note(results, format!("spoof: {name}, listed by Connection"), result);
    }
    let elsewhere = format!("http://{}/spoof?TOKEN={secret}", stage.host);
    for (name, value) in [
        ("X-Original-URL", elsewhere.as_str()),
        ("X-Original-Method", "HEAD"),
        ("X-Forwarded-Uri", &format!("/spoof?TOKEN={secret}")),
        ("X-Forwarded-Method", "HEAD"),
        ("X-Forwarded-Host", "other.test"),
        ("Forwarded", "for=127.0.0.1;host=other.test"),
        ("Tokenwright-Site", "http://other.test"),
        ("Tokenwright-Site-Secret", "guess"),
    ] {
        let (answer, seen) = stage.get("/spoof/other", &[(name, value)]).await;
        note(results, format!("plant: {name}"), kept_out(&answer, &seen));
    }
    for name in ["Tokenwright-Site", "Tokenwright-Site-Secret"] {
        let planted = [("Authorization", bearer.as_str()), (name, "http://other.test")];
        let (answer, seen) = stage.get("/spoof", &planted).await;
        let is_gone = seen.iter().all(|seen| seen.values(name).is_empty());
        let gone = is_gone.then_some(()).ok_or_else(|| format!("{seen:?}"));
        let case = format!("plant: {name} is said by the proxy alone");
        note(results, case, let_in(&answer, &seen).and(gone));
    }
}

/// A visitor chooses the host of a request; the site that is asked about is the proxy's own all the same.
pub(super) async fn hosts(stage: &Stage, results: &mut Vec<(String, Result)>) {
    let port = stage.port();
    let (_, own) = stage.token("/page", |_| {}).await;
    for host in [
        format!("eve.test:{port}"),
        "eve.test".into(),
        "127.0.0.1:9".into(),
    ] {
        let bearer = format!("Bearer {}", stage.another_site(&host).await);
        let own = format!("Bearer {own}");
        let absolute = format!("http://{host}/page");
        let absolute_own = format!("http://{}/page", stage.host);
        for (case, named, target, token) in [
            ("its token", host.as_str(), "/page", &bearer),
            ("no token", &host, "/page", &String::new()),
            ("its token, and the whole address", &host, &absolute, &bearer),
            ("its token, in the address alone", &stage.host, &absolute, &bearer),
            (
                "its token, beside the site's address",
                &host,
                &absolute_own,
                &bearer,
            ),
            ("its token, at the site itself", &stage.host, "/page", &bearer),
        ] {
            stage.site.take();
            let headers = [("Authorization", token.as_str())];
            let answer = crate::http::ask(port, named, "GET", target, &headers).await;
            let result = not_let_past(&answer, &stage.site.take());
            note(results, format!("host: {host} with {case}"), result);
        }
        // Where a visitor with a token for this site names another one, no other site behind the proxy may answer.
        stage.site.take();
        let headers = [("Authorization", own.as_str())];
        crate::http::ask(port, &host, "GET", "/page", &headers).await;
        let seen = stage.site.take();
        let elsewhere = seen
            .iter()
            .any(|seen| seen.values("host").iter().any(|host| host.starts_with("eve")));
        let result = if elsewhere {
            Err(format!("{seen:?}"))
        } else {
            Ok(())
        };
        note(results, format!("host: {host} with the site's own token"), result);
    }
}

/// Where a client is is said by the proxy.
pub(super) async fn networks(stage: &Stage, results: &mut Vec<(String, Result)>) {
    // Envoy says the machine's own address where a visitor comes from the same machine.
    let (_, here) = stage
        .token("/here", |form| {
            form.networks = "0.0.0.0/1,128.0.0.0/2,192.0.0.0/5".into()
        })
        .await;
    let (_, there) = stage
        .token("/there", |form| form.networks = "203.0.113.0/24".into())
        .await;
    for planted in ["", "203.0.113.1", "203.0.113.1, 203.0.113.2", "unknown", ","] {
        let with = |secret: &str| {
            let mut headers = vec![("Authorization", format!("Bearer {secret}"))];
            if !planted.is_empty() {
                headers.push(("X-Forwarded-For", planted.to_owned()));
            }
            headers
        };
        let ask = async |target: &str, secret: &str| {
            let headers = with(secret);
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            stage.get(target, &headers).await
        };
        let (answer, seen) = ask("/here", &here).await;
        note(
            results,
            format!("network: near, saying “{planted}”"),
            let_in(&answer, &seen),
        );
        let (answer, seen) = ask("/there", &there).await;
        note(
            results,
            format!("network: elsewhere, saying “{planted}”"),
            kept_out(&answer, &seen),
        );
    }
}
