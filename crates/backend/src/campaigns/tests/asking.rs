//! What recipients ask of their issuer.

use domain::Refusal;
use domain::campaigns::claims::ClaimLink;
use domain::campaigns::{CampaignForm, CampaignState};
use domain::mail::MailQuery;
use domain::people::PeopleQuery;

use super::{Campaign, client, form, recipient};
use crate::error::Error;
use crate::testing::on_each_engine;

#[tokio::test]
async fn an_address_gets_all_its_links_and_nobody_learns_whether_there_are_any() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        campaign.add("Zoë", "zoe@example.org").await;
        let campaigns = campaign.backend.campaigns();
        campaign.backend.mail().deliver_due().await.expect("delivered");
        let count = || std::fs::read_dir(world.mail.path()).expect("a folder").count();
        let before = count();
        campaigns
            .send_links("nobody@example.org", &client())
            .await
            .expect("the same answer");
        campaign.backend.mail().deliver_due().await.expect("delivered");
        assert_eq!(count(), before);
        campaigns
            .send_links(" ZOE@example.org ", &client())
            .await
            .expect("sent");
        campaign.backend.mail().deliver_due().await.expect("delivered");
        assert_eq!(count(), before + 1);

        // Of several links one mail tells, and of each what is true.
        let claimed = campaign.add("Ben", "ben@example.org").await;
        let token = campaign.token(claimed).await;
        campaign.claimed(&token, "ben@example.org").await;
        let boats = CampaignForm {
            title: "Boat safety".into(),
            ..form()
        };
        let other = campaigns
            .create(&campaign.ada, &boats)
            .await
            .expect("a draft")
            .row
            .id;
        campaigns
            .set_state(&campaign.ada, other, CampaignState::Live)
            .await
            .expect("started");
        campaigns
            .add_recipients(&campaign.ada, other, &[recipient("Ben", "ben@example.org")])
            .await
            .expect("added");
        campaign.backend.mail().deliver_due().await.expect("delivered");
        let before = count();
        campaigns
            .send_links("ben@example.org", &client())
            .await
            .expect("sent");
        let mail = campaign
            .mail_to("ben@example.org", "Your links")
            .await
            .expect("a mail");
        assert_eq!(count(), before + 1);
        assert!(mail.contains("Safety at work (certificate), claimed:"), "{mail}");
        assert!(
            mail.contains("Boat safety (certificate), waits for you:"),
            "{mail}"
        );
        assert_eq!(
            mail.matches("<a href=\"https://tokens.example.org/r/").count(),
            2,
            "{mail}"
        );
        let bad = campaigns.send_links("zoe", &client()).await;
        assert!(matches!(bad, Err(Error::Refused(Refusal::Invalid(_)))), "{bad:?}");
        let mut refused = None;
        for _ in 0..100 {
            refused = campaigns.send_links("zoe@example.org", &client()).await.err();
            if refused.is_some() {
                break;
            }
        }
        assert!(
            matches!(refused, Some(Error::Refused(Refusal::TooMany { .. }))),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_asked_for_is_given_or_not_by_the_issuer() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoe Muller", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        let none = campaigns.answer_name(&campaign.ada, zoe, true).await;
        assert!(
            matches!(none, Err(Error::Refused(Refusal::Conflict(_)))),
            "{none:?}"
        );
        campaigns
            .ask_for_name(&token, "Zoe Miller", &client())
            .await
            .expect("asked");
        campaigns
            .answer_name(&campaign.ada, zoe, false)
            .await
            .expect("refused");
        assert_eq!(campaign.row(zoe).await.name, "Zoe Muller");

        campaigns
            .ask_for_name(&token, "Zoë Müller", &client())
            .await
            .expect("asked");
        assert_eq!(campaign.row(zoe).await.wanted_name.as_deref(), Some("Zoë Müller"));
        let page = campaigns.public(credential).await.expect("read").expect("there");
        assert_eq!(page.recipient, "Zoe Muller", "nothing changes by asking");
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        assert!(campaigns.answer_name(&stranger, zoe, true).await.is_err());
        campaigns
            .answer_name(&campaign.ada, zoe, true)
            .await
            .expect("approved");
        let page = campaigns
            .public(credential)
            .await
            .expect("read")
            .expect("the same id");
        assert_eq!(page.recipient, "Zoë Müller");
        assert!(campaign.validates(credential).await);
        assert_eq!(campaign.row(zoe).await.wanted_name, None);

        // No font here has these letters, and boxes are given to nobody by one click.
        campaigns
            .ask_for_name(&token, "山田 Zoë", &client())
            .await
            .expect("asked");
        let refused = campaigns.answer_name(&campaign.ada, zoe, true).await;
        let Err(Error::Refused(Refusal::Conflict(sentence))) = refused else {
            panic!("{refused:?}");
        };
        assert!(
            sentence.contains("No font has all letters of 山田 Zoë (山田)")
                && sentence.contains("Noto Sans SC"),
            "{sentence}"
        );
        let row = campaign.row(zoe).await;
        assert_eq!(row.wanted_name.as_deref(), Some("山田 Zoë"), "it goes on waiting");
        campaigns
            .answer_name(&campaign.ada, zoe, false)
            .await
            .expect("refused");
        for bad in ["", "Zoë Müller"] {
            let refused = campaigns.ask_for_name(&token, bad, &client()).await;
            assert!(
                matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
                "{bad}: {refused:?}"
            );
        }
        assert!(
            campaigns
                .ask_for_name("nonsense", "Zoë", &client())
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn data_is_deleted_by_a_code_from_the_recipients_own_mailbox() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "other@example.org").await;

        // A code that went elsewhere proves another mailbox.
        let elsewhere = campaigns
            .send_code(&token, "thief@example.org", &client())
            .await
            .expect("sent");
        let digits = digits(&campaign, "thief@example.org", "Your code for").await;
        let refused = campaigns
            .delete_own_data(&token, elsewhere.attempt, &digits, &client())
            .await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "{refused:?}"
        );
        assert!(campaign.validates(credential).await);

        // Nor does one to claim with delete anything, also from the right mailbox.
        let to_claim = campaigns
            .send_code(&token, "zoe@example.org", &client())
            .await
            .expect("sent");
        let digits = self::digits(&campaign, "zoe@example.org", "Your code for").await;
        let refused = campaigns
            .delete_own_data(&token, to_claim.attempt, &digits, &client())
            .await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "{refused:?}"
        );
        let sent = campaigns
            .send_deletion_code(&token, &client())
            .await
            .expect("sent");
        let wrong = campaigns
            .delete_own_data(&token, sent.attempt, "000", &client())
            .await;
        assert!(
            matches!(wrong, Err(Error::Refused(Refusal::Invalid(_)))),
            "{wrong:?}"
        );
        let digits = self::digits(&campaign, "zoe@example.org", "Your code to delete").await;
        let claiming = campaigns
            .claim_by_code(&token, sent.attempt, &digits, &client())
            .await;
        assert!(
            matches!(claiming, Err(Error::Refused(Refusal::Invalid(_)))),
            "a code to delete with claims nothing: {claiming:?}"
        );
        let known = async || {
            let query = PeopleQuery {
                search: "other@example.org".into(),
                ..PeopleQuery::default()
            };
            let people = world.backend.people();
            people.count(&campaign.ada, &query).await.expect("counted")
        };
        assert_eq!(known().await, 1, "whoever claims is known");
        campaigns
            .delete_own_data(&token, sent.attempt, &digits, &client())
            .await
            .expect("deleted");
        assert_eq!(known().await, 0);
        assert_eq!(campaign.link(&token).await, ClaimLink::Unknown);
        assert!(campaigns.public(credential).await.expect("read").is_none());
        assert_eq!(campaign.rows().await, []);

        // Nor do the mails name anybody: those about the link, and those with codes.
        let mail = world.backend.mail();
        let found = async |search: &str| {
            let query = MailQuery {
                search: search.into(),
                ..MailQuery::default()
            };
            mail.list(&campaign.ada, &query).await.expect("a page").rows
        };
        for search in ["zoe", "zoe@example.org", "other@example.org", "thief"] {
            assert_eq!(found(search).await, [], "{search}");
        }
        let left = found("").await;
        assert_eq!(left.len(), 4, "that they were sent stays: {left:?}");
        for row in left {
            let view = mail.view(&campaign.ada, row.id).await.expect("shown");
            let html = mail.html(&campaign.ada, row.id).await.expect("shown");
            let shown = format!("{view:?} {html}");
            assert!(
                !shown.contains("Zoë") && !shown.contains("@example.org>"),
                "{shown}"
            );
            assert_eq!(view.not_again.as_deref(), Some("Its reader was deleted."));
            assert!(view.not_corrected.is_some());
        }
    })
    .await;
}

/// The code in the mail to an address.
async fn digits(campaign: &Campaign<'_>, email: &str, subject: &str) -> String {
    let mail = campaign.mail_to(email, subject).await;
    super::claims::six_digits(&mail.expect("a mail"))
}
