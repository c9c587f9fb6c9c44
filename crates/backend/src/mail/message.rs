//! A letter as a MIME message.
//!
//! The header fields are put together by types that cannot hold a line break, and every body part is
//! encoded, so that nothing that was typed can end a header or a message.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::letter::Letter;
use super::sql::Due;

/// The message, ready to be handed over.
///
/// # Errors
/// A sentence for the operator: an address that mail servers would not take.
pub(super) fn build(mail: &Due, letter: &Letter, public_url: &str) -> Result<Vec<u8>, String> {
    let host = host(public_url);
    let from = Address::new("no-reply", host).or_else(|_| Address::new("no-reply", "localhost"));
    let from = Mailbox::new(
        Some(one_line(&letter.from_name)),
        from.map_err(|error| error.to_string())?,
    );
    let to: Address = mail.to_address.parse().map_err(|_| "its address is no address")?;
    let to_name = Some(one_line(&mail.to_name)).filter(|name| !name.is_empty());
    let written = u64::try_from(mail.created_at.timestamp()).unwrap_or_default();
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(to_name, to))
        .subject(one_line(&letter.subject))
        .date(UNIX_EPOCH + Duration::from_secs(written))
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        // Absence notes and the like are not to be sent to a program (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ))
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
                .singlepart(part(ContentType::TEXT_HTML, &letter.html)),
        )
        .map_err(|error| error.to_string())?;
    Ok(message.formatted())
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    SinglePart::builder()
        .header(content_type)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(body.replace('\n', "\r\n"))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The host of an address such as `https://tokens.example.org:8443`.
fn host(url: &str) -> &str {
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

    #[test]
    fn nothing_that_was_typed_becomes_a_header_or_ends_the_message() {
        let nasty = "x\r\nBcc: evil@example.org\r\n\r\n.\r\nnew";
        let mail = Due {
            id: MailId(uuid::Uuid::nil()),
            organisation_id: domain::OrganisationId(uuid::Uuid::nil()),
            token_id: None,
            to_address: "ada@example.org".into(),
            to_name: nasty.into(),
            template: String::new(),
            facts: String::new(),
            sealed: None,
            attempts: 1,
            created_at: crate::testing::noon(),
        };
        let letter = Letter {
            from_name: format!("{nasty}\" <evil@example.org>, ü"),
            subject: format!("{nasty} ü {}", "long ".repeat(60)),
            text: nasty.into(),
            html: nasty.into(),
        };

        let message = String::from_utf8(build(&mail, &letter, "https://tokens.example.org").expect("built"))
            .expect("ASCII");

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
