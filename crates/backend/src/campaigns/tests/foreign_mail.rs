//! A campaign of a thousand through a mail server that others wrote, PyPI `aiosmtpd`, which `cargo xtask test judges`
//! installs. What arrives is read by a mail parser that others wrote, too.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use domain::campaigns::CampaignState;
use domain::campaigns::claims::Claimed;
use domain::mail::MailState;
use serde_json::Value;

use super::importing::twice;
use super::{Campaign, form, recipient};
use crate::MailTransport;
use crate::campaigns::Form;
use crate::mail::SmtpServer;
use crate::people::testing::{browser, owner};
use crate::testing::World;

/// How many recipients there are.
const MANY: usize = 1_000;
/// How many of them claim by a code that is mailed.
const BY_CODE: usize = 24;

/// Names as people have them, and as people try to break mail with them.
const NAMES: [&str; 24] = [
    "Zoë Müller",
    "O'Brien, Pat",
    "\"Quoted\" \\ Backslash",
    "山田 太郎",
    "Владимир Ильин",
    "محمد علي",
    "שרה כהן",
    "राम कुमार",
    "Nguyễn Thị Ánh",
    "=?utf-8?q?x=0d=0aBcc:_evil@example.org?=",
    "<script>alert(1)</script>",
    "a@b.test, c@d.test",
    "Bcc: evil@example.org",
    "{{ link }}{% raw %}",
    ". dot",
    "Group: x@y.test;",
    "😀 👩‍👩‍👧 Smile",
    "%0d%0aBcc: x",
    "&amp; <b>bold</b>",
    "--boundary",
    "Line\u{2028}Separator",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "(comment) [literal]",
    "https://evil.example/r/0000",
];

/// The header fields of each mail, once each.
const FIELDS: [&str; 9] = [
    "auto-submitted",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "reply-to",
    "subject",
    "to",
];

/// A mail server that runs until it is dropped.
struct Foreign {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Foreign {
    fn begin() -> Self {
        let python = std::env::var_os("JUDGES_PYTHON").expect("JUDGES_PYTHON names a Python with aiosmtpd");
        let folder = tempfile::tempdir().expect("a folder");
        let mut process = Command::new(python)
            .arg("../../end2end/judges/mail_server.py")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening at ").map(str::to_owned));
        Self {
            process,
            address: address.expect("it says where it listens: is it installed?"),
            folder,
        }
    }

    /// The mails that it took, in their order.
    fn taken(&self) -> Vec<Value> {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "json"));
        files.sort();
        let read = |file: &PathBuf| std::fs::read(file).expect("a mail");
        files
            .iter()
            .map(|file| serde_json::from_slice(&read(file)).expect("JSON"))
            .collect()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn text<'v>(mail: &'v Value, name: &str) -> &'v str {
    mail[name].as_str().unwrap_or_default()
}

/// The claim token in a mail, which stands in its text and in its HTML.
fn token(mail: &Value) -> String {
    let found: BTreeSet<&str> = text(mail, "text")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("https://tokens.example.org/r/"))
        .collect();
    assert_eq!(found.len(), 1, "one link: {mail}");
    let token = found.into_iter().next().unwrap_or_default();
    assert!(text(mail, "html").contains(&format!("/r/{token}")), "{mail}");
    token.to_owned()
}

/// A name without its spaces: readers differ on those that stand between encoded words.
fn letters(name: &str) -> String {
    name.split_whitespace().collect()
}

#[tokio::test]
#[ignore = "needs a mail server that others wrote: cargo xtask test judges"]
async fn a_campaign_of_a_thousand_goes_through_a_foreign_mail_server() {
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let foreign = Foreign::begin();
        let server = SmtpServer::parse(&format!("smtp://{}", foreign.address)).expect("a server");
        let world = World::sending_by(database, MailTransport::Smtp(server));
        thousand(&world, &foreign).await;
        world.backend.database().close().await;
    }
}

async fn thousand(world: &World, foreign: &Foreign) {
    let backend = &world.backend;
    let ada = owner(backend).await;
    let campaigns = backend.campaigns();
    let id = campaigns.create(&ada, &form()).await.expect("a draft").row.id;
    let campaign = Campaign {
        backend,
        world,
        ada,
        id,
    };
    let people: BTreeMap<String, String> = (0..MANY)
        .map(|n| {
            (
                format!("n{n}@example.org"),
                format!("{} {n}", NAMES[n % NAMES.len()]),
            )
        })
        .collect();
    let mut file = String::from("Name,Email\r\n");
    for (address, name) in &people {
        file.push_str(&format!("\"{}\",{address}\r\n", name.replace('"', "\"\"")));
    }
    let view = campaign.import(&file, twice("skip")).await;
    assert_eq!((view.outcome.added, view.outcome.bad), (MANY as i64, 0));
    campaigns
        .set_state(&campaign.ada, id, CampaignState::Live)
        .await
        .expect("started");
    campaign.work().await;
    assert_eq!(backend.mail().deliver_due().await.expect("delivered"), MANY);

    let taken = foreign.taken();
    let ids: BTreeSet<&str> = taken.iter().map(|mail| text(mail, "message_id")).collect();
    assert_eq!((taken.len(), ids.len()), (MANY, MANY), "each mail once");
    let mut tokens = BTreeMap::new();
    for mail in &taken {
        let mut names: Vec<&str> = mail["names"]
            .as_array()
            .expect("names")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, FIELDS, "{mail}");
        assert_eq!(mail["defects"], serde_json::json!([]), "{mail}");
        let to = mail["to"][0].as_str().expect("a reader").to_owned();
        assert_eq!(mail["to"].as_array().map(Vec::len), Some(1), "{mail}");
        let readers = mail["readers"].as_array().expect("readers");
        assert_eq!(
            (readers.len(), readers[0][1].as_str()),
            (1, Some(to.as_str())),
            "{mail}"
        );
        let name = &people[&to];
        assert_eq!(
            letters(readers[0][0].as_str().unwrap_or_default()),
            letters(name),
            "{mail}"
        );
        assert!(text(mail, "text").contains(&format!("Hello {name},")), "{mail}");
        assert!(!text(mail, "html").contains("<script"), "{mail}");
        tokens.insert(to, token(mail));
    }
    assert_eq!(
        tokens.values().collect::<BTreeSet<_>>().len(),
        MANY,
        "a link for each"
    );

    for (n, (address, token)) in tokens.iter().enumerate() {
        if n >= BY_CODE {
            campaign.claimed(token, address).await;
            continue;
        }
        let client = browser(&format!("192.0.2.{n}"));
        let sent = campaigns
            .send_code(token, address, &client)
            .await
            .expect("a code");
        assert_eq!(backend.mail().deliver_due().await.expect("delivered"), 1);
        let taken = foreign.taken();
        let mail = taken.last().expect("a mail");
        let code = text(mail, "text")
            .split(|c: char| !c.is_ascii_digit())
            .find(|digits| digits.len() == 6)
            .expect("a code");
        let claimed = campaigns.claim_by_code(token, sent.attempt, code, &client).await;
        let Ok(Claimed::Done(credential)) = claimed else {
            panic!("{claimed:?}");
        };
        assert!(campaign.validates(credential).await);
        for form in [Form::Pdf, Form::Png, Form::Svg] {
            let document = campaigns.document(credential, form).await.expect("drawn");
            assert!(
                document.is_some_and(|document| !document.bytes.is_empty()),
                "{form:?}"
            );
        }
    }
    let view = campaigns.view(&campaign.ada, id).await.expect("there");
    assert_eq!((view.row.sent, view.row.claimed), (MANY as i64, MANY as i64));
    assert!(
        campaign
            .rows()
            .await
            .iter()
            .all(|row| row.mail == Some(MailState::Sent))
    );

    // One more after all of it: the server is still there, and nobody got anything twice.
    campaigns
        .add_recipients(&campaign.ada, id, &[recipient("Last", "last@example.org")])
        .await
        .expect("added");
    assert_eq!(backend.mail().deliver_due().await.expect("delivered"), 1);
    let taken = foreign.taken();
    let ids: BTreeSet<&str> = taken.iter().map(|mail| text(mail, "message_id")).collect();
    assert_eq!((taken.len(), ids.len()), (MANY + BY_CODE + 1, MANY + BY_CODE + 1));
}
