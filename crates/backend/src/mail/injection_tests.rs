//! What people try to break mail with, in every place that they can write into: it comes to one mail with the fields that
//! each mail has, for the one reader that it is for.

use domain::mail::TemplateForm;
use serde_json::json;
use smtp_peer::{Peer, Received};

use super::*;
use crate::error::Error;
use crate::testing::World;
use crate::{Caller, MailTransport};

/// The names of the fields that each mail has, once each.
const FIELDS: [&str; 8] = [
    "Auto-Submitted",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
];

/// What ends a line, a field or a message somewhere, begins another, or is taken for something else.
fn corpus() -> Vec<String> {
    let mut corpus: Vec<String> = [
        "x\r\nBcc: evil@example.org",
        "x\nBcc: evil@example.org",
        "x\rBcc: evil@example.org",
        "x\u{0b}Bcc: evil@example.org",
        "x\u{0c}Bcc: evil@example.org",
        "x\u{85}Bcc: evil@example.org",
        "x\u{2028}Bcc: evil@example.org",
        "x\u{2029}Bcc: evil@example.org",
        "x\r\n Bcc: evil@example.org",
        "x\r\n\r\nanother body",
        "x\n\n.\n",
        "x\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<evil@example.org>\r\nDATA\r\nSubject: two\r\n\r\nsecond\r\n.",
        "x\n.\nQUIT\n",
        ".\r\n.\r\n",
        "From sender\r\n..\r\n...\r\n",
        "\r\n.\r\n",
        "\n.\r\n",
        "\r\n.\n",
        ".",
        "..",
        ".\r\nQUIT\r\n",
        "=?utf-8?q?x=0d=0aBcc:_evil@example.org?=",
        "=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=",
        "=0D=0ABcc: evil@example.org",
        "%0d%0aBcc: evil@example.org",
        "\\r\\nBcc: evil@example.org",
        "\0\u{1}\u{7f}",
        "x\u{0}Bcc: evil@example.org",
        "\u{feff}x",
        "\u{202e}gro.elpmaxe@live",
        "\u{200d}\u{200b}",
        "\" <evil@example.org>, \"x",
        "x\" <evil@example.org>",
        "evil@example.org, x",
        "Group: evil@example.org;",
        "(a comment) [x]",
        "\\",
        "\"",
        "<",
        "--",
        "\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<b>x</b>",
        "Content-Type: text/html",
        "{{ link }}",
        "{{ 7 * 7 }}",
        "{% raw %}{% endraw %}",
        "{% include 'x' %}",
        "{{ ''.__class__ }}",
        "{#",
        "</title><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "&#13;&#10;Bcc: evil@example.org",
        "Ünï¢ödé",
        "山田 太郎",
        "👩‍👩‍👧‍👦",
    ]
    .map(str::to_owned)
    .to_vec();
    corpus.push("x".repeat(2_000));
    corpus.push("ä".repeat(1_200));
    corpus.push("a b ".repeat(400));
    corpus.push(format!("{}\r\nBcc: evil@example.org", "y".repeat(998)));
    corpus
}

struct Story<'a> {
    world: &'a World,
    peer: &'a Peer,
    ada: Caller,
}

impl Story<'_> {
    /// Sends one mail and says what arrived.
    async fn sent(&self, mail: NewMail, what: &str) -> Received {
        let before = self.peer.count();
        let backend = &self.world.backend;
        let mut tx = backend.db.write().await.expect("a transaction");
        let id = backend.queue_mail(&mut tx, mail).await.expect("queued");
        backend.commit(tx).await.expect("committed");
        // Each has its own address, so no reader has had enough; the organisation would have.
        backend.clock().advance(chrono::TimeDelta::seconds(1));
        assert_eq!(
            backend.mail().deliver_due().await.expect("delivered"),
            1,
            "{what:?}"
        );
        let mut received = self.peer.received();
        assert_eq!(received.len(), before + 1, "{what:?} made one mail");
        let received = received.pop().expect("a mail");
        let message_id = format!("<{id}@tokens.example.org>");
        assert_eq!(received.message_id(), message_id, "{what:?}");
        received
    }

    /// The mail of one reader, with these values.
    fn mail(&self, to: &str, name: &str, facts: serde_json::Value) -> NewMail {
        NewMail {
            to_name: name.into(),
            facts,
            link: Some(Secret::new("https://tokens.example.org/t/canary-7F3K")),
            ..NewMail::to(
                self.ada.organisation(),
                to.parse().expect("an address"),
                Template::CodeAssigned,
            )
        }
    }
}

/// One reader, the fields of each mail, two parts and no second message within. Answers with the HTML.
fn is_as_expected(received: &Received, to: &str, what: &str) -> String {
    assert_eq!(received.to, [to], "{what:?}");
    let (head, body) = received.data.split_once("\r\n\r\n").expect("a head");
    let mut names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect();
    names.sort_unstable();
    assert_eq!(names, FIELDS, "{what:?}");
    assert!(received.data.is_ascii(), "{what:?}");
    // A line feed by itself ends lines of lenient readers.
    assert!(
        !received.data.replace("\r\n", "").contains(['\r', '\n', '\0']),
        "{what:?}"
    );
    assert!(
        received.data.split("\r\n").all(|line| line.len() <= 998),
        "{what:?}"
    );
    let address = received.fields("To").pop().expect("a reader");
    assert!(
        address.ends_with(&format!("<{to}>")) || address == to,
        "{what:?}: {address}"
    );
    let from = received.fields("From").pop().expect("a sender");
    assert!(
        from.ends_with("<no-reply@tokens.example.org>"),
        "{what:?}: {from}"
    );
    let kind = received.fields("Content-Type").pop().expect("a kind");
    assert!(kind.starts_with("multipart/alternative"), "{what:?}: {kind}");
    let boundary = kind.split('"').nth(1).expect("a boundary");
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 4, "{what:?}: a preface, two parts, an end");
    assert!(parts[1].starts_with("\r\nContent-Type: text/plain"), "{what:?}");
    assert!(parts[2].starts_with("\r\nContent-Type: text/html"), "{what:?}");
    assert_eq!(parts[3].trim(), "--", "{what:?}");
    parts[2].replace("=\r\n", "").replace("=3D", "=")
}

#[tokio::test]
async fn whatever_is_written_into_a_mail_it_is_one_mail_with_the_expected_fields() {
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let peer = Peer::start().await.expect("a mail server");
        let server = SmtpServer::parse(&peer.url()).expect("a server");
        let world = World::sending_by(database, MailTransport::Smtp(server));
        let ada = world.owner("Ada", "ada@example.org", "Acme").await;
        let story = Story {
            world: &world,
            peer: &peer,
            ada,
        };
        in_names_and_facts(&story).await;
        in_templates(&story).await;
        world.backend.database().close().await;
    }
}

async fn in_names_and_facts(story: &Story<'_>) {
    for (n, hostile) in corpus().iter().enumerate() {
        for place in ["to_name", "organisation", "collection", "assigned_by"] {
            let to = format!("{}.{n}@example.org", place.replace('_', "."));
            let mut facts =
                json!({"organisation": "Acme", "collection": "Onboarding", "assigned_by": "Grete"});
            let name = match place {
                "to_name" => hostile.as_str(),
                fact => {
                    facts[fact] = json!(hostile);
                    "Ben"
                }
            };
            let what = format!("{place}: {hostile}");
            let received = story.sent(story.mail(&to, name, facts), &what).await;
            let html = is_as_expected(&received, &to, &what);
            assert!(
                !html.contains("<script") && !html.contains("<img src=x"),
                "{what}"
            );
            assert!(html.contains("canary-7F3K"), "{what}: the link is there");
        }
    }
}

async fn in_templates(story: &Story<'_>) {
    let mail = story.world.backend.mail();
    let mut saved = 0;
    for (n, hostile) in corpus().iter().enumerate() {
        for part in ["subject", "html", "text"] {
            let mut form = TemplateForm {
                subject: "For {{ collection }}".into(),
                html: "<p>{{ collection }}</p>{{ button(link, 'Open') }}".into(),
                text: "{{ collection }}\n\n{{ link }}\n".into(),
            };
            match part {
                "subject" => form.subject.push_str(hostile),
                "html" => form.html.push_str(hostile),
                _ => form.text.push_str(hostile),
            }
            let what = format!("{part}: {hostile}");
            match mail
                .save_template(&story.ada, Template::CodeAssigned.key(), "en", &form)
                .await
            {
                Ok(_) => saved += 1,
                // What does not work is refused with its part, and never a fault.
                Err(Error::Refused(refusal)) => {
                    let problems = refusal.problems().expect("at a part");
                    assert!(problems.at(part).is_some(), "{what}: {problems}");
                    continue;
                }
                Err(fault) => panic!("{what}: {fault:?}"),
            }
            let to = format!("{part}.{n}@example.org");
            let facts = json!({"organisation": "Acme", "collection": "Onboarding", "assigned_by": "Grete"});
            let received = story.sent(story.mail(&to, "Ben", facts), &what).await;
            is_as_expected(&received, &to, &what);
        }
    }
    assert!(
        saved > corpus().len(),
        "most of it is harmless and can be said: {saved}"
    );
}
