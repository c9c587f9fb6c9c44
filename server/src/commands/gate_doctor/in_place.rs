//! The doctor in the place of the site: it listens where the proxy sends what was let through, and looks at what comes.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{MOST, Page, Probe, ask};
use crate::cli::Error;

/// What identifies somebody to a site, or Tokenwright to itself.
const OURS: [&str; 10] = [
    "remote-user",
    "remote-groups",
    "remote-name",
    "remote-email",
    "tokenwright-token-id",
    "tokenwright-assertion",
    "tokenwright-site",
    "tokenwright-site-secret",
    "x-forwarded-user",
    "x-forwarded-groups",
];

/// What a visitor writes into a header that is not theirs.
const INTRUDER: &str = "intruder";

/// Listens in the place of the site.
pub struct InPlace {
    heads: Arc<Mutex<Vec<Head>>>,
}

/// The head of a request that came through.
#[derive(Debug, Clone)]
pub(super) struct Head(Vec<(String, String)>);

impl Head {
    pub(super) fn parse(text: &str) -> Self {
        let lines = text.lines().skip(1);
        Self(
            lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect(),
        )
    }

    /// All values of a header as a careless site reads it: in any case, with anything for `-`.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let folded = |own: &str| {
            own.to_ascii_lowercase()
                .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        };
        self.0
            .iter()
            .filter(|(own, _)| folded(own) == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

impl InPlace {
    /// Listens at the site's address, which must be free.
    pub async fn of(address: &str) -> Result<Self, Error> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("{address} is not free ({error}): stop the site first."))?;
        let heads: Arc<Mutex<Vec<Head>>> = Arc::default();
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&seen)));
            }
        });
        Ok(Self { heads })
    }

    fn take(&self) -> Vec<Head> {
        std::mem::take(&mut *self.heads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what came so far.
    pub fn forget(&self) {
        self.take();
    }

    /// Whether something came through that nobody let in.
    pub fn nothing_came(&self) -> Result<(), String> {
        match self.take().len() {
            0 => Ok(()),
            _ => Err("The request reached the site although it was refused.".into()),
        }
    }

    /// Asks with a token, and looks at what the site gets: what it is told, and what visitors told it.
    pub async fn look(&self, page: &Page, token: &str) -> Vec<(String, Result<String, String>)> {
        let mut found = Vec::new();
        for spoofed in [
            "",
            "Remote-User",
            "Remote-Groups",
            "Remote-Name",
            "Remote-Email",
            "Remote_User",
            "Remote_Groups",
            "REMOTE-USER",
            "remote_GROUPS",
            "Remote.User",
            "Remote.Groups",
            "Remote~Groups",
            "X-Forwarded-User",
            "X_Forwarded_Groups",
            "Tokenwright-Token-Id",
            "Tokenwright_Token_Id",
            "Tokenwright-Assertion",
            "Tokenwright-Token_Id",
            "Tokenwright.Token.Id",
            "Tokenwright-Site",
            "Tokenwright-Site-Secret",
        ] {
            let what = match spoofed {
                "" => "with a token".to_owned(),
                name => format!("with a token and a spoofed {name}"),
            };
            let header = match spoofed {
                "" => String::new(),
                name => format!("{name}: {INTRUDER}\r\n"),
            };
            found.push((what, self.let_in(page, token, &header).await));
        }
        let listed = "Connection: close, Remote-Groups, Remote-User, Tokenwright-Token-Id\r\n";
        let what = "with a token and our headers listed by Connection".to_owned();
        found.push((what, self.is_told_all_the_same(page, token, listed).await));
        found.push(("caching of decisions".into(), self.is_asked_again(page).await));
        found.push(("exchange".into(), self.exchanges(page, token).await));
        found
    }

    /// Whether somebody without a token is refused right after somebody with one was let in.
    async fn is_asked_again(&self, page: &Page) -> Result<String, String> {
        let answer = ask(page, &Probe::plain("caching of decisions", "")).await;
        let status = answer.map_err(|error| format!("no answer: {error}"))?.status;
        match (status, self.take().len()) {
            (400..=499, 0) => Ok(format!("refused with {status} right after somebody was let in")),
            _ => Err(format!(
                "answered {status} to a visitor without a token, right after one with a token was let in: the proxy keeps \
                 the gate's decisions, or the page. A decision is for one request: turn that cache off."
            )),
        }
    }

    /// Whether nobody gets in without the site being told who it is, though the visitor asks the proxy to drop that.
    async fn is_told_all_the_same(&self, page: &Page, token: &str, listed: &str) -> Result<String, String> {
        self.forget();
        let headers = format!("Authorization: Bearer {token}\r\n{listed}");
        let answer = ask(page, &Probe::plain("listed by Connection", &headers)).await;
        let status = answer.map_err(|error| format!("no answer: {error}"))?.status;
        match self.take().as_slice() {
            [head] => judge(head),
            [] if (400..500).contains(&status) => Ok(format!("refused with {status}")),
            heads => Err(format!(
                "answered {status}, and the site was reached {} times.",
                heads.len()
            )),
        }
    }

    /// Whether a browser's token becomes a cookie, and the cookie opens the page.
    async fn exchanges(&self, page: &Page, token: &str) -> Result<String, String> {
        const BROWSER: &str = "Sec-Fetch-Mode: navigate\r\nAccept: text/html\r\nUser-Agent: gate-doctor\r\n";
        let failed = |error: Error| format!("no answer: {error}");
        self.forget();
        let joint = if page.path.contains('?') { '&' } else { '?' };
        let probe = Probe {
            target: Some(format!("{}{joint}TOKEN={token}", page.path)),
            ..Probe::plain("exchange", BROWSER)
        };
        let answer = ask(page, &probe).await.map_err(failed)?;
        let cookie = match (answer.status, answer.cookie) {
            (303, Some(cookie)) => cookie,
            (403, _) => {
                return Ok(
                    "not seen: the site calls the token otherwise, or the token asks before a hit is spent"
                        .into(),
                );
            }
            (status, _) => {
                return Err(format!(
                    "a browser that comes with its token is answered {status} instead of being sent to the same address without \
                     it, with a cookie. Hand over the gate's Location and Set-Cookie."
                ));
            }
        };
        if answer.head.contains(&token.to_ascii_lowercase()) {
            return Err("a browser is sent to an address with its token in it.".into());
        }
        let is_bound = cookie.starts_with("__Host-") && cookie.contains("; Secure");
        if page.is_https && !is_bound {
            return Err(format!(
                "visitors use TLS, and the cookie {} is not bound to it: the proxy asks for a site with http. Register the site \
                 with https, and let the proxy say so.",
                cookie.split('=').next().unwrap_or_default()
            ));
        }
        let kept = cookie.split(';').next().unwrap_or_default();
        let back = Probe::plain("exchange", &format!("{BROWSER}Cookie: {kept}\r\n"));
        let status = ask(page, &back).await.map_err(failed)?.status;
        match (status, self.take().as_slice()) {
            (200, [head]) => {
                judge(head).map(|_| "a browser loses its token, and its cookie opens the page".into())
            }
            _ => Err(format!(
                "the cookie does not open the page: answered {status}. Hand over Cookie to the gate."
            )),
        }
    }

    async fn let_in(&self, page: &Page, token: &str, spoofed: &str) -> Result<String, String> {
        self.forget();
        let headers = format!("Authorization: Bearer {token}\r\n{spoofed}");
        let answer = ask(page, &Probe::plain("with a token", &headers)).await;
        let status = answer.map_err(|error| format!("no answer: {error}"))?.status;
        if status != 200 {
            return Err(format!(
                "answered {status}: the token does not open this page, or the proxy asks about another address. Paste \
                 the page with its token under \u{201c}Why was this refused?\u{201d}."
            ));
        }
        match self.take().as_slice() {
            [head] => judge(head),
            [] => {
                Err("the page came from elsewhere: the proxy does not send requests to this address.".into())
            }
            heads => Err(format!("one request reached the site {} times.", heads.len())),
        }
    }
}

/// Whether a site is told what it is to be told, once, and by nobody else.
fn judge(head: &Head) -> Result<String, String> {
    for name in OURS {
        if head.values(name).iter().any(|value| value.contains(INTRUDER)) {
            return Err(format!(
                "the site got {name} as the visitor sent it. Remove it before the request goes on, with `-`, with `_` and with `.`."
            ));
        }
    }
    for name in ["remote-user", "tokenwright-token-id"] {
        match head.values(name).as_slice() {
            [one] if !one.is_empty() => {}
            [] | [_] => {
                return Err(format!(
                    "the site does not get {name}: hand over every header of the gate's answer."
                ));
            }
            _ => return Err(format!("the site gets {name} more than once.")),
        }
    }
    for name in ["remote-groups", "remote-name", "remote-email"] {
        let values = head.values(name);
        if values.len() > 1 {
            return Err(format!("the site gets {name} more than once."));
        }
        if values
            .iter()
            .any(|value| value.contains(['{', '$', '%']) && value.contains("http"))
        {
            return Err(format!("{name} is the proxy's own template and no value."));
        }
    }
    if !head.values("tokenwright-site-secret").is_empty() {
        return Err(
            "the site gets the secret with which the proxy asks the gate. Send it to the gate alone.".into(),
        );
    }
    Ok("the site is told who it is, and nothing else".into())
}

async fn answer(mut stream: TcpStream, heads: Arc<Mutex<Vec<Head>>>) -> std::io::Result<()> {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while read.len() < MOST && !read.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).await? {
            // A connection that a proxy opens to see whether somebody is there.
            0 => return Ok(()),
            length => read.extend_from_slice(&piece[..length]),
        }
    }
    let head = Head::parse(&String::from_utf8_lossy(&read));
    heads.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: close\r\n\r\ndoctor\n";
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &str) -> Head {
        Head::parse(&format!("GET / HTTP/1.1\r\n{lines}"))
    }

    #[test]
    fn what_a_site_is_told_is_judged() {
        let good = "Remote-User: page-token-1\r\nRemote-Groups: Editors\r\nTokenwright-Token-Id: 1\r\n";
        assert!(judge(&head(good)).is_ok());
        for (more, why) in [
            ("remote_groups: intruder\r\n", "as the visitor sent it"),
            ("Remote.Groups: intruder\r\n", "as the visitor sent it"),
            ("x_forwarded_user: intruder\r\n", "as the visitor sent it"),
            ("REMOTE-USER: someone\r\n", "more than once"),
            ("Tokenwright-Site-Secret: s\r\n", "Send it to the gate alone"),
            (
                "Remote-Name: {http.reverse_proxy.header.Remote-Name}\r\n",
                "template",
            ),
        ] {
            let said = judge(&head(&format!("{good}{more}"))).expect_err(more);
            assert!(said.contains(why), "{said}");
        }
        let missing = judge(&head("Remote-User: page-token-1\r\n")).expect_err("a missing header");
        assert!(missing.contains("tokenwright-token-id"), "{missing}");
    }
}
