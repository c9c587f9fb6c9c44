//! Files of recipients.

use domain::campaigns::import::{Holds, ImportForm, ImportState, ImportView};
use domain::mail::TemplateForm;
use domain::{ImportId, Refusal};

use super::Campaign;
use crate::campaigns::importing::{packed, strings};
use crate::error::Error;
use crate::testing::on_each_engine;

impl Campaign<'_> {
    async fn read(&self, file: &[u8]) -> ImportView {
        self.backend
            .campaigns()
            .read_import(&self.ada, self.id, "people.csv", file.to_vec())
            .await
            .expect("a table")
    }

    async fn start(&self, id: ImportId, form: &ImportForm) -> Result<ImportView, Error> {
        self.backend
            .campaigns()
            .start_import(&self.ada, self.id, id, form)
            .await
    }

    pub(super) async fn work(&self) {
        while self.backend.jobs().run_one_slice().await.expect("a slice") {}
    }

    /// Imports a file with what its headings say, to its end.
    pub(super) async fn import(&self, file: &str, form: ImportForm) -> ImportView {
        let read = self.read(file.as_bytes()).await;
        let form = ImportForm {
            columns: keys(&read),
            ..form
        };
        self.start(read.id, &form).await.expect("started");
        self.work().await;
        let campaigns = self.backend.campaigns();
        campaigns
            .import_view(&self.ada, self.id, read.id)
            .await
            .expect("there")
    }
}

fn keys(view: &ImportView) -> Vec<String> {
    view.mapping
        .columns
        .iter()
        .map(|column| column.holds.key().to_owned())
        .collect()
}

pub(super) fn twice(policy: &str) -> ImportForm {
    ImportForm {
        duplicates: policy.into(),
        ..ImportForm::default()
    }
}

#[tokio::test]
async fn a_file_with_bad_rows_adds_nobody_until_only_the_good_ones_are_wanted() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let mut file = String::from("Name;E-Mail\r\n");
        for n in 0..1_100 {
            let address = if n % 100 == 0 {
                "nowhere".to_owned()
            } else {
                format!("n{n}@example.org")
            };
            file.push_str(&format!("\"Müller; Nr. {n}\";{address}\r\n"));
        }
        let campaigns = campaign.backend.campaigns();
        let read = campaign.read(file.as_bytes()).await;
        assert_eq!((read.rows, read.state), (1_100, ImportState::Read));
        let form = ImportForm {
            columns: keys(&read),
            ..ImportForm::default()
        };
        let check = campaigns
            .check_import(&campaign.ada, campaign.id, read.id, &form)
            .await
            .expect("checked");
        assert_eq!((check.good, check.bad, check.first_bad.len()), (1_089, 11, 11));
        let Err(Error::Refused(refused)) = campaign.start(read.id, &form).await else {
            panic!("bad rows stop everything");
        };
        let problems = refused.problems().expect("a problem");
        assert!(
            problems
                .at("good_only")
                .is_some_and(|sentence| sentence.contains("11 of 1100")),
            "{refused:?}"
        );
        assert_eq!(campaign.rows().await, []);
        let list = campaigns
            .bad_rows(&campaign.ada, campaign.id, read.id)
            .await
            .expect("a list");
        assert_eq!(list.lines().count(), 12, "each bad row and the headings");
        assert!(list.contains("\"Müller; Nr. 0\",nowhere,2,"), "{list}");

        let good_only = ImportForm {
            good_only: true,
            ..form
        };
        campaign.start(read.id, &good_only).await.expect("started");
        campaign
            .start(read.id, &good_only)
            .await
            .expect("asked twice, started once");
        campaign.work().await;
        let done = campaigns
            .import_view(&campaign.ada, campaign.id, read.id)
            .await
            .expect("there");
        assert_eq!(
            (done.state, done.outcome.added, done.outcome.bad),
            (ImportState::Done, 1_089, 11)
        );
        let view = campaigns.view(&campaign.ada, campaign.id).await.expect("there");
        assert_eq!(
            (view.row.recipients, view.unsent),
            (1_089, 0),
            "a live campaign sends what comes in"
        );

        let again = campaign
            .import(
                &file,
                ImportForm {
                    good_only: true,
                    ..twice("skip")
                },
            )
            .await;
        assert_eq!((again.outcome.added, again.outcome.skipped), (0, 1_089));
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        for refused in [
            campaigns
                .read_import(&stranger, campaign.id, "x", file.clone().into_bytes())
                .await
                .err(),
            campaigns.import_view(&stranger, campaign.id, read.id).await.err(),
            campaigns.bad_rows(&stranger, campaign.id, read.id).await.err(),
            campaigns
                .check_import(&stranger, campaign.id, read.id, &good_only)
                .await
                .err(),
            campaigns
                .start_import(&stranger, campaign.id, read.id, &good_only)
                .await
                .err(),
        ] {
            assert!(
                matches!(refused, Some(Error::Refused(Refusal::NotFound))),
                "{refused:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn each_bad_row_of_ten_thousand_is_reported_in_one_go_and_stands_in_the_list_to_mend() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let mut file = String::from("Name,E-mail\n");
        for row in 0..10_000 {
            let sign = if row % 100 == 57 { "" } else { "@" };
            file.push_str(&format!("Nr. {row},n{row}{sign}example.org\n"));
        }
        let read = campaign.read(file.as_bytes()).await;
        assert_eq!(read.rows, 10_000);
        let (ada, id) = (&campaign.ada, campaign.id);
        let form = ImportForm {
            columns: vec!["name".into(), "email".into()],
            ..ImportForm::default()
        };
        let check = campaigns.check_import(ada, id, read.id, &form).await;
        let check = check.expect("checked");
        assert_eq!((check.good, check.bad, check.twice), (9_900, 100, 0));
        let list = campaigns.bad_rows(ada, id, read.id).await.expect("a list");
        let lines: Vec<&str> = list.lines().skip(1).collect();
        assert_eq!(lines.len(), 100);
        for (at, line) in lines.iter().enumerate() {
            let row = at * 100 + 57;
            // The headings are line 1.
            let begins = format!("Nr. {row},n{row}example.org,{},", row + 2);
            assert!(
                line.starts_with(&begins) && line.len() > begins.len() + 10,
                "{line}"
            );
        }
        let refused = campaign.start(read.id, &form).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "all or nothing: {refused:?}"
        );
        assert_eq!(campaign.rows().await, []);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_there_is_left_out_replaced_or_added_once_more() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let first = "Name,E-mail,Grade\nZoe Muller,zoe@example.org,1\n";
        assert_eq!(campaign.import(first, twice("skip")).await.outcome.added, 1);
        let zoe = campaign.rows().await[0].id;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;

        let second = "Name,E-mail,Grade\nZoë Müller,zoe@example.org,2\nPat,pat@example.org,3\n";
        let replaced = campaign.import(second, twice("replace")).await.outcome;
        assert_eq!((replaced.added, replaced.replaced), (1, 1));
        assert_eq!(campaign.row(zoe).await.name, "Zoë Müller");
        let page = campaign
            .backend
            .campaigns()
            .public(credential)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(page.recipient, "Zoë Müller", "what was claimed is signed anew");
        assert!(campaign.validates(credential).await);

        let allowed = campaign.import(second, twice("allow")).await.outcome;
        assert_eq!((allowed.added, campaign.rows().await.len()), (2, 4));
        let skipped = campaign.import(second, twice("skip")).await.outcome;
        assert_eq!((skipped.added, skipped.skipped), (0, 2));
    })
    .await;
}

#[tokio::test]
async fn what_columns_hold_is_remembered_and_a_workbook_is_read_like_a_table() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let read = campaign.read(b"Wer,Wohin,Note\nZoe,zoe@example.org,1\n").await;
        assert!(!read.remembered);
        let form = ImportForm {
            columns: [Holds::Name, Holds::Email, Holds::Placeholder].map(|holds| holds.key().to_owned()).to_vec(),
            ..ImportForm::default()
        };
        campaign.start(read.id, &form).await.expect("started");
        campaign.work().await;

        let sheet = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>
            <row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2" t="s"><v>4</v></c><c r="C2"><v>2</v></c></row>"#;
        let book = packed(&strings(&["Note", "Wohin", "Wer", "山田 太郎", "yamada@example.org"]), sheet);
        let next = campaign.read(&book).await;
        assert!(next.remembered);
        assert_eq!(keys(&next), ["placeholder", "email", "name"]);
        let check = campaigns
            .check_import(&campaign.ada, campaign.id, next.id, &ImportForm { columns: vec!["name".into(), "email".into()], ..ImportForm::default() })
            .await
            .expect("checked");
        assert_eq!((check.good, check.undrawable), (1, 1), "no font of ours has these letters");
        assert_eq!(check.first_undrawable[0].missing, "山田太郎");
        let bad = campaigns.read_import(&campaign.ada, campaign.id, "x.xlsx", b"PK\x03\x04".to_vec()).await;
        assert!(matches!(bad, Err(Error::Refused(Refusal::Invalid(_)))), "{bad:?}");
    })
    .await;
}

#[tokio::test]
async fn an_import_is_stopped_between_slices_and_others_get_their_turn() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let rows = |from: usize| {
            let lines = (from..from + 600).map(|n| format!("Nr. {n},n{n}@example.org\n"));
            format!("name,email\n{}", lines.collect::<String>())
        };
        let mut ids = Vec::new();
        for from in [0, 1_000] {
            let read = campaign.read(rows(from).as_bytes()).await;
            let form = ImportForm {
                columns: keys(&read),
                ..ImportForm::default()
            };
            campaign.start(read.id, &form).await.expect("started");
            world.backend.clock.advance(chrono::TimeDelta::seconds(1));
            ids.push(read.id);
        }
        for _ in 0..2 {
            world.backend.clock.advance(chrono::TimeDelta::seconds(1));
            assert!(campaign.backend.jobs().run_one_slice().await.expect("a slice"));
        }
        let far = async |id| {
            let view = campaigns
                .import_view(&campaign.ada, campaign.id, id)
                .await
                .expect("there");
            view.progress.expect("a job").done
        };
        assert_eq!(
            (far(ids[0]).await, far(ids[1]).await),
            (250, 250),
            "one slice each"
        );
        let stopped = campaigns
            .cancel_import(&campaign.ada, campaign.id, ids[0])
            .await
            .expect("stopped");
        assert_eq!(
            (stopped.state, stopped.outcome.added),
            (ImportState::Cancelled, 250)
        );
        campaign.work().await;
        let done = campaigns
            .import_view(&campaign.ada, campaign.id, ids[1])
            .await
            .expect("there");
        assert_eq!((done.state, done.outcome.added), (ImportState::Done, 600));
        let again = campaigns.cancel_import(&campaign.ada, campaign.id, ids[1]).await;
        assert!(
            matches!(again, Err(Error::Refused(Refusal::Conflict(_)))),
            "it has ended"
        );

        world.backend.clock.advance(chrono::TimeDelta::days(8));
        campaigns.sweep().await.expect("swept");
        let gone = campaigns.bad_rows(&campaign.ada, campaign.id, ids[1]).await;
        assert!(
            matches!(gone, Err(Error::Refused(Refusal::NotFound))),
            "rows are not kept for ever"
        );
    })
    .await;
}

#[tokio::test]
async fn mails_show_columns_of_the_import_and_texts_with_others_are_refused() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let mail = campaign.backend.mail();
        let text = |column: &str| TemplateForm {
            subject: format!("Your grade: {{{{ column.{column} }}}}"),
            html: format!("<p>{{{{ column.{column} }}}}</p>{{{{ button(link, 'Open') }}}}"),
            text: "{{ name }}: {{ link }}\n".into(),
        };
        let save = async |column: &str| {
            mail.save_template(&campaign.ada, "claim_link", "en", &text(column))
                .await
        };
        let refused = |saved: Result<_, Error>| match saved {
            Err(Error::Refused(refusal)) => refusal.problems().map(ToString::to_string).unwrap_or_default(),
            Ok(_) | Err(_) => String::new(),
        };
        assert!(
            refused(save("final_grade").await).contains("No recipient has a column called “final_grade”")
        );

        let file = "Name,Email,Final grade\nZoë,zoe@example.org,1.3\n";
        let read = campaign.read(file.as_bytes()).await;
        let form = ImportForm {
            columns: ["name", "email", "placeholder"].map(str::to_owned).to_vec(),
            ..ImportForm::default()
        };
        campaign.start(read.id, &form).await.expect("started");
        campaign.work().await;
        assert!(refused(save("grade").await).contains("There are: link, organisation"));
        let saved = save("final_grade").await.expect("saved");
        let values: Vec<_> = saved.variables.iter().map(|value| value.name.as_str()).collect();
        assert!(values.contains(&"column.final_grade"), "{values:?}");

        let sent = campaign.mail_to("zoe@example.org", "Your grade: 1.3").await;
        assert!(sent.is_some_and(|mail| mail.contains("<p>1.3</p>")));
        campaign.add("Ben", "ben@example.org").await;
        let without = campaign.mail_to("ben@example.org", "Your grade:").await;
        assert!(without.is_some_and(|mail| mail.contains("<p></p>")));
    })
    .await;
}

#[tokio::test]
async fn a_campaign_has_texts_of_its_own_and_others_keep_theirs() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let mail = campaign.backend.mail();
        let text = |words: &str| TemplateForm {
            subject: format!("{words}: {{{{ title }}}}"),
            html: "{{ button(link, 'Open') }}".into(),
            text: "{{ link }}\n".into(),
        };
        let of_campaign = format!("claim_link@{}", campaign.id);
        let rows = mail
            .templates(&campaign.ada, Some(campaign.id))
            .await
            .expect("texts");
        assert_eq!(rows.len(), 4, "what a campaign sends");
        assert!(
            rows.iter()
                .any(|row| row.key == of_campaign && row.saved.is_none())
        );
        mail.save_template(&campaign.ada, "claim_link", "en", &text("Ours"))
            .await
            .expect("saved");
        let view = mail
            .template(&campaign.ada, &of_campaign, "en")
            .await
            .expect("a text");
        assert_eq!(
            view.form.subject, "Ours: {{ title }}",
            "it begins with what it would say"
        );
        mail.save_template(&campaign.ada, &of_campaign, "en", &text("Only here"))
            .await
            .expect("saved");
        mail.save_template(&campaign.ada, "claim_link", "de", &text("Unser"))
            .await
            .expect("saved");

        campaign.add("Zoë", "zoe@example.org").await;
        assert!(
            campaign
                .mail_to("zoe@example.org", "Only here: Safety at work")
                .await
                .is_some()
        );
        let other = campaign
            .backend
            .campaigns()
            .create(&campaign.ada, &super::form())
            .await
            .expect("a draft")
            .row
            .id;
        let campaigns = campaign.backend.campaigns();
        let german = domain::campaigns::NewRecipient {
            language: "de".into(),
            ..super::recipient("Ben", "ben@example.org")
        };
        campaigns
            .add_recipients(&campaign.ada, campaign.id, std::slice::from_ref(&german))
            .await
            .expect("added");
        let found = campaign.mail_to("ben@example.org", "Unser: Safety at work").await;
        assert!(
            found.is_some(),
            "the reader's language goes before the campaign's own words"
        );
        campaigns
            .add_recipients(
                &campaign.ada,
                other,
                &[super::recipient("Cyd", "cyd@example.org")],
            )
            .await
            .expect("added");
        campaigns
            .set_state(&campaign.ada, other, domain::campaigns::CampaignState::Live)
            .await
            .expect("started");
        assert!(
            campaign
                .mail_to("cyd@example.org", "Ours: Safety at work")
                .await
                .is_some()
        );

        world.backend.clock.advance(chrono::TimeDelta::seconds(1));
        mail.reset_template(&campaign.ada, &of_campaign, "en")
            .await
            .expect("reset");
        campaign.add("Dan", "dan@example.org").await;
        assert!(
            campaign
                .mail_to("dan@example.org", "Ours: Safety at work")
                .await
                .is_some()
        );

        // What is no campaign of the caller's has no texts, and codes have none of a campaign's own.
        let stranger = world.owner("Eve", "eve@example.org", "Elsewhere").await;
        let nothing = format!("claim_code@{}", campaign.id);
        for (caller, key) in [(&stranger, &of_campaign), (&campaign.ada, &nothing)] {
            for outcome in [
                mail.template(caller, key, "en").await.map(|_| ()),
                mail.save_template(caller, key, "en", &text("Mine"))
                    .await
                    .map(|_| ()),
                mail.reset_template(caller, key, "en").await.map(|_| ()),
            ] {
                assert!(
                    matches!(outcome, Err(Error::Refused(Refusal::NotFound))),
                    "{key}: {outcome:?}"
                );
            }
        }
        let foreign = mail.templates(&stranger, Some(campaign.id)).await;
        assert!(
            matches!(foreign, Err(Error::Refused(Refusal::NotFound))),
            "{foreign:?}"
        );
    })
    .await;
}
