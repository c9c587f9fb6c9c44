//! Tokenwright itself behind nginx, with the lines and settings of `docs/operating.md`: somebody guesses codes while others
//! redeem theirs.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::StatusCode;

use crate::proxies::{Proxy, free_port};
use crate::world::{Browser, World};

/// People who redeem while the attacker guesses.
const PEOPLE: usize = 20;

/// How long one of them may take, from the link to the collection.
const PATIENCE: Duration = Duration::from_secs(10);

/// nginx in front of a server, with the lines that the documentation gives; it ends with this.
struct Nginx {
    url: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Nginx {
    async fn before(server: &str, program: &Path) -> Self {
        let text = std::fs::read_to_string("../docs/operating.md").expect("the documentation");
        let (_, lines) = text.split_once("```nginx\n").expect("lines for nginx");
        let (lines, _) = lines.split_once("```").expect("their end");
        assert!(lines.contains("http://127.0.0.1:3000"), "{lines}");
        let lines = lines.replace("http://127.0.0.1:3000", server);
        let port = free_port();
        let folder = tempfile::tempdir().expect("a folder");
        let all = format!(
            "pid nginx.pid;\nerror_log stderr;\nevents {{ worker_connections 1024; }}\n\
             http {{ access_log off; server {{ listen 127.0.0.1:{port};\n{lines} }} }}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), all).expect("written");
        let child = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf", "-g", "daemon off;"])
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx starts");
        let url = format!("http://127.0.0.1:{port}");
        for _ in 0..100 {
            if reqwest::get(format!("{url}/healthz")).await.is_ok() {
                return Self {
                    url,
                    child,
                    _folder: folder,
                };
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nginx does not listen");
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end when it is asked, and stay behind when it is killed.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_nginx_an_attacker_guesses_while_twenty_people_redeem_undisturbed() {
    let Some(program) = Proxy::Nginx.program_or_excuse() else {
        return;
    };
    // Also without the setting, when all count as one: that costs nobody who has a real code anything.
    for settings in [&[("trusted-proxy", "127.0.0.1")][..], &[]] {
        let world = World::with(settings).await;
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let nginx = Nginx::before(&world.url, &program).await;
        let status = async |path: &str| {
            let answer = reqwest::get(format!("{}{path}", nginx.url)).await;
            answer.expect("an answer").status().as_u16()
        };
        for door in [
            "/gate/nginx",
            "/gate/nginx/refused",
            "/gate/forward",
            "/gate/envoy/page",
        ] {
            assert_eq!(
                status(door).await,
                404,
                "{door} is for proxies, which ask the server itself"
            );
        }
        assert_eq!(
            status("/gate/jwks.json").await,
            200,
            "sites check assertions with it"
        );

        let attackers = (0..4).map(|_| {
            let url = nginx.url.clone();
            tokio::spawn(async move {
                let http = reqwest::Client::builder()
                    .local_address(Some([127, 0, 0, 66].into()))
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .expect("a client");
                let (mut unknown, mut slowed) = (0, 0);
                loop {
                    let guess = backend::Random.code().grouped();
                    let Ok(answer) = http.get(format!("{url}/t/{guess}")).send().await else {
                        return (unknown, slowed);
                    };
                    match answer.status() {
                        StatusCode::NOT_FOUND => unknown += 1,
                        StatusCode::TOO_MANY_REQUESTS => slowed += 1,
                        status => panic!("a guess is answered {status}"),
                    }
                }
            })
        });
        let attackers: Vec<_> = attackers.collect();
        tokio::time::sleep(Duration::from_secs(2)).await;

        let people = (0..PEOPLE).map(async |person| {
            let browser = Browser::at(&nginx.url);
            let begun = Instant::now();
            let email = format!("person-{person}@example.org");
            let answer = browser.redeem(&code, "Grete", &email).await;
            (answer.status(), begun.elapsed())
        });
        for (status, took) in join_all(people).await {
            assert_eq!(status, StatusCode::SEE_OTHER);
            assert!(took < PATIENCE, "{took:?}");
        }
        assert_eq!(world.uses(&caller, token).await, PEOPLE as i64);

        drop(nginx);
        let (mut unknown, mut slowed) = (0, 0);
        for attacker in attackers {
            let (more_unknown, more_slowed) = attacker.await.expect("an attacker");
            unknown += more_unknown;
            slowed += more_slowed;
        }
        println!("{settings:?}: {unknown} guesses were told unknown, {slowed} to wait");
        assert!(slowed > 100, "{slowed}");
        // Four at once, and what is noted down is known half a second later at the latest.
        assert!(unknown < 100, "{unknown}");
        world.end().await;
    }
}
