//! The gate behind nginx's `auth_request`, against nginx asking an nginx that does nothing: what a decision costs a site.

use std::path::Path;

use super::goal::{Better, Goal};
use super::lemonldap;
use super::load::Load;
use super::programs::{Listening, MEASURED, pinned};
use super::rounds::{Judged, Rounds, Run, Side};
use super::sides::{ALL, Bench, CONNECTIONS};
use crate::Outcome;
use crate::postgres::free_port;
use crate::workspace::{find_program, write};

/// The host that requests name; `bench` registers it as a site.
pub const GUARDED: &str = "gate.bench";

/// Tokens that take turns.
const TOKENS: u64 = 1_000;

/// A limit that no measuring reaches.
const HITS: &str = "100000000";

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    if find_program("nginx").is_none() {
        return Err("The gate is measured behind nginx: please install it.".into());
    }
    lemonldap::ensure()?;
    let unlimited = bench.shelf.pages(TOKENS, "-1", 0)?;
    let limited = bench.shelf.pages(TOKENS, HITS, 0)?;
    let nothing = || ask_nothing(bench, &unlimited, None);
    let rounds = Rounds::of(
        "nginx with auth_request, 64 connections",
        bench.shelf.folder(),
        vec![
            Side::new("a gate that does nothing", nothing),
            Side::new("no limit", || ask(bench, &unlimited, None)),
            Side::new("a limit", || ask(bench, &limited, None)),
            Side::new("LemonLDAP::NG", || ask_lemonldap(bench, &unlimited)),
        ],
    )?;
    let half = rounds.number(|run| run("no limit").rate).value / 2.0;
    let paced = Rounds::of(
        "The same at half the load",
        bench.shelf.folder(),
        vec![
            Side::new("a gate that does nothing", || {
                ask_nothing(bench, &unlimited, Some(half))
            }),
            Side::new("no limit", || ask(bench, &unlimited, Some(half))),
        ],
    )?;
    let p99 = |run: Run| run.latency_us.map_or(f64::NAN, |(_, p99)| p99 as f64);
    let grown = beside_many(bench, &unlimited)?;
    Ok(vec![
        Goal {
            name: "page tokens without a limit, times LemonLDAP::NG",
            judged: Some(rounds.number(|run| run("no limit").rate / run("LemonLDAP::NG").rate)),
            must: 5.0,
            aim: 10.0,
            better: Better::Higher,
        },
        Goal {
            name: "page tokens beside many, times beside none",
            judged: Some(grown),
            must: 0.95,
            aim: 1.0,
            better: Better::Higher,
        },
        Goal {
            name: "page tokens without a limit, times a gate that does nothing",
            judged: Some(rounds.number(|run| run("no limit").rate / run("a gate that does nothing").rate)),
            must: 0.6,
            aim: 0.8,
            better: Better::Higher,
        },
        Goal {
            name: "page tokens with a limit, times a gate that does nothing",
            judged: rounds.judge(|run| run("a limit").rate / run("a gate that does nothing").rate),
            must: 0.3,
            aim: 0.5,
            better: Better::Higher,
        },
        Goal {
            name: "p99 at half the load, times that of a gate that does nothing",
            judged: Some(paced.number(|run| p99(run("no limit")) / p99(run("a gate that does nothing")))),
            must: 3.0,
            aim: 2.0,
            better: Better::Lower,
        },
    ])
}

/// The same tokens in a database that has very many others.
fn beside_many(bench: &Bench<'_>, few: &Path) -> Outcome<Judged> {
    let beside = bench.pages.saturating_sub(TOKENS);
    let many = bench.shelf.pages(TOKENS, "-1", beside)?;
    // Nothing is written that one round could leave to the next, and the copy is large.
    let (few, many) = (bench.shelf.copy(few, "few")?, bench.shelf.copy(&many, "many")?);
    let rounds = Rounds::of(
        &format!("The same in a database with {} page tokens", bench.pages),
        bench.shelf.folder(),
        vec![
            Side::new("few tokens", || ask_in(bench, &few, None)),
            Side::new("many tokens", || ask_in(bench, &many, None)),
        ],
    )?;
    bench.shelf.empty("many")?;
    Ok(rounds.number(|run| run("many tokens").rate / run("few tokens").rate))
}

/// Asks through nginx, which asks Tokenwright.
fn ask(bench: &Bench<'_>, prepared: &Path, rate: Option<f64>) -> Outcome<Run> {
    let folder = bench.shelf.copy(prepared, "server")?;
    ask_in(bench, &folder, rate)
}

/// The same on a database that is worked on.
fn ask_in(bench: &Bench<'_>, folder: &Path, rate: Option<f64>) -> Outcome<Run> {
    let server = bench.server(folder, |_| {})?;
    let nginx = nginx(bench, &Gate::Http(server.address.port()))?;
    load(bench, folder, rate).on(&[nginx], None)
}

/// Asks through nginx, which asks LemonLDAP::NG.
fn ask_lemonldap(bench: &Bench<'_>, tokens: &Path) -> Outcome<Run> {
    let handler = lemonldap::start()?;
    let gate = Gate::Lemonldap {
        port: handler.server.address.port(),
        session: handler.session.clone(),
    };
    let nginx = nginx(bench, &gate)?;
    load(bench, tokens, None).on(&[nginx], None)
}

/// Asks through nginx, which asks an nginx that says yes to everything.
fn ask_nothing(bench: &Bench<'_>, tokens: &Path, rate: Option<f64>) -> Outcome<Run> {
    let nginx = nginx(bench, &Gate::Nothing)?;
    load(bench, tokens, rate).on(&[nginx], None)
}

fn load<'l>(bench: &'l Bench<'_>, tokens: &'l Path, rate: Option<f64>) -> Load<'l> {
    Load {
        programs: bench.programs,
        what: "gate",
        codes: tokens,
        spread: ALL,
        connections: CONNECTIONS,
        seconds: bench.seconds,
        rate,
        zipf: false,
    }
}

/// What nginx asks.
enum Gate {
    /// An nginx that says yes to everything.
    Nothing,
    /// A gate that speaks HTTP, at this port.
    Http(u16),
    /// LemonLDAP::NG's FastCGI server, with a session.
    Lemonldap {
        /// Its port.
        port: u16,
        /// The session that each request has.
        session: String,
    },
}

fn nginx(bench: &Bench<'_>, gate: &Gate) -> Outcome<Listening> {
    let folder = bench.shelf.empty("nginx")?;
    let nginx = find_program("nginx").ok_or("nginx is missing.")?;
    let site = free_port()?;
    let nothing = free_port()?;
    Listening::start(|address| {
        let text = configuration(address.port(), site, nothing, gate);
        write(&folder.join("nginx.conf"), text.as_bytes())?;
        let mut serve = pinned(MEASURED, &nginx)?;
        serve
            .arg("-p")
            .arg(&folder)
            .args(["-c", "nginx.conf", "-g", "daemon off;"]);
        Ok(serve)
    })
}

/// How a gate that speaks HTTP is asked.
const OVER_HTTP: &str = r#"proxy_pass http://gate/gate/nginx;
            proxy_pass_request_body off;
            proxy_http_version 1.1;
            proxy_set_header Content-Length    "";
            proxy_set_header Connection        "";
            proxy_set_header X-Original-URL    http://gate.bench$request_uri;
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Request-Id      $request_id;
            proxy_set_header X-Forwarded-For   $remote_addr;"#;

/// What `docs/gate/nginx.conf` does, without what only matters where there are visitors.
fn configuration(visitors: u16, site: u16, nothing: u16, gate: &Gate) -> String {
    let (port, asks) = match gate {
        Gate::Nothing => (nothing, OVER_HTTP.to_owned()),
        Gate::Http(port) => (*port, OVER_HTTP.to_owned()),
        Gate::Lemonldap { port, session } => (
            *port,
            format!(
                r#"include /etc/nginx/fastcgi_params;
            fastcgi_pass gate;
            fastcgi_pass_request_body off;
            fastcgi_param CONTENT_LENGTH "";
            fastcgi_param HTTP_HOST {GUARDED};
            fastcgi_param HTTP_COOKIE "lemonldap={session}";
            fastcgi_param X_ORIGINAL_URI $request_uri;"#
            ),
        ),
    };
    format!(
        r#"worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    upstream gate {{ server 127.0.0.1:{port}; keepalive 128; keepalive_requests 1000000000; }}
    upstream site {{ server 127.0.0.1:{site}; keepalive 128; keepalive_requests 1000000000; }}
    server {{ listen 127.0.0.1:{site}; location / {{ return 200 "hello\n"; }} }}
    server {{ listen 127.0.0.1:{nothing}; location / {{ return 204; }} }}
    server {{
        listen 127.0.0.1:{visitors};
        location / {{
            auth_request /_gate;
            auth_request_set $tw_user   $upstream_http_remote_user;
            auth_request_set $tw_groups $upstream_http_remote_groups;
            auth_request_set $tw_name   $upstream_http_remote_name;
            auth_request_set $tw_email  $upstream_http_remote_email;
            auth_request_set $tw_token  $upstream_http_tokenwright_token_id;
            proxy_set_header Remote-User          $tw_user;
            proxy_set_header Remote-Groups        $tw_groups;
            proxy_set_header Remote-Name          $tw_name;
            proxy_set_header Remote-Email         $tw_email;
            proxy_set_header Tokenwright-Token-Id $tw_token;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://site;
        }}
        location = /_gate {{
            internal;
            {asks}
        }}
    }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_differ_in_the_gate_alone() {
        let ours = configuration(1, 2, 3, &Gate::Http(4));
        let nothing = configuration(1, 2, 3, &Gate::Nothing);
        assert!(OVER_HTTP.contains(GUARDED));
        let different = ours
            .lines()
            .zip(nothing.lines())
            .filter(|(one, other)| one != other);
        assert_eq!(different.count(), 1);
    }
}
