//! Mail that comes back, and readers who do not want to be reminded.
//!
//! Each mail has a random key, which stands in the address that it comes back to and, in a reminder, in the address
//! where one refuses more of them. Anyone who has the key has the mail, so nothing else is asked; anyone who has none learns
//! nothing.

use chrono::{DateTime, Utc};
use domain::{EmailAddress, MailId, OrganisationId};
use serde_json::{Value, json};

use super::{Mail, sql};
use crate::audit::{Entry, Event, Who};
use crate::error::Result;

/// Why an address is not written to by programs: mail to it came back, or its owner does not want to be reminded.
pub(super) const BOUNCED: &str = "bounced";
pub(super) const UNSUBSCRIBED: &str = "unsubscribed";

/// Bytes of a key.
const KEY: usize = 12;

/// Bytes of a reason that are kept.
const MOST_WORDS: usize = 500;

/// A mail that has a key.
#[derive(database::FromRow)]
pub(super) struct Keyed {
    pub id: MailId,
    pub organisation_id: OrganisationId,
    pub to_address: String,
}

/// What a message about a mail that came back says.
#[derive(Debug, PartialEq, Eq)]
struct Returned {
    key: Vec<u8>,
    words: String,
    /// Whether the mailbox will never take mail.
    for_good: bool,
}

/// A reader who may refuse to be reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Their address, with most of it left out.
    pub masked: String,
    /// Who reminds them.
    pub organisation: String,
    /// Whether they have refused already.
    pub refused: bool,
}

impl Mail<'_> {
    /// Takes a message about a mail that came back: a report as mail servers write it (RFC 3464), or JSON with
    /// `address` and `reason`. `to` is the address it was sent to, if whoever hands it over knows.
    ///
    /// # Errors
    /// A fault. What is no such message, or about no mail of ours, changes nothing.
    pub async fn take_back(&self, to: Option<&str>, message: &[u8]) -> Result<()> {
        let Some(returned) = read(to, message) else {
            return Ok(());
        };
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let Some(mail) = sql::set_bounced(&mut tx, &returned.key, &returned.words, now).await? else {
            return Ok(());
        };
        if returned.for_good {
            sql::add_stop(&mut tx, mail.organisation_id, &mail.to_address, BOUNCED, now).await?;
        }
        let id = self.0.random.id(now);
        sql::add_event(&mut tx, mail.id, id, now, "bounced", &returned.words).await?;
        let mut tokens: Vec<_> = sql::tokens_of(&mut tx, mail.id)
            .await?
            .into_iter()
            .map(Some)
            .collect();
        if tokens.is_empty() {
            tokens.push(None);
        }
        for token in tokens {
            let entry = Entry {
                code: token,
                facts: json!({ "email": mail.to_address, "mail": mail.id, "reason": returned.words }),
                ..Entry::new(Event::MailBounced)
            };
            self.0
                .record(&mut tx, Who::program(mail.organisation_id), entry)
                .await?;
        }
        self.0.commit_keeping_cache(tx).await
    }

    /// Who has a mail, for the page on which they refuse to be reminded.
    ///
    /// # Errors
    /// A fault.
    pub async fn reader(&self, key: &str) -> Result<Option<Reader>> {
        let Some(key) = key_of(key) else { return Ok(None) };
        let mut conn = self.0.db.read().await?;
        let Some((mail, organisation)) = sql::by_key(&mut conn, &key).await? else {
            return Ok(None);
        };
        let address: Option<EmailAddress> = mail.to_address.parse().ok();
        Ok(Some(Reader {
            masked: address.map(|address| address.masked()).unwrap_or_default(),
            organisation,
            refused: sql::stops(&mut conn, mail.organisation_id, &mail.to_address)
                .await?
                .iter()
                .any(|stop| stop == UNSUBSCRIBED),
        }))
    }

    /// Reminds somebody no more. Said twice, it is the same.
    ///
    /// # Errors
    /// A fault. An unknown key changes nothing.
    pub async fn refuse_reminders(&self, key: &str) -> Result<Option<Reader>> {
        let Some(read) = key_of(key) else { return Ok(None) };
        let now: DateTime<Utc> = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let Some((mail, _)) = sql::by_key(&mut tx, &read).await? else {
            return Ok(None);
        };
        if sql::add_stop(&mut tx, mail.organisation_id, &mail.to_address, UNSUBSCRIBED, now).await? {
            let entry = Entry {
                facts: json!({ "email": mail.to_address, "mail": mail.id }),
                ..Entry::new(Event::RemindersRefused)
            };
            self.0
                .record(&mut tx, Who::program(mail.organisation_id), entry)
                .await?;
        }
        self.0.commit_keeping_cache(tx).await?;
        self.reader(key).await
    }
}

/// The key behind its digits.
fn key_of(digits: &str) -> Option<Vec<u8>> {
    if digits.len() != 2 * KEY || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..KEY)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok())
        .collect()
}

/// The key in an address such as `no-reply+00112233445566778899aabb@example.org`, wherever in a text it stands.
fn key_in(text: &str) -> Option<Vec<u8>> {
    text.match_indices('+').find_map(|(at, _)| {
        let (digits, rest) = text.get(at + 1..)?.split_at_checked(2 * KEY)?;
        rest.starts_with('@').then(|| key_of(digits)).flatten()
    })
}

fn read(to: Option<&str>, message: &[u8]) -> Option<Returned> {
    let text = String::from_utf8_lossy(message);
    match text.trim_start().starts_with('{') {
        true => read_json(to, &text),
        false => read_report(to, &text),
    }
}

fn read_json(to: Option<&str>, text: &str) -> Option<Returned> {
    let value: Value = serde_json::from_str(text).ok()?;
    let field = |name: &str| value.get(name).and_then(Value::as_str);
    let status = field("status").unwrap_or_default();
    Some(Returned {
        key: to.or(field("address")).and_then(key_in)?,
        words: kept(field("reason").unwrap_or("no reason was given")),
        for_good: !status.starts_with('4'),
    })
}

/// A report of mail servers. Absence notes and notes of delay are none.
fn read_report(to: Option<&str>, text: &str) -> Option<Returned> {
    let text = text
        .replace("\r\n", "\n")
        .replace("\n ", " ")
        .replace("\n\t", " ");
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field
                .trim()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    let is_report = field("Content-Type")?
        .to_ascii_lowercase()
        .contains("report-type=");
    let failed = field("Action")?.eq_ignore_ascii_case("failed");
    if !is_report || !failed {
        return None;
    }
    let head = text.split("\n\n").next().unwrap_or_default();
    let status = field("Status").unwrap_or_default();
    let words = field("Diagnostic-Code").map_or(status.clone(), |code| {
        code.split_once(';')
            .map_or(code.clone(), |(_, words)| words.trim().to_owned())
    });
    Some(Returned {
        key: to.and_then(key_in).or_else(|| key_in(head))?,
        words: kept(&words),
        for_good: status.starts_with('5'),
    })
}

fn kept(words: &str) -> String {
    let line: String = words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MOST_WORDS)
        .collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Return-Path: <>\r\nDelivered-To: no-reply+00112233445566778899aabb@tokens.example.org\r\n\
        From: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered\r\nContent-Type: multipart/report;\r\n\
        \treport-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\n\
        Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n\
        Final-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 no\r\n such user\r\n--b--\r\n";

    fn key() -> Vec<u8> {
        key_of("00112233445566778899aabb").expect("a key")
    }

    #[test]
    fn a_report_names_the_mail_and_the_reason() {
        let expected = Returned {
            key: key(),
            words: "550 5.1.1 no such user".into(),
            for_good: true,
        };
        assert_eq!(read(None, REPORT.as_bytes()), Some(expected));
        let full = REPORT.replace("5.1.1", "4.2.2");
        assert!(!read(None, full.as_bytes()).expect("a report").for_good);
        let elsewhere = REPORT.replace("no-reply+00112233445566778899aabb@", "postmaster@");
        assert_eq!(read(None, elsewhere.as_bytes()), None);
        let to = "b+00112233445566778899AABB@example.org";
        assert_eq!(
            read(Some(to), elsewhere.as_bytes()).map(|found| found.key),
            Some(key())
        );
    }

    #[test]
    fn a_program_may_say_it_in_json() {
        let json = r#"{"address": "b+00112233445566778899aabb@example.org", "reason": "no such\nuser"}"#;
        let found = read(None, json.as_bytes()).expect("a report");
        assert_eq!(
            (found.key, found.words.as_str(), found.for_good),
            (key(), "no such user", true)
        );
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        let delayed = REPORT.replace("Action: failed", "Action: delayed");
        let absent = "To: no-reply+00112233445566778899aabb@example.org\r\nSubject: I am away\r\n\
                      Content-Type: text/plain\r\n\r\nBack on Monday.\r\nAction: failed\r\n";
        for text in [delayed.as_str(), absent, "", "{", "{}", "null", "+", "\u{0}"] {
            assert_eq!(read(None, text.as_bytes()), None, "{text}");
        }
        assert_eq!(read(None, &[0xFF, 0xFE, b'+']), None);
        for text in [
            "+",
            "+00112233445566778899aabb",
            "+00112233445566778899aabg@x",
            "+é0112233445566778899aab@x",
        ] {
            assert_eq!(key_in(text), None, "{text}");
        }
    }
}
