//! `tokenwright gate doctor`: it finds nothing to change behind any proxy with its configuration from `docs/gate`, and finds
//! what was left out.

use crate::process::{Installation, Server};
use crate::proxies::{Proxy, Running, free_port};

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
    type Change = fn(String) -> String;
    let cases: [(&str, Change, &str); 4] = [
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
    ];
    for (what, change, finding) in cases {
        let Some((is_content, said)) = examined(Proxy::Nginx, change).await else {
            return;
        };
        assert!(!is_content && said.contains(finding), "{what}: {said}");
    }
}

/// Whether the doctor is content with a proxy, and what it says.
async fn examined(proxy: Proxy, change: impl Fn(String) -> String) -> Option<(bool, String)> {
    let program = proxy.program_or_excuse()?;
    let installation = Installation::on_sqlite();
    let server = Server::start(&installation);
    installation.set_up(&server).await;
    let (site, port) = (free_port(), free_port());
    let host = format!("127.0.0.1:{port}");
    installation.add_site(&format!("http://{host}"));
    let page = format!("http://{host}/folder/page");
    let secret = installation.add_token(&page, "-1").secret;
    let _running = Running::start_with(proxy, &program, &[server.port], site, port, change).await;
    let in_place_of = format!("127.0.0.1:{site}");
    let asked = ["gate", "doctor", &page, "--in-place-of", &in_place_of];
    Some(installation.outcome(&asked, ("TOKENWRIGHT_PAGE_TOKEN", &secret)))
}
