//! More hits at once than may wait for a commit: anyone who is one too many is told to come again, behind every proxy, and does
//! not reach the site. What waited is counted as soon as there is a commit.

use std::sync::Arc;
use std::time::Duration;

use backend::page_tokens::gate::{Asked, Verdict};
use backend::{Backend, Error};
use domain::page_tokens::credential::Carried;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use tokio::task::JoinSet;

use crate::http::ask;
use crate::proxies::{Proxy, Running, free_port};
use crate::site::Site;
use crate::stage::port_of;
use crate::world::World;

/// As many as may wait for one commit.
const MOST_WAITING: usize = 8192;

/// Asks the gate as a proxy on this machine does; whether the request was let through, and whether it was one too many.
async fn asks(backend: Backend, url: Arc<str>) -> (bool, bool) {
    let asked = Asked {
        proxy: "127.0.0.1".parse().ok(),
        site_secret: None,
        site: None,
        url: url.as_bytes(),
        method: "GET",
        client: None,
        user_agent: "",
        in_headers: Carried::None,
        cookies: Vec::new(),
        request_id: None,
        is_navigation: false,
        is_prefetch: false,
        is_continuation: false,
    };
    match backend.gate().decide(&asked).await {
        Ok(verdict) => (matches!(verdict, Verdict::Allowed(_)), false),
        Err(Error::Fault(fault)) => (false, fault.is_passing()),
        Err(Error::Refused(_)) => (false, false),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_one_too_many_is_told_to_come_again_behind_every_proxy() {
    let world = World::on(database::testing::sqlite().await).await;
    let owner = world.set_up().await;
    let caller = world.caller(&owner).await;
    let tokens = world.backend.page_tokens();
    let site = Site::start().await;
    let mut doors = Vec::new();
    for proxy in Proxy::ALL {
        let Some(program) = proxy.program_or_excuse() else {
            continue;
        };
        let port = free_port();
        let host = format!("127.0.0.1:{port}");
        let form = SiteForm {
            address: format!("http://{host}"),
            trusted_networks: "127.0.0.0/8".into(),
            ..SiteForm::default()
        };
        tokens.add_site(&caller, &form).await.expect("a site");
        let form = PageTokenForm {
            full_url: format!("http://{host}/page"),
            max_hits: "20000".into(),
            ..PageTokenForm::default()
        };
        let (row, link) = tokens.create(&caller, &form).await.expect("a token");
        let running = Running::start(proxy, &program, &[port_of(&world)], site.port, port).await;
        let bearer = format!("Bearer {}", link.token);
        let before = ask(port, &host, "GET", "/page", &[("Authorization", &bearer)]).await;
        assert_eq!(before.status, 200, "{}: {before:?}", proxy.name());
        doors.push((proxy, running, host, bearer, row.id, link.link));
    }
    let Some((.., first, link)) = doors.first() else {
        return;
    };
    site.take();

    // Nothing is committed while somebody else writes.
    let writing = world.backend.database().write().await.expect("the writer");
    let link: Arc<str> = link.as_str().into();
    let mut waiting = JoinSet::new();
    for _ in 0..MOST_WAITING {
        waiting.spawn(asks(world.backend.clone(), Arc::clone(&link)));
    }
    // Until one more is one too many, all that were asked for have come.
    loop {
        let one_more = tokio::time::timeout(
            Duration::from_millis(200),
            asks(world.backend.clone(), Arc::clone(&link)),
        );
        if one_more.await == Ok((false, true)) {
            break;
        }
    }
    for (proxy, running, host, bearer, ..) in &doors {
        let answer = ask(running.port, host, "GET", "/page", &[("Authorization", bearer)]).await;
        assert_eq!(answer.status, 503, "{}: {answer:?}", proxy.name());
        let seconds = answer
            .header("retry-after")
            .and_then(|value| value.parse::<u32>().ok());
        assert!(
            seconds.is_some_and(|seconds| seconds > 0),
            "{}: {answer:?}",
            proxy.name()
        );
        assert_eq!(site.take().len(), 0, "{}: the site was reached", proxy.name());
        println!(
            "{}: too many wait: 503, come again in {seconds:?} s",
            proxy.name()
        );
    }
    drop(writing);

    let mut counted = 0;
    while let Some(one) = waiting.join_next().await {
        counted += i64::from(one.expect("an answer").0);
    }
    let row = tokens.get(&caller, *first).await.expect("a token");
    // Beside them: the one before, and those whose caller waited no longer.
    assert!(row.hits > counted, "{} hits, {counted} answers", row.hits);
    for (proxy, running, host, bearer, ..) in &doors {
        let again = ask(running.port, host, "GET", "/page", &[("Authorization", bearer)]).await;
        assert_eq!(again.status, 200, "{}: {again:?}", proxy.name());
    }
    drop(doors);
    world.end().await;
}
