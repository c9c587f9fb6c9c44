//! A letter as a MIME message.
//!
//! The header fields are put together by types that cannot hold a line break, and every body part is
//! encoded, so that nothing that was typed can end a header or a message.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message as Built};

use super::Class;
use super::letter::Letter;
use super::sender::Sender;
use super::sql::Due;
use super::texts::LOGO;

/// Characters of a subject or a name that are sent.
const MOST_LINE: usize = 400;

/// A message, ready to be handed over.
pub(super) struct Message {
    pub subject: String,
    pub envelope: Envelope,
    pub bytes: Vec<u8>,
}

/// Builds the message.
///
/// # Errors
/// A sentence for the operator: an address that mail servers would not take.
pub(super) fn build(mail: &Due, letter: &Letter, sender: &Sender) -> Result<Message, String> {
    let from = from(sender)?;
    let to: Address = mail.to_address.parse().map_err(|_| "its address is no address")?;
    let to_name = Some(one_line(&mail.to_name)).filter(|name| !name.is_empty());
    let subject = one_line(&letter.subject);
    let written = u64::try_from(mail.created_at.timestamp()).unwrap_or_default();
    let mut builder = Built::builder()
        .from(Mailbox::new(Some(one_line(&letter.from_name)), from.clone()))
        .to(Mailbox::new(to_name, to.clone()))
        .subject(subject.clone())
        .date(UNIX_EPOCH + Duration::from_secs(written))
        .message_id(Some(format!("<{}@{}>", mail.id, sender.host())))
        // Absence notes and the like are not to be sent to a program (RFC 3834).
        .raw_header(header("Auto-Submitted", "auto-generated"));
    let facts: serde_json::Value = serde_json::from_str(&mail.facts).unwrap_or_default();
    let replies = sender.reply_to.as_ref().map(domain::EmailAddress::as_str);
    // Those who write a mail may know who answers, when the settings do not say it.
    if let Some(reply_to) = replies.or_else(|| facts.get("reply_to")?.as_str()) {
        let address = reply_to.parse().map_err(|_| "the address for replies is none")?;
        builder = builder.reply_to(Mailbox::new(None, address));
    }
    if let Some(url) = unsubscribe_url(mail, sender) {
        // One click in the mail program, without a page (RFC 8058).
        builder = builder
            .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let message = builder
        .multipart(body(letter, sender)?)
        .map_err(|error| error.to_string())?;
    let back = return_path(mail, sender, &from)?;
    Ok(Message {
        subject,
        envelope: Envelope::new(Some(back), vec![to]).map_err(|error| error.to_string())?,
        bytes: message.formatted(),
    })
}

/// Text and HTML; with a logo, the HTML and what it shows are one part.
fn body(letter: &Letter, sender: &Sender) -> Result<MultiPart, String> {
    let text = MultiPart::alternative().singlepart(part(ContentType::TEXT_PLAIN, &letter.text));
    let html = part(ContentType::TEXT_HTML, &letter.html);
    let Some(logo) = &sender.look.logo else {
        return Ok(text.singlepart(html));
    };
    let png = ContentType::parse("image/png").map_err(|error| error.to_string())?;
    let logo = Attachment::new_inline(LOGO.into()).body(logo.png.clone(), png);
    Ok(text.multipart(MultiPart::related().singlepart(html).singlepart(logo)))
}

fn from(sender: &Sender) -> Result<Address, String> {
    match &sender.from {
        Some(from) => from.as_str().parse(),
        None => Address::new("no-reply", sender.host()).or_else(|_| Address::new("no-reply", "localhost")),
    }
    .map_err(|error| error.to_string())
}

/// The address that a mail comes back to: of this mail alone, so that whoever returns it need not say which one it was.
fn return_path(mail: &Due, sender: &Sender, from: &Address) -> Result<Address, String> {
    let base: Address = match &sender.bounces {
        Some(bounces) => bounces
            .as_str()
            .parse()
            .map_err(|_| "the address for bounces is none")?,
        None => from.clone(),
    };
    let Some(key) = &mail.return_key else {
        return Ok(base);
    };
    let own = format!("{}+{}", base.user(), return_word(key));
    // A long name leaves no room for the key (RFC 5321 §4.5.3.1.1).
    if own.len() > 64 {
        return Ok(base);
    }
    Address::new(own, base.domain()).map_err(|error| error.to_string())
}

/// A mail's key, as it stands in addresses and links.
pub(super) fn return_word(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the reader of a reminder refuses more of them.
pub(super) fn unsubscribe_url(mail: &Due, sender: &Sender) -> Option<String> {
    let key = mail.return_key.as_ref()?;
    (Class::of_rank(mail.class) == Class::Reminder)
        .then(|| format!("{}/mail/unsubscribe/{}", sender.public_url, return_word(key)))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    SinglePart::builder()
        .header(content_type)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(body.replace('\n', "\r\n"))
}

/// What stands in a header: one line, and no word that could not be folded into one of 998 bytes (RFC 5322 §2.1.1).
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MOST_LINE).collect()
}

/// The host of an address such as `https://tokens.example.org:8443`.
pub(super) fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.starts_with('[') {
        return "localhost"; // an IPv6 address, which a Message-ID would have to quote
    }
    authority
        .split(':')
        .next()
        .filter(|host| !host.is_empty())
        .unwrap_or("localhost")
}

#[cfg(test)]
mod tests {
    use domain::MailId;

    use super::*;
    use crate::mail::letterhead::Look;

    #[test]
    fn hosts_are_found_in_addresses() {
        for (url, expected) in [
            ("https://tokens.example.org", "tokens.example.org"),
            ("http://127.0.0.1:3000", "127.0.0.1"),
            ("http://[::1]:3000", "localhost"),
        ] {
            assert_eq!(host(url), expected);
        }
    }

    fn sender() -> Sender {
        Sender {
            from: None,
            reply_to: None,
            look: Look::default(),
            language: None,
            bounces: None,
            public_url: "https://tokens.example.org".into(),
        }
    }

    fn due(to_name: &str) -> Due {
        Due {
            id: MailId(uuid::Uuid::nil()),
            organisation_id: domain::OrganisationId(uuid::Uuid::nil()),
            token_id: None,
            to_address: "ada@example.org".into(),
            to_name: to_name.into(),
            template: String::new(),
            facts: String::new(),
            sealed: None,
            attempts: 1,
            created_at: crate::testing::noon(),
            class: Class::Single.rank(),
            language: String::new(),
            return_key: Some(vec![0xAB; 12]),
        }
    }

    fn letter(text: &str) -> Letter {
        Letter {
            from_name: text.into(),
            subject: text.into(),
            text: text.into(),
            html: text.into(),
        }
    }

    #[test]
    fn a_mail_comes_back_to_an_address_of_its_own() {
        let back = |sender: &Sender| {
            let message = build(&due("Ada"), &letter("x"), sender).expect("built");
            message.envelope.from().expect("a return path").to_string()
        };
        let key = "ab".repeat(12);
        assert_eq!(back(&sender()), format!("no-reply+{key}@tokens.example.org"));
        let named = Sender {
            from: "certs@acme.org".parse().ok(),
            bounces: "b@bounces.acme.org".parse().ok(),
            ..sender()
        };
        assert_eq!(back(&named), format!("b+{key}@bounces.acme.org"));
        let long = format!("{}@acme.org", "x".repeat(60));
        let long_named = Sender {
            from: long.parse().ok(),
            ..sender()
        };
        assert_eq!(back(&long_named), long);
    }

    #[test]
    fn a_reminder_can_be_refused_with_one_click_and_other_mail_says_nothing_of_it() {
        let text = |class: Class| {
            let mail = Due {
                class: class.rank(),
                ..due("Ada")
            };
            let message = build(&mail, &letter("x"), &sender()).expect("built");
            String::from_utf8(message.bytes)
                .expect("ASCII")
                .replace("\r\n ", " ")
        };
        let reminder = text(Class::Reminder);
        let url = format!("https://tokens.example.org/mail/unsubscribe/{}", "ab".repeat(12));
        assert!(
            reminder.contains(&format!("List-Unsubscribe: <{url}>")),
            "{reminder}"
        );
        assert!(
            reminder.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
            "{reminder}"
        );
        assert!(!text(Class::Single).contains("Unsubscribe") && !text(Class::Bulk).contains("Unsubscribe"));
    }

    #[test]
    fn nothing_that_was_typed_becomes_a_header_or_ends_the_message() {
        let nasty = "x\r\nBcc: evil@example.org\r\n\r\n.\r\nnew";
        let mail = due(nasty);
        let letter = Letter {
            from_name: format!("{nasty}\" <evil@example.org>, ü"),
            subject: format!("{nasty} ü {}", "long ".repeat(60)),
            text: nasty.into(),
            html: nasty.into(),
        };

        let message = build(&mail, &letter, &sender()).expect("built");
        let message = String::from_utf8(message.bytes).expect("ASCII");

        let (head, _) = message.split_once("\r\n\r\n").expect("a head");
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap_or_default())
            .collect();
        for name in &names {
            let known = [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type",
            ];
            assert!(known.contains(name), "{name} in {head}");
        }
        assert!(message.is_ascii() && message.lines().all(|line| line.len() <= 998));
        assert!(
            !message.contains("\r\n.\r\n") || message.contains("=2E"),
            "{message}"
        );
    }
}
