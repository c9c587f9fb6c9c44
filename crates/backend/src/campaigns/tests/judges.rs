//! Credentials written to files, valid ones and others, for verifiers that others wrote: `cargo xtask test judges`.

use std::path::PathBuf;

use chrono::{TimeDelta, Utc};
use domain::CredentialId;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{CampaignForm, CampaignState};
use serde_json::{Value, json};

use super::super::Form;
use super::{Campaign, form, recipient};
use crate::testing::{World, noon, on_each_engine};

/// The files of one engine.
struct Files {
    folder: PathBuf,
    cases: Vec<Value>,
}

impl Files {
    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.join(name), bytes).expect("written");
    }

    fn case(&mut self, name: &str, file: &str, documents: &Value, judges: Value) {
        self.cases.push(json!({
            "name": name, "file": file, "issuer": "did.json", "documents": documents, "judges": judges,
        }));
    }
}

#[tokio::test]
#[ignore = "writes files for other programs: cargo xtask test judges"]
#[expect(
    clippy::disallowed_methods,
    reason = "foreign judges go by the system's clock"
)]
async fn credentials_are_written_for_foreign_judges() {
    let folder = PathBuf::from(std::env::var_os("JUDGES_FOLDER").expect("JUDGES_FOLDER names a folder"));
    on_each_engine(async |world| {
        // Judges go by the system's clock.
        world.backend.clock.advance(Utc::now() - TimeDelta::days(2) - noon());
        let mut files = Files {
            folder: folder.join(if world.backend.db.is_shared() { "postgres" } else { "sqlite" }),
            cases: Vec::new(),
        };
        std::fs::create_dir_all(&files.folder).expect("a folder");
        write_all(world, &mut files).await;
        let contexts = std::path::absolute("../credentials/contexts").expect("a folder");
        let context = |name: &str| contexts.join(name);
        let cases = json!({
            "cases": files.cases,
            "contexts": {
                "https://www.w3.org/ns/credentials/v2": context("credentials-v2.json"),
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": context("ob-v3p0-context-3.0.3.json"),
                "https://w3id.org/security/multikey/v1": context("security-multikey-v1.json"),
            },
        });
        files.write("cases.json", cases.to_string().as_bytes());
    })
    .await;
}

/// What makes a PDF other than it says it is, in as many bytes: for archives, twice, and for screen readers.
const ALTERED: [(&str, &[u8], &[u8]); 3] = [
    ("pdf-part", b"<pdfaid:part>3<", b"<pdfaid:part>9<"),
    ("pdf-attachment", b"/AFRelationship", b"/AFRelationshix"),
    ("pdf-language", b"/Lang", b"/Lanx"),
];

/// The bytes with one part of them in the place of another, wherever it stands.
fn replaced(bytes: &[u8], what: &[u8], instead: &[u8]) -> Vec<u8> {
    let (mut left, mut found) = (bytes.to_vec(), false);
    for at in 0..=bytes.len() - what.len() {
        if &bytes[at..at + what.len()] == what {
            left[at..at + what.len()].copy_from_slice(instead);
            found = true;
        }
    }
    assert!(found, "{} is not there", String::from_utf8_lossy(what));
    left
}

async fn write_all(world: &World, files: &mut Files) {
    let campaign = Campaign::live(world).await;
    let campaigns = campaign.backend.campaigns();
    // With all that a credential can say.
    campaigns
        .change_issuer_profile(&campaign.ada, &super::said::profile())
        .await
        .expect("changed");
    let said = CampaignForm {
        achievement_type: "CertificateOfCompletion".into(),
        languages: "en, de".into(),
        ..form()
    };
    campaigns
        .update(&campaign.ada, campaign.id, &said)
        .await
        .expect("changed");
    let home = "https://tokens.example.org";
    let mut issued = Vec::new();
    for name in ["Zoë ☃ O'Brien", "山田 太郎 🎓", "محمد علي"] {
        let id = campaign
            .add(name, &format!("n{}@example.org", issued.len()))
            .await;
        let token = campaign.token(id).await;
        issued.push((
            id,
            campaign
                .claimed(&token, &format!("n{}@example.org", issued.len()))
                .await,
        ));
    }
    let read = async |credential, form| {
        let document = campaigns.document(credential, form).await.expect("made");
        document.expect("there").bytes
    };
    let valid = read(issued[0].1, Form::Json).await;
    let parsed: Value = serde_json::from_slice(&valid).expect("JSON");
    let list = parsed["credentialStatus"]["statusListCredential"]
        .as_str()
        .expect("a list")
        .to_owned();
    let number: i64 = list
        .rsplit('/')
        .next()
        .and_then(|last| last.parse().ok())
        .expect("a number");
    let jwt = read(issued[0].1, Form::Jwt).await;
    files.write("valid.json", &valid);
    files.write("valid.jwt", &jwt);
    files.write("valid.png", &read(issued[0].1, Form::Png).await);
    files.write("valid.svg", &read(issued[0].1, Form::Svg).await);
    let pdf = read(issued[0].1, Form::Pdf).await;
    files.write("valid.pdf", &pdf);
    // Letters that no font here has, and letters that join from the right.
    files.write("boxes.pdf", &read(issued[1].1, Form::Pdf).await);
    files.write("arabic.pdf", &read(issued[2].1, Form::Pdf).await);
    for (name, what, instead) in ALTERED {
        files.write(&format!("{name}.pdf"), &replaced(&pdf, what, instead));
    }
    files.write("other-script.json", &read(issued[1].1, Form::Json).await);
    files.write("revoked.json", &read(issued[1].1, Form::Json).await);
    files.write("revoked.jwt", &read(issued[1].1, Form::Jwt).await);
    files.write("deleted.json", &read(issued[2].1, Form::Json).await);
    let organisation = campaign.ada.organisation();
    let did = campaigns
        .issuer_document(organisation)
        .await
        .expect("read")
        .expect("it issued");
    files.write("did.json", did.as_bytes());
    let lists = async |suffix: &str| {
        for (as_jwt, ending) in [(false, "json"), (true, "jwt")] {
            let text = campaigns
                .status_list(number, as_jwt)
                .await
                .expect("made")
                .expect("there");
            files.write(&format!("list-{suffix}.{ending}"), text.as_bytes());
        }
    };
    lists("before").await;
    // What is kept of them for old backpacks.
    let endings = ["ob2.json", "class.json", "issuer.json"];
    let keep = async |name: &str, credential: CredentialId| {
        for ending in endings {
            let kept = read(credential, Form::from_ending(ending).expect("a form")).await;
            files.write(&format!("{name}.{ending}"), &kept);
        }
    };
    for (number, (_, credential)) in issued.iter().enumerate() {
        keep(&format!("kept-{number}"), *credential).await;
    }
    campaigns
        .act(
            &campaign.ada,
            issued[1].0,
            RecipientAction::RevokeCredential,
            "Issued by mistake",
        )
        .await
        .expect("revoked");
    campaigns
        .act(&campaign.ada, issued[2].0, RecipientAction::DeleteRecipient, "")
        .await
        .expect("deleted");
    lists("after").await;
    keep("withdrawn", issued[1].1).await;

    let mut flipped = parsed.clone();
    flipped["name"] = json!("Another title");
    files.write("flipped.json", flipped.to_string().as_bytes());
    let mut text = String::from_utf8(jwt).expect("text");
    let middle = text.len() / 2;
    let other = if text.as_bytes()[middle] == b'A' { "B" } else { "A" };
    text.replace_range(middle..=middle, other);
    files.write("flipped.jwt", text.as_bytes());

    // One that was valid for a day, two days ago.
    let short = CampaignForm {
        valid_days: "1".into(),
        ..form()
    };
    let id = campaigns
        .create(&campaign.ada, &short)
        .await
        .expect("a draft")
        .row
        .id;
    campaigns
        .set_state(&campaign.ada, id, CampaignState::Live)
        .await
        .expect("started");
    let added = campaigns
        .add_recipients(&campaign.ada, id, &[recipient("Short", "short@example.org")])
        .await
        .expect("added");
    let expired = campaign
        .claimed(&campaign.token(added.ids[0]).await, "short@example.org")
        .await;
    files.write("expired.json", &read(expired, Form::Json).await);
    keep("kept-expired", expired).await;

    // Another issuer's signature under our name, and another issuer's list in the place of ours.
    let foreign = crate::people::testing::owner_of(campaign.backend, "Other", "eve@example.net").await;
    let id = campaigns.create(&foreign, &form()).await.expect("a draft").row.id;
    campaigns
        .set_state(&foreign, id, CampaignState::Live)
        .await
        .expect("started");
    let added = campaigns
        .add_recipients(&foreign, id, &[recipient("Eve", "eve@example.net")])
        .await
        .expect("added");
    let (token, _) = campaigns
        .copy_token(&foreign, added.ids[0])
        .await
        .expect("copied");
    let theirs = campaign.claimed(token.reveal(), "eve@example.net").await;
    let mut forged: Value = serde_json::from_slice(&read(theirs, Form::Json).await).expect("JSON");
    let their_list = forged["credentialStatus"]["statusListCredential"]
        .as_str()
        .expect("a list")
        .to_owned();
    let their_number: i64 = their_list
        .rsplit('/')
        .next()
        .and_then(|last| last.parse().ok())
        .expect("a number");
    for (as_jwt, ending) in [(false, "json"), (true, "jwt")] {
        let text = campaigns
            .status_list(their_number, as_jwt)
            .await
            .expect("made")
            .expect("there");
        files.write(&format!("list-foreign.{ending}"), text.as_bytes());
    }
    forged["issuer"]["id"] = parsed["issuer"]["id"].clone();
    forged["credentialStatus"] = parsed["credentialStatus"].clone();
    files.write("foreign-key.json", forged.to_string().as_bytes());

    let issuer = format!("{home}/issuers/{organisation}/did.json");
    let documents = |suffix: &str| {
        json!({
            issuer.as_str(): "did.json",
            list.as_str(): format!("list-{suffix}.json"),
            format!("{list}.jwt"): format!("list-{suffix}.jwt"),
        })
    };
    let all =
        |verdict: &str| json!({"openbadgeslib": verdict, "verifier-core": verdict, "digitalbazaar": verdict});
    let (before, after) = (documents("before"), documents("after"));
    let mut with_schema = all("accept");
    with_schema["schema"] = json!("accept");
    files.case("valid", "valid.json", &after, with_schema.clone());
    files.case(
        "valid jwt",
        "valid.jwt",
        &after,
        json!({"openbadgeslib": "accept", "jose": "accept"}),
    );
    files.case(
        "valid png",
        "valid.png",
        &after,
        json!({"openbadgeslib": "accept"}),
    );
    files.case(
        "valid svg",
        "valid.svg",
        &after,
        json!({"openbadgeslib": "accept"}),
    );
    files.case("other script", "other-script.json", &before, with_schema);
    for file in ["valid", "boxes", "arabic"] {
        let name = format!("pdf {file}");
        files.case(&name, &format!("{file}.pdf"), &after, json!({"pdf-a": "accept"}));
    }
    for (name, ..) in ALTERED {
        files.case(name, &format!("{name}.pdf"), &after, json!({"pdf-a": "reject"}));
    }
    files.case("flipped", "flipped.json", &after, all("reject"));
    files.case(
        "flipped jwt",
        "flipped.jwt",
        &after,
        json!({"openbadgeslib": "reject", "jose": "reject"}),
    );
    files.case("expired", "expired.json", &after, all("reject"));
    files.case("revoked", "revoked.json", &after, all("reject"));
    files.case(
        "revoked jwt",
        "revoked.jwt",
        &after,
        json!({"openbadgeslib": "reject"}),
    );
    files.case("deleted", "deleted.json", &after, all("reject"));
    files.case("foreign key", "foreign-key.json", &after, all("reject"));
    files.case("foreign list", "valid.json", &documents("foreign"), all("reject"));

    let at = |credential: CredentialId, name: &str| {
        let pairs = endings.map(|ending| {
            (
                format!("{home}/c/{credential}.{ending}"),
                format!("{name}.{ending}"),
            )
        });
        json!(std::collections::BTreeMap::from(pairs))
    };
    let old = |verdict: &str| json!({"openbadgeslib-2": verdict});
    let ids = [issued[0].1, issued[1].1, issued[2].1];
    files.case("hosted", "kept-0.ob2.json", &at(ids[0], "kept-0"), old("accept"));
    files.case(
        "hosted expired",
        "kept-expired.ob2.json",
        &at(expired, "kept-expired"),
        old("reject"),
    );
    files.case(
        "hosted revoked",
        "kept-1.ob2.json",
        &at(ids[1], "withdrawn"),
        old("reject"),
    );
    files.case("hosted deleted", "kept-2.ob2.json", &json!({}), old("reject"));
    files.case(
        "hosted foreign",
        "kept-0.ob2.json",
        &at(ids[0], "kept-1"),
        old("reject"),
    );
}
