//! A server is killed in the middle of 400 requests at a limit of 100: no hit is lost, none is counted twice, and there are
//! never more than 100. With SQLite it is started again; with PostgreSQL two others go on, and nginx asks them what the
//! killed one did not answer, by the same name, so that a hit whose answer was lost is still the same hit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::http::ask;
use crate::process::{Installation, Server};
use crate::proxies::{Proxy, Running, free_port};
use crate::site::Site;

/// Requests, and how many of them may be let in.
const REQUESTS: usize = 400;
const LIMIT: i64 = 100;

/// The site was reached so often when a server is killed.
const IN_THE_MIDDLE: usize = 30;

/// Requests at once: enough that each instant has some of them under way.
const AT_ONCE: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_in_the_middle_loses_no_hit_and_doubles_none() {
    let Some(program) = Proxy::Nginx.program_or_excuse() else {
        return;
    };
    count(&program, Installation::on_sqlite(), 1).await;
    count(&program, Installation::on_postgres().await, 3).await;
}

/// What became of requests.
#[derive(Debug, Default)]
struct Told {
    let_in: i64,
    refused: i64,
    /// Those of which nobody was told anything.
    failed: i64,
}

async fn count(program: &std::path::Path, installation: Installation, servers: usize) {
    let mut gates: Vec<Server> = (0..servers).map(|_| Server::start(&installation)).collect();
    installation.set_up(&gates[0]).await;
    let site = Site::start().await;
    let port = free_port();
    let host = format!("127.0.0.1:{port}");
    installation.add_site(&format!("http://{host}"));
    let token = installation.add_token(&format!("http://{host}/page"), &LIMIT.to_string());
    let ports: Vec<u16> = gates.iter().map(|gate| gate.port).collect();
    let running = Running::start(Proxy::Nginx, program, &ports, site.port, port).await;
    let crowd = Arc::new(Crowd {
        port: running.port,
        host,
        bearer: format!("Bearer {}", token.secret),
        next: AtomicUsize::new(0),
    });

    let asking = tokio::spawn(Arc::clone(&crowd).ask(REQUESTS));
    while site.count() < IN_THE_MIDDLE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let gone = gates.remove(0).kill_and_say_port();
    if servers == 1 {
        gates.push(Server::start_at(&installation, gone));
    }
    let told = asking.await.expect("answers");
    let reached_then = site.count();
    // Anyone who was told nothing comes again, and more: the limit is reached.
    let more = crowd.ask(2 * REQUESTS).await;

    let seen = site.take();
    let numbers: BTreeSet<&str> = seen.iter().flat_map(|seen| seen.values("x-number")).collect();
    let hits = installation.hits(&token);
    println!(
        "{servers} servers, one killed: {told:?}, then {more:?}; the site was reached {} times",
        seen.len()
    );
    assert_eq!(numbers.len(), seen.len(), "no request reached the site twice");
    assert_eq!(hits, LIMIT, "the limit, and not one more");
    assert_eq!(more.failed, 0);
    let reached = i64::try_from(seen.len()).expect("few");
    let lost = hits - reached;
    assert!(
        (0..=told.failed).contains(&lost),
        "{hits} hits, and the site was reached {reached} times: a hit without a visit is one of the {} requests whose \
         answer was lost",
        told.failed
    );
    assert!(told.let_in + more.let_in <= reached);
    assert!(reached_then > IN_THE_MIDDLE || servers == 1, "the others went on");
    if servers > 1 {
        assert_eq!((told.failed, reached), (0, LIMIT), "nginx asked the others");
    }
    drop(running);
    drop(gates);
    installation.run(&["fsck"]);
}

impl Server {
    fn kill_and_say_port(mut self) -> u16 {
        self.kill();
        self.port
    }
}

/// Programs that ask for a page.
struct Crowd {
    port: u16,
    host: String,
    bearer: String,
    next: AtomicUsize,
}

impl Crowd {
    /// Asks until so many requests were made in all.
    async fn ask(self: Arc<Self>, until: usize) -> Told {
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let crowd = Arc::clone(&self);
            asking.spawn(async move { crowd.one_after_the_other(until).await });
        }
        let mut told = Told::default();
        while let Some(one) = asking.join_next().await {
            let one = one.expect("answers");
            told.let_in += one.let_in;
            told.refused += one.refused;
            told.failed += one.failed;
        }
        // Numbers that were drawn and not used are given back.
        self.next.store(until, Ordering::SeqCst);
        told
    }

    async fn one_after_the_other(&self, until: usize) -> Told {
        let mut told = Told::default();
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= until {
                return told;
            }
            let number = number.to_string();
            let headers = [
                ("Authorization", self.bearer.as_str()),
                ("X-Number", number.as_str()),
            ];
            match ask(self.port, &self.host, "GET", "/page", &headers).await.status {
                200 => told.let_in += 1,
                403 => told.refused += 1,
                _ => told.failed += 1,
            }
        }
    }
}
