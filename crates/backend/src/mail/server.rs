//! A mail server, as it is named by its operator: `smtp://user:password@mail.example.org:587`.

use std::net::IpAddr;

use domain::EmailAddress;

use crate::secret::Secret;

/// A server that takes mail to be sent on.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the talk is kept private.
    pub security: Security,
    /// With whom it takes it for.
    pub login: Option<Login>,
    /// The address mails come from; otherwise `no-reply@` and the host of the public URL.
    pub from: Option<EmailAddress>,
    /// The mailbox that mails come back to; otherwise the one they come from.
    pub bounces: Option<EmailAddress>,
}

/// A user of a mail server.
#[derive(Debug, Clone)]
pub struct Login {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: Secret,
}

/// How a talk with a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// Plain at first, then TLS, which the server must offer.
    StartTls,
    /// The same if the server offers it, with any certificate: on this machine nobody listens in between.
    IfOffered,
    /// Plain.
    Plain,
}

impl Security {
    /// The word in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::IfOffered | Self::Plain => "none",
        }
    }

    /// The security behind a word.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        [Self::Tls, Self::StartTls, Self::Plain]
            .into_iter()
            .find(|security| security.key() == key)
    }
}

impl SmtpServer {
    /// Reads `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`. Behind a `?` may follow, joined by `&`: `tls=none` (never
    /// encrypt), `tls=required`, `from=ADDRESS`, `bounces=ADDRESS`. What is special in an address is percent-encoded.
    ///
    /// # Errors
    /// What was expected instead. What was typed is not repeated: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (tls, rest) = match text.split_once("://") {
            Some(("smtp", rest)) => (false, rest),
            Some(("smtps", rest)) => (true, rest),
            _ => return Err("expected smtp://HOST:PORT or smtps://HOST:PORT".into()),
        };
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let place = place.trim_end_matches('/');
        let (login, place) = place
            .rsplit_once('@')
            .map_or((None, place), |(login, place)| (Some(login), place));
        let (host, port) = host_and_port(place)?;
        let login = login.map(read_login).transpose()?;
        let mut server = Self {
            port: port.unwrap_or(if tls { 465 } else { 587 }),
            security: match (tls, is_here(&host)) {
                (true, _) => Security::Tls,
                (false, true) => Security::IfOffered,
                (false, false) => Security::StartTls,
            },
            host,
            from: login.as_ref().and_then(|login| login.user.parse().ok()),
            login,
            bounces: None,
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            server.set(name, &decoded(value)?)?;
        }
        Ok(server)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let address = || {
            value
                .parse::<EmailAddress>()
                .map(Some)
                .map_err(|_| format!("expected an address behind {name}="))
        };
        match (name, value) {
            ("tls", "none") if self.security != Security::Tls => self.security = Security::Plain,
            ("tls", "required") if self.security != Security::Tls => self.security = Security::StartTls,
            ("tls", "required") => {}
            ("from", _) => self.from = address()?,
            ("bounces", _) => self.bounces = address()?,
            _ => {
                return Err(
                    "expected tls=none, tls=required, from=ADDRESS or bounces=ADDRESS behind the ?".into(),
                );
            }
        }
        Ok(())
    }
}

fn host_and_port(place: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => place
            .split_once(':')
            .map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let port = port
        .map(|port| port.parse().map_err(|_| "expected a port number behind the host"))
        .transpose()?;
    if host_fits(host) {
        Ok((host.to_ascii_lowercase(), port))
    } else {
        Err("expected a host name or address, such as smtp://mail.example.org:587".into())
    }
}

/// Whether a text can be a host: a name or an address.
pub(crate) fn host_fits(host: &str) -> bool {
    let is_name = (1..=253).contains(&host.len())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    is_name || host.parse::<IpAddr>().is_ok()
}

/// Whether a host is this machine.
pub(crate) fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

fn read_login(text: &str) -> Result<Login, String> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok(Login {
        user: decoded(user)?,
        password: Secret::new(decoded(password)?),
    })
}

/// A percent-encoded text.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest
            .split_at_checked(2)
            .and_then(|(digits, after)| Some((std::str::from_utf8(digits).ok()?, after)));
        let (digits, after) = digits.ok_or(BAD_ENCODING)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| BAD_ENCODING)?);
        rest = after;
    }
    let text = String::from_utf8(bytes).map_err(|_| BAD_ENCODING)?;
    if text.chars().any(char::is_control) {
        return Err(BAD_ENCODING.into());
    }
    Ok(text)
}

const BAD_ENCODING: &str =
    "expected special characters of user and password as % and two hexadecimal digits, such as %40 for @";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_with_its_defaults() {
        let server = SmtpServer::parse("smtp://mail.example.org").expect("a server");
        assert_eq!(
            (server.host.as_str(), server.port, server.security),
            ("mail.example.org", 587, Security::StartTls)
        );
        assert!(server.login.is_none() && server.from.is_none());

        let server =
            SmtpServer::parse("smtps://certs%40acme.org:p%3Aw%25@[2001:db8::1]:4465?bounces=b@acme.org")
                .expect("a server");
        let login = server.login.expect("a login");
        assert_eq!(
            (login.user.as_str(), login.password.reveal()),
            ("certs@acme.org", "p:w%")
        );
        assert_eq!((server.host.as_str(), server.port), ("2001:db8::1", 4465));
        assert_eq!(server.security, Security::Tls);
        assert_eq!(server.from.expect("the user").as_str(), "certs@acme.org");
        assert_eq!(server.bounces.expect("a mailbox").as_str(), "b@acme.org");
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_plain_unless_it_is_asked_for() {
        for (text, security) in [
            ("smtp://127.0.0.1:1025", Security::IfOffered),
            ("smtp://localhost", Security::IfOffered),
            ("smtp://[::1]:25", Security::IfOffered),
            ("smtp://localhost?tls=required", Security::StartTls),
            ("smtp://mail.example.org", Security::StartTls),
            ("smtp://mail.example.org?tls=none", Security::Plain),
        ] {
            assert_eq!(SmtpServer::parse(text).expect(text).security, security, "{text}");
        }
    }

    #[test]
    fn what_does_not_work_is_refused_without_its_password() {
        for text in [
            "smtp://",
            "smtp://ada:s3cret@",
            "smtp://ada:s3cret@mail.example.org:post",
            "smtp://ada:s3cret@mail.example.org:99999",
            "smtp://ada:s3cret%4@mail.example.org",
            "smtp://ada:s3cret%0d%0a@mail.example.org",
            "smtp://ada:s3cret@mail example.org",
            "smtp://ada:s3cret@mail.example.org?tls=maybe",
            "smtps://ada:s3cret@mail.example.org?tls=none",
            "smtp://ada:s3cret@mail.example.org?from=nobody",
            "imap://ada:s3cret@mail.example.org",
        ] {
            let problem = SmtpServer::parse(text).expect_err(text);
            assert!(!problem.contains("s3cret"), "{problem}");
        }
        let server = SmtpServer::parse("smtp://ada:s3cret@mail.example.org").expect("a server");
        assert!(!format!("{server:?}").contains("s3cret"));
    }
}
