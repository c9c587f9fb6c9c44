//! Claims: by mailed code, by several at once, and by nobody who merely looks.

use std::sync::Arc;

use domain::Refusal;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::claims::{ClaimLink, Claimed};
use domain::campaigns::{CampaignState, ClaimState};

use super::{Campaign, client, form, profile, recipient};
use crate::error::Error;
use crate::people::testing::{browser, owner};
use crate::testing::on_each_engine;

#[tokio::test]
async fn a_recipient_claims_by_the_code_that_is_mailed_to_them() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë Müller", "zoe@example.org").await;
        let mail = campaign
            .mail_to("zoe@example.org", "Your certificate")
            .await
            .expect("the access mail");
        let at = mail.find("https://tokens.example.org/r/").expect("the link");
        let token: String = mail[at + "https://tokens.example.org/r/".len()..]
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();

        let ClaimLink::Open(offer) = campaign.link(&token).await else {
            panic!("not open")
        };
        assert_eq!(
            (offer.recipient.as_str(), offer.masked.as_str()),
            ("Zoë Müller", "z…e@example.org")
        );
        assert_eq!(
            campaign.row(zoe).await.claim,
            ClaimState::Waiting,
            "looking locks nothing"
        );

        let campaigns = campaign.backend.campaigns();
        let sent = campaigns
            .send_code(&token, "zoe@example.org", &client())
            .await
            .expect("sent");
        let mail = campaign
            .mail_to("zoe@example.org", "Your code for")
            .await
            .expect("the mail with the code");
        let digits = six_digits(&mail);
        let wrong = if digits == "000000" { "000001" } else { "000000" };
        let refused = campaigns
            .claim_by_code(&token, sent.attempt, wrong, &client())
            .await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "{refused:?}"
        );
        let claimed = campaigns
            .claim_by_code(&token, sent.attempt, &digits, &client())
            .await;
        let Ok(Claimed::Done(credential)) = claimed else {
            panic!("{claimed:?}")
        };

        assert!(campaign.validates(credential).await);
        let row = campaign.row(zoe).await;
        assert_eq!(
            (row.claim, row.credential),
            (ClaimState::Claimed, Some(credential))
        );
        assert_eq!(row.lock.expect("a lock").holder, "z…e@example.org");
        // Who presses twice is told the same, and who comes back comes to the same credential.
        let again = campaigns
            .claim_by_code(&token, sent.attempt, &digits, &client())
            .await;
        assert!(
            matches!(again, Ok(Claimed::Done(same)) if same == credential),
            "{again:?}"
        );
        assert_eq!(
            campaign.row(zoe).await.credential,
            Some(credential),
            "nothing was made twice"
        );
        assert_eq!(campaign.claimed(&token, "zoe@example.org").await, credential);
    })
    .await;
}

pub(super) fn six_digits(mail: &str) -> String {
    // On a line of their own: what else has six digits in a row may be a mark between the parts of a message.
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.lines().find(is_code).expect("six digits").to_owned()
}

#[tokio::test]
async fn a_code_of_one_recipient_claims_nothing_of_another_and_is_guessed_five_times_at_most() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let (zoe, pat) = (
            campaign.add("Zoë", "zoe@example.org").await,
            campaign.add("Pat", "pat@example.org").await,
        );
        let (zoes, pats) = (campaign.token(zoe).await, campaign.token(pat).await);
        let campaigns = campaign.backend.campaigns();
        let sent = campaigns
            .send_code(&zoes, "zoe@example.org", &client())
            .await
            .expect("sent");
        campaign
            .mail_to("zoe@example.org", "Your certificate")
            .await
            .expect("the access mail");
        let mail = campaign
            .mail_to("zoe@example.org", "Your code for")
            .await
            .expect("the code");
        let digits = six_digits(&mail);

        let other = campaigns
            .claim_by_code(&pats, sent.attempt, &digits, &client())
            .await;
        assert!(
            matches!(other, Ok(Claimed::Refused(ClaimLink::Unknown))),
            "{other:?}"
        );
        assert_eq!(campaign.row(pat).await.claim, ClaimState::Waiting);

        let wrong = if digits == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            assert!(
                campaigns
                    .claim_by_code(&zoes, sent.attempt, wrong, &client())
                    .await
                    .is_err()
            );
        }
        let late = campaigns
            .claim_by_code(&zoes, sent.attempt, &digits, &client())
            .await;
        assert!(
            matches!(late, Err(Error::Refused(Refusal::Invalid(_)))),
            "{late:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_second_profile_is_told_that_another_account_uses_it_and_asks_to_unlock() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "wrong@example.org").await;

        let Claimed::Refused(ClaimLink::Taken { holder, .. }) =
            campaign.claim(&token, "zoe@example.org").await
        else {
            panic!("not taken")
        };
        assert_eq!(holder, "w…g@example.org (Mailbox)");
        let campaigns = campaign.backend.campaigns();
        campaigns.ask_to_unlock(&token, &client()).await.expect("asked");
        assert!(campaign.row(zoe).await.unlock_asked.is_some());

        let reset = domain::campaigns::actions::RecipientAction::Reset;
        campaigns.act(&campaign.ada, zoe, reset, "").await.expect("reset");
        assert_eq!(campaign.row(zoe).await.claim, ClaimState::Unlocked);
        assert_eq!(
            campaign.claimed(&token, "zoe@example.org").await,
            credential,
            "the same credential"
        );
        assert!(campaign.validates(credential).await);
        assert!(campaign.row(zoe).await.unlock_asked.is_none());
    })
    .await;
}

#[tokio::test]
async fn of_two_hundred_pairs_of_profiles_that_race_one_of_each_gets_the_lock() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let recipients: Vec<_> = (0..200)
            .map(|n| recipient(&format!("Number {n}"), &format!("n{n}@example.org")))
            .collect();
        let added = campaign
            .backend
            .campaigns()
            .add_recipients(&campaign.ada, campaign.id, &recipients)
            .await;
        let ids = added.expect("added").ids;
        let mut races = Vec::new();
        for (n, id) in ids.iter().enumerate() {
            let token = Arc::new(campaign.token(*id).await);
            for side in ["a", "b"] {
                let (backend, token) = (campaign.backend.clone(), Arc::clone(&token));
                races.push(tokio::spawn(async move {
                    let profile = profile(&format!("{side}{n}@example.net"));
                    backend.campaigns().claim(&token, &profile, &client()).await
                }));
            }
        }
        let (mut won, mut lost) = (0, 0);
        for race in races {
            match race.await.expect("no panic").expect("answered") {
                Claimed::Done(_) => won += 1,
                Claimed::Refused(ClaimLink::Taken { .. }) => lost += 1,
                Claimed::Refused(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((won, lost), (200, 200));
        let row = campaign.row(ids[0]).await;
        assert!(row.lock.is_some() && row.credential.is_some());
    })
    .await;
}

#[tokio::test]
async fn what_is_no_token_is_answered_alike_and_slowed_down() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        assert_eq!(campaign.link("nothing").await, ClaimLink::Unknown);
        // The claim link's token opens no collection, and the other way round.
        let look = campaign
            .backend
            .recipients()
            .open_link(&token, None, &client())
            .await
            .expect("looked");
        assert_eq!(look, domain::recipients::LinkStatus::Unknown);
        let guesser = browser("203.0.113.9");
        let mut last = ClaimLink::Unknown;
        for _ in 0..40 {
            let guess = campaign.backend.random.code();
            last = campaign
                .backend
                .campaigns()
                .open_link(guess.reveal(), &guesser)
                .await
                .expect("answered");
        }
        assert!(matches!(last, ClaimLink::TooMany { .. }), "{last:?}");
        assert!(matches!(campaign.link(&token).await, ClaimLink::Open(_)));
    })
    .await;
}

#[tokio::test]
async fn a_draft_opens_nothing_and_its_mails_go_out_when_it_starts() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let campaigns = backend.campaigns();
        let id = campaigns.create(&ada, &form()).await.expect("a draft").row.id;
        let added = campaigns
            .add_recipients(&ada, id, &[recipient("Zoë", "zoe@example.org")])
            .await
            .expect("added");
        let again = campaigns
            .add_recipients(&ada, id, &[recipient("Zoe", "ZOE@example.org")])
            .await
            .expect("answered");
        assert_eq!((again.ids.len(), again.skipped), (0, 1), "one address, one token");
        let campaign = Campaign {
            backend,
            world,
            ada,
            id,
        };
        assert_eq!(
            campaign.mail_to("zoe@example.org", "Your certificate").await,
            None
        );
        let token = campaign.token(added.ids[0]).await;
        assert!(matches!(campaign.link(&token).await, ClaimLink::Paused(_)));

        let view = campaigns
            .set_state(&campaign.ada, id, CampaignState::Live)
            .await
            .expect("started");
        assert_eq!((view.row.recipients, view.unsent), (1, 0));
        let mail = campaign
            .mail_to("zoe@example.org", "Your certificate")
            .await
            .expect("sent");
        assert!(mail.contains("Safety at work"), "{mail}");
        campaigns
            .add_myself(&campaign.ada, id)
            .await
            .expect("a test recipient");
        let rows = campaign.rows().await;
        assert_eq!(rows.iter().filter(|row| row.is_test).count(), 1);
        assert_eq!(rows.len(), 2);
        assert!(campaigns.add_myself(&campaign.ada, id).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_books_agree_after_claims_and_after_one_that_was_unlocked() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let id = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(id).await;
        campaign.claimed(&token, "zoe@example.org").await;
        campaign
            .backend
            .campaigns()
            .act(&campaign.ada, id, RecipientAction::Reset, "")
            .await
            .expect("unlocked");
        campaign.claimed(&token, "other@example.org").await;
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}
