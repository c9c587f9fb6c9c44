//! A gate that hangs, and one that was killed: as long as it does not answer, nothing reaches the site behind any proxy.

use std::time::Duration;

use crate::http::{Answer, ask};
use crate::process::{Installation, Server};
use crate::proxies::{Proxy, Running, free_port};
use crate::site::Site;

/// How long a proxy may take to ask again a gate that is back.
const BACK: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_a_gate_that_hangs_or_was_killed_nothing_reaches_the_site() {
    let all = Proxy::ALL.map(|proxy| tokio::spawn(behind(proxy)));
    for one in all {
        one.await.expect("it holds");
    }
}

async fn behind(proxy: Proxy) {
    let Some(program) = proxy.program_or_excuse() else {
        return;
    };
    let name = proxy.name();
    let installation = Installation::on_sqlite();
    let mut server = Server::start(&installation);
    installation.set_up(&server).await;
    let site = Site::start().await;
    let port = free_port();
    let host = format!("127.0.0.1:{port}");
    installation.add_site(&format!("http://{host}"));
    let secret = installation
        .add_token(&format!("http://{host}/page"), "-1")
        .secret;
    let running = Running::start(proxy, &program, &[server.port], site.port, port).await;
    let visit = RequestContext {
        port: running.port,
        host,
        bearer: format!("Bearer {secret}"),
    };

    let before = visit.page().await;
    assert_eq!((before.status, site.take().len()), (200, 1), "{name}: {before:?}");

    server.freeze();
    visit.is_refused(name, "frozen").await;
    assert_eq!(
        site.take().len(),
        0,
        "{name}: the site was reached while the gate hung"
    );

    server.thaw();
    let back = tokio::time::timeout(BACK, async {
        while visit.page().await.status != 200 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    assert!(back.await.is_ok(), "{name} does not ask the gate that is back");

    site.take();
    server.kill();
    visit.is_refused(name, "killed").await;
    assert_eq!(
        site.take().len(),
        0,
        "{name}: the site was reached without a gate"
    );
    let target = format!("/page?token={secret}&TOKEN={secret}&key={secret}");
    let header = [("X-Page-Token", secret.as_str())];
    ask(visit.port, &visit.host, "GET", &target, &header).await;
    let said = running.log();
    assert!(
        !said.contains(&secret),
        "{name} wrote a token into its log: {said}"
    );
    println!("{name}: nothing reached the site while its gate was frozen or killed");
}

/// Requests to the site.
struct RequestContext {
    port: u16,
    host: String,
    bearer: String,
}

impl RequestContext {
    async fn page(&self) -> Answer {
        let bearer = [("Authorization", self.bearer.as_str())];
        ask(self.port, &self.host, "GET", "/page", &bearer).await
    }

    /// Requests of every kind at once, none of which is answered with anything but an error.
    async fn is_refused(&self, proxy: &str, state: &str) {
        let bearer = ("Authorization", self.bearer.as_str());
        let empty = ("Content-Length", "0");
        let browser = ("Sec-Fetch-Mode", "navigate");
        let socket = [
            bearer,
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let requests: [(&str, &[(&str, &str)]); 7] = [
            ("GET", &[bearer]),
            ("GET", &[]),
            ("GET", &[bearer, browser]),
            ("HEAD", &[bearer]),
            ("OPTIONS", &[bearer]),
            ("POST", &[bearer, empty]),
            ("GET", &socket),
        ];
        let asks = requests.map(|(method, headers)| ask(self.port, &self.host, method, "/page", headers));
        for (answer, (method, _)) in futures::future::join_all(asks).await.iter().zip(requests) {
            // 0: it gave no answer for as long as anybody waits.
            let is_error = matches!(answer.status, 0 | 403 | 500..);
            assert!(is_error, "{proxy}, {state}: {method} got {}", answer.status);
        }
    }
}
