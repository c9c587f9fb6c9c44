//! `tokenwright gate doctor`: requests that try to get past the gate, through the real proxy, and what to change where
//! one does. They carry no token, so every one of them has to be refused, and nothing is spent.
//!
//! What a site gets of those who are let in can only be seen from its place ([`in_place`]): for that the doctor needs a
//! token, and the site's address. What becomes of visitors when the gate does not answer can only be seen from the gate's
//! place ([`without_gate`]).

mod connection;
mod in_place;
mod probes;
mod without_gate;

use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::in_place::InPlace;
use self::probes::{Probe, judge, probes};
use self::without_gate::WithoutGate;
use crate::cli::Error;

/// How long a proxy may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The most of an answer that is read.
const MOST: usize = 64 * 1024;

/// What is checked besides the page itself.
pub struct Besides<'a> {
    /// The site's own address, which must not be reached directly.
    pub back_end: Option<&'a str>,
    /// The address that the doctor takes the site's place at.
    pub in_place_of: Option<&'a str>,
    /// A token that opens the page, for what is seen from there.
    pub token: Option<&'a str>,
    /// The address that the doctor takes the gate's place at.
    pub in_place_of_gate: Option<&'a str>,
    /// Whether the site's certificate is taken, whoever signed it.
    pub any_certificate: bool,
}

/// Checks a page; ends with 1 when something gets past the gate.
pub async fn run(url: &str, besides: Besides<'_>) -> Result<ExitCode, Error> {
    let mut page = Page::of(url)?;
    page.any_certificate = besides.any_certificate;
    if let Some(address) = besides.in_place_of_gate {
        let found = WithoutGate::of(address).await?.look(&page).await;
        let mut findings = 0;
        for (what, verdict) in found {
            say(&mut findings, &what, verdict);
        }
        return Ok(conclusion(findings));
    }
    let in_place = match (besides.in_place_of, besides.token) {
        (Some(address), Some(token)) => Some((InPlace::of(address).await?, token)),
        (Some(_), None) => {
            return Err(
                "Give a token that opens the page, in the variable TOKENWRIGHT_PAGE_TOKEN: each check spends a hit of it."
                    .into(),
            );
        }
        (None, _) => None,
    };
    let mut findings = 0;
    for probe in probes(&page) {
        if let Some((in_place, _)) = &in_place {
            in_place.forget();
        }
        let mut verdict = judge(&probe, ask(&page, &probe).await);
        if let Some((in_place, _)) = &in_place {
            verdict = verdict.and_then(|said| in_place.nothing_came().map(|()| said));
        }
        say(&mut findings, &probe.what, verdict);
    }
    if let Some((in_place, token)) = &in_place {
        for (what, verdict) in in_place.look(&page, token).await {
            say(&mut findings, &what, verdict);
        }
    }
    if let Some(back_end) = besides.back_end {
        say(&mut findings, "direct access", direct_access(back_end).await?);
    }
    Ok(conclusion(findings))
}

fn say(findings: &mut usize, what: &str, verdict: Result<String, String>) {
    *findings += usize::from(verdict.is_err());
    match verdict {
        Ok(said) => println!("ok    {what}: {said}"),
        Err(advice) => println!("WRONG {what}: {advice}"),
    }
}

fn conclusion(findings: usize) -> ExitCode {
    if findings == 0 {
        println!("Nothing got past the gate.");
        return ExitCode::SUCCESS;
    }
    println!(
        "{findings} of the checks found something to change; docs/gate has a configuration for each proxy."
    );
    ExitCode::FAILURE
}

/// Whether the site can be reached without its proxy.
async fn direct_access(back_end: &str) -> Result<Result<String, String>, Error> {
    let address = if back_end.contains("://") { "" } else { "http://" };
    let direct = Page::of(&format!("{address}{back_end}"))?;
    Ok(match ask(&direct, &Probe::plain("direct access", "")).await {
        Err(_) => Ok(format!("{back_end} cannot be reached from here")),
        Ok(answer) if answer.status == 403 || answer.status == 401 => Ok("it refuses by itself".into()),
        Ok(answer) => Err(format!(
            "{back_end} answers {} without the proxy. Let it listen for the proxy alone.",
            answer.status
        )),
    })
}

/// The page that is checked.
struct Page {
    is_https: bool,
    any_certificate: bool,
    host: String,
    address: String,
    path: String,
}

impl Page {
    fn of(url: &str) -> Result<Self, Error> {
        let (is_https, rest) = match url.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            _ => return Err("Name the page as visitors do, such as https://shop.example.org/page.".into()),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = match (has_port, is_https) {
            (true, _) => "",
            (false, false) => ":80",
            (false, true) => ":443",
        };
        Ok(Self {
            is_https,
            any_certificate: false,
            host: host.to_owned(),
            address: format!("{host}{port}"),
            path: if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            },
        })
    }

    /// The host without its port.
    fn name(&self) -> &str {
        match self.host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => &self.host,
        }
    }

    fn folder(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or("/");
        &path[..=path.rfind('/').unwrap_or(0)]
    }
}

/// What came back.
struct Answer {
    status: u16,
    /// The head in lower case.
    head: String,
    /// The value of `Set-Cookie`, if there is one.
    cookie: Option<String>,
    took: Duration,
}

async fn ask(page: &Page, probe: &Probe) -> Result<Answer, Error> {
    ask_within(PATIENCE, page, probe).await
}

async fn ask_within(patience: Duration, page: &Page, probe: &Probe) -> Result<Answer, Error> {
    let began = std::time::Instant::now();
    let target = probe.target.as_deref().unwrap_or(&page.path);
    let closes = if probe.headers.contains("Connection:") {
        ""
    } else {
        "Connection: close\r\n"
    };
    let request = format!(
        "{} {target} HTTP/1.1\r\nHost: {}\r\n{closes}{}\r\n",
        probe.method,
        probe.host.as_deref().unwrap_or(&page.host),
        probe.headers
    );
    let exchange = async {
        let mut stream = connection::connect(page).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut read = Vec::new();
        let mut piece = [0; 4096];
        while read.len() < MOST && !read.windows(4).any(|four| four == b"\r\n\r\n") {
            match stream.read(&mut piece).await? {
                0 => break,
                length => read.extend_from_slice(&piece[..length]),
            }
        }
        Ok::<_, std::io::Error>(read)
    };
    let read = tokio::time::timeout(patience, exchange).await??;
    let text = String::from_utf8_lossy(&read);
    let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let cookie = lines.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    Ok(Answer {
        cookie: cookie.map(|(_, value)| value.trim().to_owned()),
        status: status.ok_or("no HTTP answer")?,
        head: head.to_ascii_lowercase(),
        took: began.elapsed(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody who answers everything with a status; says where.
    async fn somebody(status: &'static str) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut piece = [0; 4096];
                let _ = stream.read(&mut piece).await;
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address.to_string()
    }

    #[test]
    fn a_page_is_named_as_visitors_do() {
        for (url, is_https, name, address, path) in [
            (
                "http://shop.test:8080/a/b?c",
                false,
                "shop.test",
                "shop.test:8080",
                "/a/b?c",
            ),
            ("http://shop.test", false, "shop.test", "shop.test:80", "/"),
            ("https://shop.test?x", true, "shop.test", "shop.test:443", "/?x"),
            ("https://[::1]/", true, "[::1]", "[::1]:443", "/"),
        ] {
            let page = Page::of(url).expect(url);
            let found = (
                page.is_https,
                page.name(),
                page.address.as_str(),
                page.path.as_str(),
            );
            assert_eq!(found, (is_https, name, address, path), "{url}");
        }
        for url in ["shop.test", "ftp://shop.test/", ""] {
            assert!(Page::of(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_site_that_answers_without_its_proxy_is_found() {
        let direct = async |back_end: &str| direct_access(back_end).await.expect("it is asked");
        for status in ["200 OK", "302 Found", "404 Not Found"] {
            let said = direct(&somebody(status).await).await.expect_err(status);
            assert!(said.contains("Let it listen for the proxy alone"), "{said}");
        }
        for status in ["403 Forbidden", "401 Unauthorized"] {
            direct(&somebody(status).await).await.expect(status);
        }
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let closed = format!("http://{}/", nobody.local_addr().expect("an address"));
        drop(nobody);
        direct(&closed).await.expect("nobody listens there");
    }
}
