//! What a stranger might try, and what is to become of it.

use std::time::Duration;

use super::{Answer, Page};
use crate::cli::Error;
use crate::gate::POLICY;

/// A host that is nobody's.
pub(super) const ELSEWHERE: &str = "elsewhere.invalid";

/// Something that is tried.
pub(super) struct Probe {
    pub what: String,
    pub method: &'static str,
    pub target: Option<String>,
    /// Another host than the page's.
    pub host: Option<String>,
    pub headers: String,
    /// What to change where somebody gets past.
    pub advice: &'static str,
}

impl Probe {
    /// A plain request for the page.
    pub fn plain(what: &str, headers: &str) -> Self {
        Self {
            what: what.into(),
            method: "GET",
            target: None,
            host: None,
            headers: headers.into(),
            advice: "The page is shown to somebody without a token: the proxy does not ask the gate for this address.",
        }
    }
}

/// What a stranger might try.
pub(super) fn probes(page: &Page) -> Vec<Probe> {
    let mut probes = vec![Probe::plain("no token", "")];
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
        probes.push(Probe {
            method,
            advice: "The proxy asks the gate for some methods only. Ask for all of them.",
            ..Probe::plain(&format!("method {method}"), "Content-Length: 0\r\n")
        });
    }
    for name in [
        "Remote-User",
        "Remote-Groups",
        "Remote_User",
        "Remote_Groups",
        "REMOTE-USER",
        "Remote-Name",
        "Remote-Email",
        "Remote.Groups",
        "Tokenwright-Token-Id",
        "X-Forwarded-User",
    ] {
        probes.push(Probe {
            advice: "A header that the visitor sent identifies somebody. Remove it before the request goes on.",
            ..Probe::plain(&format!("spoofed {name}"), &format!("{name}: intruder\r\n"))
        });
    }
    for (name, value) in [
        ("X-Original-URL", "http://elsewhere.invalid/"),
        ("X-Original-Method", "HEAD"),
        ("X-Forwarded-Uri", "/elsewhere"),
        ("X-Forwarded-Host", "elsewhere.invalid"),
        ("X-Forwarded-Method", "OPTIONS"),
        ("X-Forwarded-Proto", if page.is_https { "http" } else { "https" }),
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "for=127.0.0.1;host=elsewhere.invalid"),
        ("Tokenwright-Site-Secret", "guess"),
        ("Tokenwright-Site", "http://elsewhere.invalid"),
        ("X-Request-Id", "guess"),
        (
            "Connection",
            "close, Authorization, X-Original-URL, X-Forwarded-Uri",
        ),
    ] {
        probes.push(Probe {
            advice: "A header that the visitor sent changes what the gate is asked. Set it in the proxy instead.",
            ..Probe::plain(&format!("planted {name}"), &format!("{name}: {value}\r\n"))
        });
    }
    let path = &page.path;
    let folder = page.folder();
    let file = path.strip_prefix(folder).unwrap_or_default();
    for target in [
        format!("/{path}"),
        format!("{folder}%2e/{file}"),
        format!("{folder}x/../{file}"),
        format!("{folder}x/%2e%2e/{file}"),
        format!("{folder}x/..%2f{file}"),
        format!("{folder}./{file}"),
        format!("{folder}x/..;/{file}"),
        format!("{path}#"),
        format!(
            "{}://{}{path}",
            if page.is_https { "https" } else { "http" },
            page.host
        ),
    ] {
        probes.push(Probe {
            target: Some(target.clone()),
            advice: "Another spelling of the address gets past the gate. Guard the site as a whole, not single paths.",
            ..Probe::plain(&format!("path {target}"), "")
        });
    }
    probes.push(Probe {
        host: Some(ELSEWHERE.into()),
        advice: "The proxy asks the gate about whichever host a visitor names, so a token for another site may open this one. Let \
                 it take this site's host alone, and say in Tokenwright-Site which site it asks for.",
        ..Probe::plain("another host", "")
    });
    probes.push(Probe {
        advice: "A WebSocket begins without a token: ask the gate before the upgrade.",
        ..Probe::plain("WebSocket", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
    });
    probes.push(Probe {
        advice: "The refusal may be kept by a cache. Hand over the gate's Cache-Control: no-store.",
        ..Probe::plain("caching", "Cache-Control: only-if-cached\r\n")
    });
    probes
}

/// Whether nobody got past.
pub(super) fn judge(probe: &Probe, answer: Result<Answer, Error>) -> Result<String, String> {
    let answer = match answer {
        Ok(answer) => answer,
        // Some proxies hang up on nonsense, and then nothing got past.
        Err(error) if probe.target.is_some() || probe.host.is_some() => {
            return Ok(format!("hung up ({error})"));
        }
        Err(error) => return Err(format!("no answer: {error}")),
    };
    if probe.host.is_some() {
        return match answer.status {
            403 if answer.head.contains(POLICY) => Err(format!("refused by the gate. {}", probe.advice)),
            200..=299 => Ok(format!(
                "answered {} by another site, or so it seems: with --in-place-of it is seen",
                answer.status
            )),
            status => Ok(format!("refused with {status} by the proxy")),
        };
    }
    match answer.status {
        // A proxy that refuses nonsense by itself, or a method that it does not know, lets nobody past.
        400..=499 => {}
        500..=599 => {
            return Err(format!(
                "answered {}: the gate did not answer, or the proxy does not understand it.",
                answer.status
            ));
        }
        // Sent to another spelling, which is asked about in its turn.
        301 | 307 | 308 => return Ok(format!("sent on with {}", answer.status)),
        status => return Err(format!("answered {status}. {}", probe.advice)),
    }
    if probe.what == "caching" && !answer.head.contains("no-store") {
        return Err(probe.advice.into());
    }
    if answer.took > Duration::from_secs(5) {
        return Err(format!(
            "took {} seconds: the gate is far away or busy.",
            answer.took.as_secs()
        ));
    }
    Ok(format!("refused with {}", answer.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(probe: &Probe, status: u16, head: &str) -> Result<String, String> {
        let answer = Answer {
            status,
            head: head.to_owned(),
            cookie: None,
            took: Duration::ZERO,
        };
        judge(probe, Ok(answer))
    }

    #[test]
    fn a_proxy_that_asks_about_any_host_is_found() {
        let page = Page::of("http://shop.test:8080/page").expect("a page");
        let probes = probes(&page);
        let probe = probes.iter().find(|probe| probe.host.is_some()).expect("a probe");
        let found = said(probe, 403, POLICY).expect_err("the gate was asked");
        assert!(found.contains("Tokenwright-Site"), "{found}");
        for (status, head) in [
            (421, ""),
            (404, ""),
            (403, "content-security-policy: another"),
            (200, ""),
        ] {
            said(probe, status, head).expect("it is not this site");
        }
        judge(probe, Err("it hung up".into())).expect("nobody got past");
    }

    #[test]
    fn whoever_gets_past_is_found() {
        let probe = Probe::plain("no token", "");
        for status in [200, 204, 302, 500, 503] {
            assert!(said(&probe, status, "").is_err(), "{status}");
        }
        for status in [400, 401, 403, 404, 405, 421, 308] {
            said(&probe, status, "").expect("nobody got past");
        }
        let caching = Probe::plain("caching", "");
        assert!(said(&caching, 403, "").is_err());
        said(&caching, 403, "cache-control: no-store").expect("no cache keeps it");
    }
}
