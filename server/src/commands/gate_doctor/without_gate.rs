//! The doctor in the place of the gate: it hangs, hangs up and fails, and looks at whether anybody is let in then, and how
//! long visitors wait. And it looks at what it is asked: a proxy says by itself which site it asks for and where a visitor is,
//! whatever the visitor says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::in_place::Head;
use super::probes::ELSEWHERE;
use super::{MOST, Page, Probe, ask_within};
use crate::cli::Error;

/// How long a proxy may wait for a gate that hangs. Traefik waits for thirty seconds, and takes no other number.
const LONGEST: Duration = Duration::from_secs(40);

/// Where a visitor says to be.
const PLANTED: &str = "203.0.113.77";

/// What becomes of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    HangsUp,
    Fails,
    Hangs,
}

impl Trouble {
    /// The shortest first.
    const ALL: [Self; 3] = [Self::HangsUp, Self::Fails, Self::Hangs];

    fn told(self) -> &'static str {
        match self {
            Self::HangsUp => "time-outs: the gate hangs up",
            Self::Fails => "time-outs: the gate answers 500",
            Self::Hangs => "time-outs: the gate hangs",
        }
    }
}

/// Listens in the place of the gate.
pub struct WithoutGate {
    trouble: Arc<Mutex<Trouble>>,
    asked: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<Head>>>,
}

impl WithoutGate {
    /// Listens at the gate's address, which must be free.
    pub async fn of(address: &str) -> Result<Self, Error> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("{address} is not free ({error}): stop Tokenwright first."))?;
        let trouble = Arc::new(Mutex::new(Trouble::HangsUp));
        let asked = Arc::<AtomicUsize>::default();
        let heads = Arc::<Mutex<Vec<Head>>>::default();
        let gate = Self {
            trouble: Arc::clone(&trouble),
            asked: Arc::clone(&asked),
            heads: Arc::clone(&heads),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let trouble = *trouble.lock().unwrap_or_else(PoisonError::into_inner);
                tokio::spawn(answer(stream, trouble, Arc::clone(&asked), Arc::clone(&heads)));
            }
        });
        Ok(gate)
    }

    /// Asks for the page in every trouble.
    pub async fn look(&self, page: &Page) -> Vec<(String, Result<String, String>)> {
        let mut found = Vec::new();
        for trouble in Trouble::ALL {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
            self.asked.store(0, Ordering::Relaxed);
            let answer = ask_within(LONGEST, page, &Probe::plain(trouble.told(), "")).await;
            let verdict = match answer {
                Ok(answer) if !matches!(answer.status, 403 | 500..=599) => Err(format!(
                    "answered {}: somebody is let in while the gate does not answer. Refuse then, as the configurations \
                     in docs/gate do.",
                    answer.status
                )),
                _ if self.asked.load(Ordering::Relaxed) == 0 => {
                    Err("nobody asked here: the proxy asks a gate at another address.".into())
                }
                Ok(answer) => Ok(format!(
                    "refused with {} after {} s",
                    answer.status,
                    answer.took.as_secs()
                )),
                Err(error) if trouble == Trouble::Hangs => Err(format!(
                    "no answer within {} seconds ({error}): visitors wait as long as the gate hangs. Give the proxy a \
                     time-out for it.",
                    LONGEST.as_secs()
                )),
                Err(error) => Ok(format!("hung up ({error})")),
            };
            found.push((trouble.told().to_owned(), verdict));
        }
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Trouble::HangsUp;
        found.push(("questions: the site".into(), self.names_its_site(page).await));
        found.push((
            "questions: where visitors are".into(),
            self.names_the_client(page).await,
        ));
        found
    }

    /// What it is asked when somebody comes; nothing, where the proxy sends them away by itself.
    async fn asked_by(&self, page: &Page, probe: &Probe) -> Vec<Head> {
        let taken = || std::mem::take(&mut *self.heads.lock().unwrap_or_else(PoisonError::into_inner));
        taken();
        // What they are answered is looked at above.
        let _ = ask_within(LONGEST, page, probe).await;
        taken()
    }

    /// Whether the proxy asks for its own site, whatever host and port a visitor names.
    async fn names_its_site(&self, page: &Page) -> Result<String, String> {
        let name = page.name();
        for host in [ELSEWHERE.to_owned(), format!("{name}:9")] {
            let probe = Probe {
                host: Some(host.clone()),
                ..Probe::plain("another host", "")
            };
            if let Some(head) = self
                .asked_by(page, &probe)
                .await
                .iter()
                .find(|head| !head.says_site(&host))
            {
                return Err(format!(
                    "to a visitor who names the host {host} the proxy asks {}, and does not say which site it asks for: a token \
                     for another site may open this one. Send Tokenwright-Site, as the configurations in docs/gate do.",
                    head.asks_about()
                ));
            }
        }
        Ok("the proxy asks for its own, whatever host a visitor names".into())
    }

    /// Whether the proxy says where a visitor is, whatever the visitor says.
    async fn names_the_client(&self, page: &Page) -> Result<String, String> {
        let planted = format!("X-Forwarded-For: {PLANTED}\r\n");
        let heads = self.asked_by(page, &Probe::plain("planted", &planted)).await;
        let Some(head) = heads.first() else {
            return Err("nobody asked here.".into());
        };
        let said = head.values("x-forwarded-for");
        match said.last().and_then(|said| said.rsplit(',').next()).map(str::trim) {
            Some(last) if last != PLANTED && !last.is_empty() => Ok(format!("the proxy says {last}")),
            Some(PLANTED) => Err(
                "the proxy hands on where the visitor says to be: tokens for some networks are everybody's. Set \
                 X-Forwarded-For in the proxy."
                    .into(),
            ),
            _ => Err("the proxy does not say: tokens for some networks open nothing. Send X-Forwarded-For.".into()),
        }
    }
}

async fn answer(
    mut stream: TcpStream,
    trouble: Trouble,
    asked: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<Head>>>,
) -> std::io::Result<()> {
    let mut piece = [0; 4096];
    let mut read = Vec::new();
    while read.len() < MOST && !read.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).await? {
            // A connection that a proxy opens to see whether somebody is there asks nothing.
            0 if read.is_empty() => return Ok(()),
            0 => break,
            length => read.extend_from_slice(&piece[..length]),
        }
    }
    asked.fetch_add(1, Ordering::Relaxed);
    let head = Head::parse(&String::from_utf8_lossy(&read));
    heads.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    match trouble {
        Trouble::HangsUp => Ok(()),
        Trouble::Fails => {
            let answer =
                "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await
        }
        // Until the proxy has enough of it.
        Trouble::Hangs => {
            while stream.read(&mut piece).await? != 0 {}
            Ok(())
        }
    }
}

impl Head {
    /// Whether a question says which site it is for; `host` is what the visitor named.
    fn says_site(&self, host: &str) -> bool {
        let names = |name| self.values(name).iter().any(|value| !value.is_empty());
        let urls = self.values("x-original-url");
        names("tokenwright-site") || urls.iter().any(|url| !is_on(url, host))
    }

    /// What a question is about, for people.
    fn asks_about(&self) -> String {
        let told = ["x-original-url", "x-forwarded-host", "host"];
        let values = told
            .iter()
            .find_map(|name| self.values(name).first().map(|value| (*value).to_owned()));
        values.map_or_else(|| "about it".to_owned(), |value| format!("about {value}"))
    }
}

/// Whether a URL is on a host; one without a port stands for itself with any.
fn is_on(url: &str, host: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
    authority == host || name == host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_its_site_or_the_visitor_does() {
        let head = |lines: &str| Head::parse(&format!("GET /gate HTTP/1.1\r\n{lines}"));
        for (lines, says) in [
            (
                "Tokenwright-Site: https://shop.test\r\nX-Forwarded-Host: elsewhere.invalid\r\n",
                true,
            ),
            ("X-Original-URL: https://shop.test/page\r\n", true),
            ("X-Original-URL: https://elsewhere.invalid/page\r\n", false),
            ("X-Original-URL: http://elsewhere.invalid:8080/page\r\n", false),
            ("X-Forwarded-Host: elsewhere.invalid\r\n", false),
            ("Tokenwright-Site:\r\nHost: elsewhere.invalid\r\n", false),
        ] {
            assert_eq!(head(lines).says_site("elsewhere.invalid"), says, "{lines}");
        }
        let asks = head("X-Forwarded-Host: elsewhere.invalid\r\n").asks_about();
        assert_eq!(asks, "about elsewhere.invalid");
    }
}
