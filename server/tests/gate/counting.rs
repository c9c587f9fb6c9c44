//! Exactly N of N: 400 requests at once through nginx, three servers on one database, a limit of 100.

use std::sync::Arc;

use backend::keys::KeyRing;
use database::Db;
use database::testing::TestDb;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;

use crate::http::ask;
use crate::proxies::{Proxy, Running, free_port};
use crate::site::Site;
use crate::stage::{Stage, port_of};
use crate::world::World;

/// Requests at once, and how many of them may be let in.
const REQUESTS: usize = 400;
const LIMIT: i64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_of_100_lets_in_100_of_400_at_once_through_nginx() {
    let Some(program) = Proxy::Nginx.program_or_excuse() else {
        return;
    };
    // SQLite has one server; PostgreSQL has three.
    count(&program, database::testing::sqlite().await, 1).await;
    count(&program, database::testing::postgres().await, 3).await;
}

async fn count(program: &std::path::Path, database: TestDb, servers: usize) {
    let keys = KeyRing::for_tests();
    let mut worlds = vec![World::start(database.db.clone(), keys.clone(), &[]).await];
    for _ in 1..servers {
        let db = Db::open(&database.settings).await.expect("opened once more");
        worlds.push(World::start(db, keys.clone(), &[]).await);
    }
    let owner = worlds[0].set_up().await;
    let caller = worlds[0].caller(&owner).await;
    let site = Site::start().await;
    let tokens = worlds[0].backend.page_tokens();

    // One nginx in front of the site asks all servers in turn.
    let port = free_port();
    let host = format!("127.0.0.1:{port}");
    let form = SiteForm {
        address: format!("http://{host}"),
        trusted_networks: "127.0.0.0/8".into(),
        ..SiteForm::default()
    };
    tokens.add_site(&caller, &form).await.expect("a site");
    let gates: Vec<u16> = worlds.iter().map(port_of).collect();
    let proxy = Running::start(Proxy::Nginx, program, &gates, site.port, port).await;
    let form = PageTokenForm {
        full_url: format!("http://{host}/page"),
        max_hits: LIMIT.to_string(),
        groups: "Editors".into(),
        ..PageTokenForm::default()
    };
    let (row, link) = tokens.create(&caller, &form).await.expect("a token");

    let secret = Arc::new(link.token);
    let asks = (0..REQUESTS).map(|_| {
        let (secret, host) = (secret.clone(), host.clone());
        tokio::spawn(async move {
            let bearer = format!("Bearer {secret}");
            ask(port, &host, "GET", "/page", &[("Authorization", &bearer)])
                .await
                .status
        })
    });
    let mut let_in = 0;
    let mut refused = 0;
    for ask in asks.collect::<Vec<_>>() {
        match ask.await.expect("an answer") {
            200 => let_in += 1,
            403 => refused += 1,
            other => panic!("{other} is neither"),
        }
    }
    assert_eq!((let_in, refused), (LIMIT, REQUESTS as i64 - LIMIT));
    let row = tokens.get(&caller, row.id).await.expect("a token");
    assert_eq!((row.hits, site.take().len() as i64), (LIMIT, LIMIT));
    drop(proxy);
    for world in worlds {
        world.end().await;
    }
}

/// Behind `index`, nginx asks twice for one request: that is one hit, since both times it calls the request the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_that_nginx_asks_about_twice_costs_one_hit() {
    let Some(program) = Proxy::Nginx.program_or_excuse() else {
        return;
    };
    let files = tempfile::tempdir().expect("a folder");
    // nginx reads files as somebody else.
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(files.path(), readable).expect("readable");
    std::fs::create_dir(files.path().join("docs")).expect("a folder");
    std::fs::write(files.path().join("docs/first.html"), "the first page").expect("a page");
    let served = format!("root {}; index first.html;", files.path().display());
    for (names_requests, hits) in [(true, 1), (false, 2)] {
        let world = World::on(database::testing::sqlite().await).await;
        let near = |form: &mut SiteForm| form.trusted_networks = "127.0.0.0/8".into();
        let change = |_: &str, text: String| {
            let text = text.replace("proxy_pass http://site;", &served);
            match names_requests {
                true => text,
                false => text.replace("X-Request-Id      $request_id", "X-Request-Id      \"\""),
            }
        };
        let stage = Stage::with(Proxy::Nginx, &program, world, near, change).await;
        let (id, secret) = stage.token("/docs/", |form| form.max_hits = "5".into()).await;
        let bearer = format!("Bearer {secret}");
        let answer = stage.ask("GET", "/docs/", &[("Authorization", &bearer)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "the first page"));
        assert_eq!(stage.hits(id).await, hits, "named: {names_requests}");
        let (world, ..) = stage.apart();
        world.end().await;
    }
}
