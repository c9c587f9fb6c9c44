//! Stories of an organisation's own mail server and its own texts.

use domain::Refusal;
use domain::mail::{MailSettingsForm, TemplateForm};
use smtp_peer::Peer;

use super::*;
use crate::Caller;
use crate::error::Error;
use crate::testing::{World, on_each_engine};

fn form(peer: &Peer) -> MailSettingsForm {
    MailSettingsForm {
        host: "127.0.0.1".into(),
        port: peer.address().port().to_string(),
        security: "starttls".into(),
        user: "certs".into(),
        password: "canary p@ss".into(),
        from: "certs@acme.example".into(),
        reply_to: "desk@acme.example".into(),
        colour: "#FFD400".into(),
        ..MailSettingsForm::default()
    }
}

/// The tests' mail server speaks no TLS, and nobody can ask for less on the settings page.
async fn in_plain(world: &World) {
    let mut tx = world.backend.db.write().await.expect("a transaction");
    tx.query("UPDATE mail_settings SET security = 'none', changed_at = $1")
        .bind(world.backend.clock.now())
        .run()
        .await
        .expect("changed");
    tx.commit().await.expect("committed");
}

fn conflict<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(Refusal::Conflict(words))) => words,
        other => panic!("no conflict: {other:?}"),
    }
}

async fn queue(world: &World, ada: &Caller, language: &str) -> MailId {
    let mut tx = world.backend.db.write().await.expect("a transaction");
    let mail = NewMail {
        to_name: "Ben".into(),
        facts: serde_json::json!({"organisation": "Acme"}),
        link: Some(Secret::new("https://tokens.example.org/my/sign-in/canary")),
        language: language.into(),
        ..NewMail::to(
            ada.organisation(),
            "ben@example.org".parse().expect("an address"),
            Template::SignInLink,
        )
    };
    let id = world.backend.queue_mail(&mut tx, mail).await.expect("queued");
    world.backend.commit(tx).await.expect("committed");
    id
}

#[tokio::test]
async fn an_organisation_sends_by_its_own_server_and_tries_it() {
    on_each_engine(async |world| {
        let ada = world.owner("Ada", "ada@example.org", "Acme").await;
        let (peer, mail) = (Peer::start().await.expect("a mail server"), world.backend.mail());
        peer.ask_for("certs", "canary p@ss");
        let view = mail.change_settings(&ada, &form(&peer)).await.expect("changed");
        assert!(view.has_password && view.form.password.is_empty());
        assert_eq!(view.form.colour, "#ffd400");

        assert!(conflict(mail.send_test(&ada, &form(&peer)).await).contains("this machine"));
        world.backend.postbox.let_own_servers_be_here();
        world.backend.clock().advance(chrono::TimeDelta::seconds(1));
        mail.change_settings(
            &ada,
            &MailSettingsForm {
                password: String::new(),
                ..form(&peer)
            },
        )
        .await
        .expect("changed");
        let kept = MailSettingsForm {
            password: String::new(),
            ..form(&peer)
        };
        assert!(conflict(mail.send_test(&ada, &kept).await).contains("no encryption"));
        assert_eq!(peer.count(), 0);
        world.backend.clock().advance(chrono::TimeDelta::seconds(1));
        in_plain(world).await;
        queue(world, &ada, "").await;
        assert_eq!(mail.deliver_due().await.expect("delivered"), 1);
        queue(world, &ada, "").await;
        assert_eq!(mail.deliver_due().await.expect("delivered"), 1);
        let received = peer.received();
        assert_eq!(received.len(), 2);
        assert!(
            received
                .iter()
                .all(|message| message.fields("From") == ["Acme <certs@acme.example>"]
                    && message.fields("Reply-To") == ["desk@acme.example"])
        );
        assert!(received[1].from.starts_with("certs+") && received[1].from.ends_with("@acme.example"));
        assert!(
            received[1]
                .data
                .replace("=\r\n", "")
                .contains("background:#ffd400;color:#000000")
        );

        // A password is for the server it was typed for.
        let elsewhere = MailSettingsForm {
            host: "mail.evil.example".into(),
            password: String::new(),
            ..form(&peer)
        };
        assert!(
            !mail
                .change_settings(&ada, &elsewhere)
                .await
                .expect("changed")
                .has_password
        );
        let back = mail
            .change_settings(&ada, &MailSettingsForm::default())
            .await
            .expect("changed");
        assert!(back.form.host.is_empty());
        queue(world, &ada, "").await;
        assert_eq!(mail.deliver_due().await.expect("delivered"), 1);
        assert_eq!(peer.count(), 2, "the installation's own way again");
    })
    .await;
}

#[tokio::test]
async fn a_test_tries_what_is_typed_and_saves_nothing() {
    on_each_engine(async |world| {
        let ada = world.owner("Ada", "ada@example.org", "Acme").await;
        let (peer, mail) = (Peer::start().await.expect("a mail server"), world.backend.mail());
        peer.ask_for("certs", "canary p@ss");
        world.backend.postbox.let_own_servers_be_here();
        mail.change_settings(&ada, &form(&peer)).await.expect("changed");
        world.backend.clock().advance(chrono::TimeDelta::seconds(1));
        // The saved settings would work; those that are typed ask for encryption, which the server does not have.
        in_plain(world).await;
        assert!(conflict(mail.send_test(&ada, &form(&peer)).await).contains("no encryption"));
        // Without a server of one's own the installation's is tried.
        let blank = MailSettingsForm::default();
        assert_eq!(
            mail.send_test(&ada, &blank).await.expect("put into the folder").as_str(),
            "ada@example.org"
        );
        let wrong = MailSettingsForm {
            port: "none".into(),
            ..form(&peer)
        };
        let refused = mail.send_test(&ada, &wrong).await;
        assert!(
            matches!(&refused, Err(Error::Refused(refusal)) if refusal.problems().is_some_and(|found| found.at("port").is_some())),
            "{refused:?}"
        );
        assert_eq!(peer.count(), 0);
        let kept = mail.settings(&ada).await.expect("settings");
        assert_eq!(kept.form.host, "127.0.0.1", "nothing was saved");
        assert!(kept.has_password);
    })
    .await;
}

#[tokio::test]
async fn an_organisation_writes_its_own_texts() {
    on_each_engine(async |world| {
        let ada = world.owner("Ada", "ada@example.org", "Acme").await;
        let mail = world.backend.mail();
        let german = TemplateForm {
            subject: "Dein Link für {{ organisation }}".into(),
            html: "<p>Hallo {{ reader }},</p>{{ button(link, 'Anmelden') }}".into(),
            text: "Hallo {{ reader }},\n\n{{ link }}\n".into(),
        };
        let key = Template::SignInLink.key();
        for (part, wrong) in [
            ("html", TemplateForm { html: "<p>Hallo</p>".into(), ..german.clone() }),
            ("text", TemplateForm { text: "{{ link }} {{ password }}".into(), ..german.clone() }),
            ("subject", TemplateForm { subject: "{{".into(), ..german.clone() }),
        ] {
            let refused = mail.save_template(&ada, key, "de", &wrong).await;
            assert!(
                matches!(&refused, Err(Error::Refused(refusal)) if refusal.problems().is_some_and(|found| found.at(part).is_some())),
                "{part}: {refused:?}"
            );
        }
        for (key, language) in [("nothing", "de"), (key, "../de"), (key, "")] {
            let refused = mail.save_template(&ada, key, language, &german).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::NotFound))), "{key} {language}");
        }
        let saved = mail.save_template(&ada, key, "de", &german).await.expect("saved");
        assert!(saved.row.saved.is_some());
        assert_eq!(mail.templates(&ada, None).await.expect("texts").len(), Template::ALL.len() + 1);

        let (in_german, in_english) = (queue(world, &ada, "de").await, queue(world, &ada, "fr").await);
        let (preview, html) = mail.preview_template(&ada, key, "de", &german).await.expect("a preview");
        assert_eq!(preview.subject, "Dein Link für Acme");
        assert!(preview.values_of.contains("ben@example.org") && html.contains("Hallo Ben"), "{html}");
        assert!(!html.contains("canary") && !preview.text.contains("canary"));
        assert_eq!(mail.deliver_due().await.expect("delivered"), 2);
        let subject = async |id| mail.view(&ada, id).await.expect("a mail").subject;
        assert_eq!(subject(in_german).await, "Dein Link für Acme");
        assert_eq!(subject(in_english).await, "Your sign-in link for Acme");

        // What was sent stays as it was said.
        world.backend.clock().advance(chrono::TimeDelta::seconds(1));
        mail.reset_template(&ada, key, "de").await.expect("reset");
        assert_eq!(subject(in_german).await, "Dein Link für Acme");
        let third = queue(world, &ada, "de").await;
        assert_eq!(subject(third).await, "Your sign-in link for Acme");

        // A region has the text of its language, unless it has its own.
        world.backend.clock().advance(chrono::TimeDelta::seconds(1));
        mail.save_template(&ada, key, "DE", &german).await.expect("saved");
        for language in ["de-AT", "DE", "de_ch"] {
            let mail = queue(world, &ada, language).await;
            assert_eq!(subject(mail).await, "Dein Link für Acme", "{language}");
        }
        let stranger = world.owner("Eve", "eve@example.org", "Elsewhere").await;
        assert_eq!(mail.templates(&stranger, None).await.expect("texts").len(), Template::ALL.len());
    })
    .await;
}

#[tokio::test]
async fn mails_carry_the_logo_the_colour_and_whom_to_ask() {
    on_each_engine(async |world| {
        let ada = world.owner("Ada", "ada@example.org", "Acme").await;
        let mail = world.backend.mail();
        let settings = MailSettingsForm {
            colour: "#FFD400".into(),
            contact_email: "desk@acme.example".into(),
            contact_phone: "+49 40 1234".into(),
            contact_url: "https://acme.example/help".into(),
            ..MailSettingsForm::default()
        };
        mail.change_settings(&ada, &settings).await.expect("changed");
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='1'><rect width='4' height='1'/></svg>";
        for bad in [b"hello".to_vec(), Vec::new()] {
            let refused = mail.set_logo(&ada, Some(bad)).await;
            assert!(
                matches!(&refused, Err(Error::Refused(refusal)) if refusal.problems().is_some_and(|found| found.at("file").is_some())),
                "{refused:?}"
            );
        }
        mail.set_logo(&ada, Some(svg.to_vec())).await.expect("taken");
        let shown = mail.settings(&ada).await.expect("settings").logo.expect("a logo");
        assert_eq!((shown.width, shown.height), (240, 60));
        let png = mail.logo(ada.organisation()).await.expect("read").expect("a logo");
        assert!(png.starts_with(b"\x89PNG"));
        let style = mail.style(ada.organisation()).await.expect("read").expect("a colour");
        assert!(style.contains("background:#ffd400;color:#000000"), "{style}");

        let id = queue(world, &ada, "").await;
        assert_eq!(mail.deliver_due().await.expect("delivered"), 1);
        let path = world.mail.path().join(format!("{id}.eml"));
        let sent = std::fs::read_to_string(path).expect("a mail").replace("=\r\n", "").replace("=3D", "=");
        for expected in [
            "multipart/related",
            "Content-ID: <logo>",
            "src=\"cid:logo\" alt=\"Acme\" width=\"240\" height=\"60\"",
            "background:#ffd400;color:#000000",
            "href=\"tel:+49401234\"",
            "href=\"mailto:desk@acme.example\"",
            "\r\ndesk@acme.example\r\n+49 40 1234\r\nhttps://acme.example/help",
        ] {
            assert!(sent.contains(expected), "{expected}: {sent}");
        }
        // Anyone who looks at it fetches nothing.
        let html = mail.html(&ada, id).await.expect("a mail");
        assert!(html.contains("src=\"data:image/png;base64,") && !html.contains("cid:"), "{html}");

        // Nobody else has them, and who may not manage the organisation changes nothing.
        let eve = world.owner("Eve", "eve@example.org", "Elsewhere").await;
        assert_eq!(mail.logo(eve.organisation()).await.expect("read"), None);
        assert_eq!(mail.style(eve.organisation()).await.expect("read"), None);
        mail.set_logo(&ada, None).await.expect("taken away");
        assert_eq!(mail.logo(ada.organisation()).await.expect("read"), None);
    })
    .await;
}
