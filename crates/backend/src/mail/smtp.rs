//! The talk with a mail server (RFC 5321).
//!
//! Several connections are kept, and each says on its own from whom and to whom. The message itself is handed over by
//! one connection at a time, and the next one begins only when the answer to it is committed: if this process dies,
//! one mail at most was taken by the server and is not known here as sent. SMTP has no way to close that last gap.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::server::{Security, SmtpServer};

/// How long a server may take to be reached and to greet.
const CONNECT: Duration = Duration::from_secs(30);

/// How long it may take for an answer.
const ANSWER: Duration = Duration::from_secs(60);

/// How long it may take to accept a message: it may look through it first.
const ACCEPT: Duration = Duration::from_secs(300);

/// How long an unused connection is kept.
const KEPT: Duration = Duration::from_secs(20);

/// Mails that go over one connection, at most: some servers end it then.
const MOST_MAILS: u32 = 100;

/// Bytes of a server's answer that are kept.
const MOST_WORDS: usize = 500;

/// Why a mail is not on its way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server cannot be reached or does not take mail from us at the moment. Others need not be tried, either.
    Server(String),
    /// This mail is not taken at the moment, or nobody knows whether it was.
    Mail(String),
    /// This mail will never be taken.
    Refused(String),
    /// Somebody else may have it by now.
    Late,
}

/// A message that the server took. Until it is dropped, no other one is handed over.
pub(super) struct Accepted {
    /// The server's words.
    pub words: String,
    _turn: OwnedMutexGuard<()>,
}

/// The connections to a server.
pub(super) struct Line {
    server: SmtpServer,
    hello: ClientId,
    /// Whether the server may be on this machine: not when an organisation names it.
    may_be_here: bool,
    idle: Mutex<Vec<Connection>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

struct Connection {
    talk: AsyncSmtpConnection,
    mails: u32,
    since: Instant,
}

/// What went wrong in a talk.
enum Answer {
    /// The server said no.
    No { code: u16, words: String },
    /// There is no talk any more.
    Broken(String),
}

impl Line {
    /// A line to a server. Nothing is connected yet. The host is the one that we say we are.
    pub(super) fn new(server: SmtpServer, host: &str, may_be_here: bool) -> Self {
        let hello = match host.parse() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(host.to_owned()),
        };
        Self {
            server,
            hello,
            may_be_here,
            idle: Mutex::default(),
            turn: Arc::default(),
        }
    }

    /// Hands a message over. It is asked once more whether it may go when nothing but the message itself is left.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(super) async fn send(
        &self,
        envelope: &Envelope,
        message: &[u8],
        may_go: impl Fn() -> bool,
    ) -> Result<Accepted, Trouble> {
        let mut connection = self.announced(envelope).await?;
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if !may_go() {
            // Nothing but a broken connection takes back what was announced.
            return Err(Trouble::Late);
        }
        match within(ACCEPT, connection.talk.message(message)).await {
            Ok(words) => {
                connection.mails += 1;
                connection.since = Instant::now();
                self.keep(connection);
                Ok(Accepted { words, _turn: turn })
            }
            Err(Answer::No { code, words }) => {
                drop(turn);
                self.keep(connection);
                Err(match code {
                    421 => Trouble::Server(words),
                    500.. => Trouble::Refused(words),
                    _ => Trouble::Mail(words),
                })
            }
            Err(Answer::Broken(words)) => Err(Trouble::Mail(format!(
                "{words}, after the whole mail was handed over: it may have arrived"
            ))),
        }
    }

    /// Connects and logs in, and sends nothing.
    ///
    /// # Errors
    /// What is in the way, in words.
    pub(super) async fn reach(&self) -> Result<(), String> {
        let connection = self.connect().await?;
        self.keep(connection);
        Ok(())
    }

    /// A connection that waits for the message of this envelope.
    async fn announced(&self, envelope: &Envelope) -> Result<Connection, Trouble> {
        if let Some(mut kept) = self.kept() {
            match kept.announce(envelope).await {
                Ok(()) => return Ok(kept),
                // It was closed meanwhile, which is nobody's fault.
                Err(Step::Broken(_)) => {}
                Err(step) => return Err(self.put_off(kept, step).await),
            }
        }
        let mut fresh = self.connect().await.map_err(Trouble::Server)?;
        match fresh.announce(envelope).await {
            Ok(()) => Ok(fresh),
            Err(Step::Broken(words)) => Err(Trouble::Server(words)),
            Err(step) => Err(self.put_off(fresh, step).await),
        }
    }

    async fn put_off(&self, mut connection: Connection, step: Step) -> Trouble {
        if within(ANSWER, connection.talk.command(Rset)).await.is_ok() {
            self.keep(connection);
        }
        match step {
            Step::Broken(words) | Step::Sender(words) => Trouble::Server(words),
            Step::Recipient { code: 421, words } => Trouble::Server(words),
            Step::Recipient { code: 500.., words } => Trouble::Refused(words),
            Step::Recipient { words, .. } => Trouble::Mail(words),
        }
    }

    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| connection.since.elapsed() < KEPT);
        idle.pop()
    }

    fn keep(&self, connection: Connection) {
        if connection.mails < MOST_MAILS && !connection.talk.has_broken() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }

    async fn connect(&self) -> Result<Connection, String> {
        let talk = timeout(CONNECT + ANSWER, self.greeted())
            .await
            .map_err(|_| "The mail server did not answer in time".to_owned())??;
        Ok(Connection {
            talk,
            mails: 0,
            since: Instant::now(),
        })
    }

    async fn greeted(&self) -> Result<AsyncSmtpConnection, String> {
        let addresses = self.addresses().await?;
        let tls = match self.server.security {
            Security::Plain => None,
            security => Some(self.tls(security)?),
        };
        let from_start = tls.clone().filter(|_| self.server.security == Security::Tls);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            addresses.as_slice(),
            Some(CONNECT),
            &self.hello,
            from_start,
            None,
        );
        let mut talk = connecting.await.map_err(|error| words_of(&error))?;
        if let Some(tls) = tls.filter(|_| !talk.is_encrypted()) {
            if talk.can_starttls() {
                let upgrade = talk.starttls(tls, &self.hello);
                upgrade.await.map_err(|error| words_of(&error))?;
            } else if self.server.security == Security::StartTls {
                return Err(
                    "The mail server offers no encryption (STARTTLS), so nothing was sent to it".into(),
                );
            }
        }
        if let Some(login) = &self.server.login {
            let credentials = Credentials::new(login.user.clone(), login.password.reveal().to_owned());
            talk.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(|error| {
                    format!("The mail server refused user and password: {}", words_of(&error))
                })?;
        }
        Ok(talk)
    }

    /// The addresses of the server, each of which is allowed.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let place = (self.server.host.as_str(), self.server.port);
        let found = tokio::net::lookup_host(place).await;
        let addresses: Vec<_> = found
            .map_err(|error| format!("The mail server {} has no address: {error}", self.server.host))?
            .collect();
        if !self.may_be_here && addresses.iter().any(|address| is_out_of_bounds(address.ip())) {
            return Err(
                "The mail server's name leads to this machine itself, where no organisation may reach".into(),
            );
        }
        Ok(addresses)
    }

    fn tls(&self, security: Security) -> Result<TlsParameters, String> {
        TlsParameters::builder(self.server.host.clone())
            .dangerous_accept_invalid_certs(security == Security::IfOffered)
            .build()
            .map_err(|error| error.to_string())
    }
}

/// What went wrong before the message.
enum Step {
    Broken(String),
    Sender(String),
    Recipient { code: u16, words: String },
}

impl Connection {
    async fn announce(&mut self, envelope: &Envelope) -> Result<(), Step> {
        let sender = Mail::new(envelope.from().cloned(), vec![]);
        if let Err(answer) = within(ANSWER, self.talk.command(sender)).await {
            return Err(match answer {
                Answer::No { words, .. } => Step::Sender(words),
                Answer::Broken(words) => Step::Broken(words),
            });
        }
        for to in envelope.to() {
            let recipient = Rcpt::new(to.clone(), vec![]);
            within(ANSWER, self.talk.command(recipient))
                .await
                .map_err(Answer::of_recipient)?;
        }
        within(ANSWER, self.talk.command(Data))
            .await
            .map(drop)
            .map_err(Answer::of_recipient)
    }
}

impl Answer {
    fn of_recipient(self) -> Step {
        match self {
            Self::No { code, words } => Step::Recipient { code, words },
            Self::Broken(words) => Step::Broken(words),
        }
    }
}

/// An answer within a time, as the words in it.
async fn within(
    limit: Duration,
    answer: impl Future<Output = Result<smtp::response::Response, smtp::Error>>,
) -> Result<String, Answer> {
    match timeout(limit, answer).await {
        Ok(Ok(response)) => Ok(kept_words(&format!(
            "{} {}",
            response.code(),
            response.message().collect::<Vec<_>>().join(" ")
        ))),
        Ok(Err(error)) => Err(match error.status() {
            Some(code) => Answer::No {
                code: code.into(),
                words: words_of(&error),
            },
            None => Answer::Broken(words_of(&error)),
        }),
        Err(_) => Err(Answer::Broken("The mail server did not answer in time".into())),
    }
}

/// What a server said, or what came between.
fn words_of(error: &smtp::Error) -> String {
    use std::error::Error;
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    kept_words(&match error.status() {
        Some(code) => format!("{code} {cause}"),
        None if error.is_tls() => format!("The encryption could not be set up: {cause}"),
        None => format!("The connection to the mail server broke: {cause}"),
    })
}

/// Words in one line, not too many of them.
fn kept_words(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MOST_WORDS)
        .collect();
    line.trim().to_owned()
}

/// Whether an address is this machine, its direct neighbourhood, or no machine at all.
fn is_out_of_bounds(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unicast_link_local()
                || address.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_reaches_no_program_on_this_machine() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
            "169.254.169.254",
            "fe80::1",
            "224.0.0.1",
        ] {
            assert!(is_out_of_bounds(address.parse().expect(address)), "{address}");
        }
        for address in ["192.0.2.1", "10.0.0.25", "2001:db8::1"] {
            assert!(!is_out_of_bounds(address.parse().expect(address)), "{address}");
        }
    }
}
