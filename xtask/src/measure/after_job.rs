//! What a server still holds in memory after a job has made 100,000 codes: the owner of a prepared database signs in and asks
//! for them, as a program would.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{CODES, MEMORY_AFTER_JOB, resident};
use crate::Outcome;

/// The owner, as `use_cases prepare` makes them.
const OWNER: &str = "email=ada%40example.org&password=correct+horse+battery";

/// How long the job may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long the server may keep what it needed no more.
const SOON: Duration = Duration::from_secs(15);

/// Has a job make the codes, and returns the resident memory when it is no more than [`MEMORY_AFTER_JOB`], or [`SOON`] after the job's end.
/// Meanwhile the server is asked for its health, as by those who watch it: its allocator gives memory back when it is at work.
pub fn measure(address: &str, process: u32) -> Outcome<Option<u64>> {
    let session = sign_in(address)?;
    let ask = |method: &str, path: &str, body: &str| {
        let head = format!("Cookie: {session}\r\nContent-Type: application/json\r\n");
        json_of(&send(address, method, path, &head, body)?)
    };
    let collections = ask("GET", "/api/v1/collections", "")?;
    let wanted = json!({
        "name": "Made by a job",
        "type": "multi",
        "number_of_tokens": CODES.parse::<u32>().unwrap_or_default(),
        "collection_id": collections["data"][0]["id"],
    });
    let made = ask("POST", "/api/v1/access-tokens", &wanted.to_string())?;
    let Some(token) = made["id"].as_str() else {
        return Err(format!("The codes were not asked for: {made}."));
    };
    if made["job"].is_null() {
        return Err("The codes were made without a job.".into());
    }
    let begun = Instant::now();
    while !ask("GET", &format!("/api/v1/access-tokens/{token}"), "")?["job"].is_null() {
        if begun.elapsed() > PATIENCE {
            return Err("The job did not end.".into());
        }
        sleep(Duration::from_millis(100));
    }
    let ended = Instant::now();
    loop {
        let memory = resident(process);
        if memory.is_none_or(|memory| memory <= MEMORY_AFTER_JOB) || ended.elapsed() > SOON {
            return Ok(memory);
        }
        send(address, "GET", "/healthz", "", "")?;
        sleep(Duration::from_millis(250));
    }
}

/// The cookie of a new session.
fn sign_in(address: &str) -> Outcome<String> {
    let head = "Content-Type: application/x-www-form-urlencoded\r\n";
    let answer = send(address, "POST", "/sign-in", head, OWNER)?;
    let cookie = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_session = name.eq_ignore_ascii_case("set-cookie") && value.starts_with("tokenwright=");
        is_session.then(|| value.split(';').next().unwrap_or_default().to_owned())
    });
    cookie.ok_or_else(|| {
        format!(
            "The owner could not sign in: {}.",
            answer.lines().next().unwrap_or_default()
        )
    })
}

/// One request of this site's own page, and the whole answer.
fn send(address: &str, method: &str, path: &str, head: &str, body: &str) -> Outcome<String> {
    let ask = || -> std::io::Result<String> {
        let mut connection = TcpStream::connect(address)?;
        connection.set_read_timeout(Some(Duration::from_secs(20)))?;
        let length = body.len();
        write!(
            connection,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Length: {length}\r\n{head}\r\n{body}"
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().map_err(|error| format!("{method} {path} was not answered: {error}."))
}

/// The body of an answer.
fn json_of(answer: &str) -> Outcome<Value> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    serde_json::from_str(body).map_err(|_| {
        format!(
            "That is no JSON, but {}.",
            head.lines().next().unwrap_or_default()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_stands_behind_its_head() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"job\":null}";
        assert!(json_of(answer).unwrap()["job"].is_null());
        assert!(
            json_of("HTTP/1.1 404 Not Found\r\n\r\n<p>")
                .unwrap_err()
                .contains("404")
        );
    }
}
