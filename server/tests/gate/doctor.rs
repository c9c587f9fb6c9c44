//! `tokenwright gate doctor`: it finds nothing to change behind any proxy with its configuration from `docs/gate`, and finds
//! what was left out.

use crate::process::{Installation, Server};
use crate::proxies::{Proxy, Running, free_port};
use crate::site::Site;

/// A configuration that is changed.
type Change = fn(String) -> String;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_doctor_is_content_with_what_the_docs_say() {
    for proxy in Proxy::ALL {
        let Some((is_content, said)) = examined(proxy, |text| text).await else {
            continue;
        };
        println!("{}: {}", proxy.name(), said.lines().last().unwrap_or_default());
        assert!(is_content, "{}: {said}", proxy.name());
        for check in [
            "spoofed Remote_Groups",
            "path",
            "caching",
            "WebSocket",
            "with a token and",
            "another host",
            "exchange: a browser loses its token",
        ] {
            assert!(
                said.contains(&format!("ok    {check}")),
                "{}: {said}",
                proxy.name()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_doctor_finds_what_was_left_out() {
    let cases: [(&str, Change, &str); 8] = [
        ("a host that is not the site's", any_host, "WRONG another host"),
        (
            "a header that other gates use",
            |text| text.replace("proxy_set_header X-Forwarded-User     \"\";", ""),
            "x-forwarded-user as the visitor sent it",
        ),
        (
            "a header that some sites read alike",
            |text| {
                text.replace(
                    "http {",
                    "http {\n    ignore_invalid_headers off; underscores_in_headers on;",
                )
            },
            "as the visitor sent it",
        ),
        (
            "a header that is not handed over",
            |text| text.replace("proxy_set_header Tokenwright-Token-Id $tw_token;", ""),
            "does not get tokenwright-token-id",
        ),
        (
            "a visitor's own header that passes",
            |text| text.replace("proxy_set_header Remote-Groups        $tw_groups;", ""),
            "remote-groups as the visitor sent it",
        ),
        (
            "a method that is not asked about",
            |text| {
                text.replace(
                    "auth_request /_tokenwright;",
                    "if ($request_method = POST) { return 200; } auth_request /_tokenwright;",
                )
            },
            "WRONG method POST",
        ),
        (
            "a part of the site that is not guarded",
            |text| {
                text.replace("location / {\n            auth_request", "location ~ ^//|/x/ { proxy_pass http://site; }\n        location / {\n            auth_request")
            },
            "WRONG path",
        ),
        (
            "a decision that is kept",
            |text| {
                text.replace("upstream tokenwright {", "proxy_cache_path decisions keys_zone=decisions:1m;\n    upstream tokenwright {")
                    .replace("proxy_cache off;", "proxy_cache decisions; proxy_cache_key $request_uri; proxy_cache_valid 200 1m; proxy_ignore_headers Cache-Control;")
            },
            "WRONG caching of decisions",
        ),
    ];
    // What the gate says itself is heard by nginx where nobody tells it otherwise.
    let cached: Change = |text| {
        text.replace(
            "upstream tokenwright {",
            "proxy_cache_path decisions keys_zone=decisions:1m;\n    upstream tokenwright {",
        )
        .replace(
            "proxy_cache off;",
            "proxy_cache decisions; proxy_cache_key $request_uri; proxy_cache_valid 200 1m;",
        )
    };
    if let Some((is_content, said)) = examined(Proxy::Nginx, cached).await {
        assert!(
            is_content && said.contains("ok    caching of decisions"),
            "{said}"
        );
    }
    for (what, change, finding) in cases {
        let Some((is_content, said)) = examined(Proxy::Nginx, change).await else {
            return;
        };
        assert!(!is_content && said.contains(finding), "{what}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_doctor_sees_what_becomes_of_visitors_without_a_gate() {
    let all = Proxy::ALL.map(|proxy| tokio::spawn(without_gate(proxy, |text| text)));
    for (one, proxy) in all.into_iter().zip(Proxy::ALL) {
        let Some((is_content, said)) = one.await.expect("it was examined") else {
            continue;
        };
        println!("{}:\n{said}", proxy.name());
        assert!(is_content, "{}: {said}", proxy.name());
        for check in ["hangs up", "answers 500", "hangs"] {
            let line = format!("ok    time-outs: the gate {check}: ");
            assert!(said.contains(&line), "{}: {said}", proxy.name());
        }
        for check in ["the site", "where visitors are"] {
            let line = format!("ok    questions: {check}: ");
            assert!(said.contains(&line), "{}: {said}", proxy.name());
        }
    }
    let open: Change = |text| {
        text.replace(
            "error_page 403 = @tokenwright_refused;",
            "error_page 403 = @tokenwright_refused;\n            error_page 500 = @open;",
        )
        .replace(
            "location = /_tokenwright {",
            "location @open { proxy_pass http://site; }\n        location = /_tokenwright {",
        )
    };
    // What nginx sent the gate before it named its site.
    let unnamed: Change = |text| {
        any_host(text)
            .replace("proxy_set_header Tokenwright-Site  $site;", "")
            .replace("$site$request_uri", "$scheme://$host:$server_port$request_uri")
            .replace(
                "X-Forwarded-For   $remote_addr",
                "X-Forwarded-For   $http_x_forwarded_for",
            )
    };
    if let Some((is_content, said)) = without_gate(Proxy::Nginx, unnamed).await {
        let finds = ["WRONG questions: the site", "WRONG questions: where visitors are"];
        let all = finds.iter().all(|finding| said.contains(finding));
        assert!(!is_content && all, "{said}");
    }
    if let Some((is_content, said)) = without_gate(Proxy::Nginx, open).await {
        assert!(
            !is_content && said.contains("WRONG time-outs: the gate answers 500: answered 200"),
            "{said}"
        );
    }
}

/// nginx, for visitors of any host.
fn any_host(text: String) -> String {
    let text = text.replace(" default_server;", ";");
    let name = text.find("server_name 127.0.0.1;").expect("the site's name");
    let listens = text[..name].rfind(';').expect("where it listens");
    format!("{} default_server{}", &text[..listens], &text[listens..])
}

/// The same where the doctor takes the gate's place.
async fn without_gate(proxy: Proxy, change: Change) -> Option<(bool, String)> {
    let program = proxy.program_or_excuse()?;
    let site = Site::start().await;
    let (gate, port) = (free_port(), free_port());
    let _running = Running::start_with(proxy, &program, &[gate], site.port, port, change).await;
    let asked = tokio::task::spawn_blocking(move || {
        let (page, gate) = (
            format!("http://127.0.0.1:{port}/page"),
            format!("127.0.0.1:{gate}"),
        );
        let asked = ["gate", "doctor", &page, "--in-place-of-gate", &gate];
        Installation::on_sqlite().outcome(&asked, ("TOKENWRIGHT_LOG", "text"))
    });
    Some(asked.await.expect("the doctor ends"))
}

/// Caddy with TLS: its site is at https, with a certificate of its own authority.
fn over_tls(text: String) -> String {
    let (site, _) = text
        .split_once("# Whoever names another host")
        .expect("the end of the site");
    site.replace(
        "auto_https off",
        "auto_https disable_redirects\n\tskip_install_trust",
    )
    .replace("http://127.0.0.1:", "https://127.0.0.1:")
    .replace("\tbind 127.0.0.1", "\tbind 127.0.0.1\n\ttls internal")
}

/// What visitors get of a site with TLS: a cookie that is bound to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_doctor_asks_a_site_with_tls_as_its_visitors_do() {
    let any = ["--any-certificate"];
    let Some((is_content, said)) = examined_at("https", Proxy::Caddy, over_tls, &any).await else {
        return;
    };
    assert!(
        is_content && said.contains("ok    exchange: a browser loses its token"),
        "{said}"
    );
    let distrusted = examined_at("https", Proxy::Caddy, over_tls, &[]).await;
    let (is_content, said) = distrusted.expect("Caddy is there");
    assert!(!is_content && said.contains("UnknownIssuer"), "{said}");
}

/// Whether the doctor is content with a proxy, and what it says.
async fn examined(proxy: Proxy, change: impl Fn(String) -> String) -> Option<(bool, String)> {
    examined_at("http", proxy, change, &[]).await
}

/// The same with or without TLS.
async fn examined_at(
    scheme: &str,
    proxy: Proxy,
    change: impl Fn(String) -> String,
    options: &[&str],
) -> Option<(bool, String)> {
    let program = proxy.program_or_excuse()?;
    let installation = Installation::on_sqlite();
    let server = Server::start(&installation);
    installation.set_up(&server).await;
    let (site, port) = (free_port(), free_port());
    let address = format!("{scheme}://127.0.0.1:{port}");
    installation.add_site(&address);
    let page = format!("{address}/folder/page");
    let secret = installation.add_token(&page, "-1").secret;
    let _running = Running::start_with(proxy, &program, &[server.port], site, port, change).await;
    let in_place_of = format!("127.0.0.1:{site}");
    let asked = ["gate", "doctor", &page, "--in-place-of", &in_place_of];
    let asked = [&asked[..], options].concat();
    let mut outcome = installation.outcome(&asked, ("TOKENWRIGHT_PAGE_TOKEN", &secret));
    // A proxy listens before its own authority has made its certificate, which takes longer on a busy machine.
    for _ in 0..20 {
        if !outcome.1.contains("fatal alert: InternalError") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        outcome = installation.outcome(&asked, ("TOKENWRIGHT_PAGE_TOKEN", &secret));
    }
    Some(outcome)
}
