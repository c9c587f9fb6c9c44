//! The gate behind nginx's `auth_request`, against nginx asking an nginx that does nothing: what a decision costs a site.

use std::path::{Path, PathBuf};

use super::goal::{Better, Goal};
use super::load::Load;
use super::programs::{Listening, MEASURED, found_out, pinned};
use super::rounds::{Rounds, Run, Side};
use super::sides::{ALL, Bench, CONNECTIONS};
use crate::Outcome;
use crate::postgres::free_port;
use crate::process::program;
use crate::workspace::{find_program, write};

/// The host that requests name; `bench` registers it as a site.
const GUARDED: &str = "gate.bench";

/// Tokens that take turns.
const TOKENS: &str = "1000";

/// A limit that no measuring reaches.
const HITS: &str = "100000000";

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    if find_program("nginx").is_none() {
        return Err("The gate is measured behind nginx: please install it.".into());
    }
    let unlimited = pages(bench, "pages", "-1")?;
    let limited = pages(bench, "pages-limited", HITS)?;
    let nothing = || ask_nothing(bench, &unlimited, None);
    let rounds = Rounds::of(
        "nginx with auth_request, 64 connections",
        bench.shelf.folder(),
        vec![
            Side::new("a gate that does nothing", nothing),
            Side::new("no limit", || ask(bench, &unlimited, None)),
            Side::new("a limit", || ask(bench, &limited, None)),
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
    Ok(vec![
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

/// A database with a guarded site and tokens for one page of it.
fn pages(bench: &Bench<'_>, name: &str, max_hits: &str) -> Outcome<PathBuf> {
    let folder = bench.shelf.empty(name)?;
    let mut prepare = program(bench.programs.of_bench("use_cases"));
    prepare
        .arg("prepare-pages")
        .arg(&folder)
        .args([TOKENS, "--max-hits", max_hits]);
    found_out(&mut prepare)?;
    Ok(folder)
}

/// Asks through nginx, which asks Tokenwright.
fn ask(bench: &Bench<'_>, prepared: &Path, rate: Option<f64>) -> Outcome<Run> {
    let folder = bench.shelf.copy(prepared, "server")?;
    let server = bench.server(&folder, |_| {})?;
    let nginx = nginx(bench, Some(server.address.port()))?;
    load(bench, &folder, rate).on(&[nginx], None)
}

/// Asks through nginx, which asks an nginx that says yes to everything.
fn ask_nothing(bench: &Bench<'_>, tokens: &Path, rate: Option<f64>) -> Outcome<Run> {
    let nginx = nginx(bench, None)?;
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

fn nginx(bench: &Bench<'_>, gate: Option<u16>) -> Outcome<Listening> {
    let folder = bench.shelf.empty("nginx")?;
    let nginx = find_program("nginx").ok_or("nginx is missing.")?;
    let site = free_port()?;
    let nothing = free_port()?;
    Listening::start(|address| {
        let text = configuration(address.port(), site, nothing, gate.unwrap_or(nothing));
        write(&folder.join("nginx.conf"), text.as_bytes())?;
        let mut serve = pinned(MEASURED, &nginx)?;
        serve
            .arg("-p")
            .arg(&folder)
            .args(["-c", "nginx.conf", "-g", "daemon off;"]);
        Ok(serve)
    })
}

/// What `docs/gate/nginx.conf` does, without what only matters where there are visitors.
fn configuration(visitors: u16, site: u16, nothing: u16, gate: u16) -> String {
    format!(
        r#"worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    upstream gate {{ server 127.0.0.1:{gate}; keepalive 128; keepalive_requests 1000000000; }}
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
            proxy_pass http://gate/gate/nginx;
            proxy_pass_request_body off;
            proxy_http_version 1.1;
            proxy_set_header Content-Length    "";
            proxy_set_header Connection        "";
            proxy_set_header X-Original-URL    http://{GUARDED}$request_uri;
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Request-Id      $request_id;
            proxy_set_header X-Forwarded-For   $remote_addr;
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
        let ours = configuration(1, 2, 3, 4);
        let nothing = configuration(1, 2, 3, 3);
        let different = ours
            .lines()
            .zip(nothing.lines())
            .filter(|(one, other)| one != other);
        assert_eq!(different.count(), 1);
    }
}
