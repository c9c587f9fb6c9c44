//! The archive: what it holds is enough to verify what was issued, without the program.

use std::path::Path;

use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{CampaignForm, CampaignState, pasted};
use domain::{CredentialId, RecipientId};
use server::archive::{self, Written};

use crate::claims::claim;
use crate::world::{World, location, on_each_engine};

/// What a verifier says who has the folder alone.
fn is_valid(world: &World, folder: &Path, credential: CredentialId, ending: &str) -> bool {
    let text = std::fs::read_to_string(folder.join(format!("c/{credential}.{ending}"))).expect("a document");
    let look_up = |address: &str| {
        let path = address
            .strip_prefix(world.url.as_str())?
            .trim_start_matches('/')
            .to_owned();
        std::fs::read(folder.join(path)).ok()
    };
    credentials::verification::verify(&text, world.backend.clock().now(), &look_up).is_valid()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_archived_validates_without_the_program_and_what_was_revoked_does_not() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let campaigns = world.backend.campaigns();
        let logo = "<svg xmlns='http://www.w3.org/2000/svg' width='10' height='5'><rect width='10' height='5'/></svg>";
        let mail = world.backend.mail();
        mail.set_logo(&caller, Some(logo.into())).await.expect("a logo");
        let form = CampaignForm {
            kind: "badge".into(),
            title: "Safety at work".into(),
            description: "Knows what to do.".into(),
            criteria: "Passed the test.".into(),
            ..CampaignForm::default()
        };
        let campaign = campaigns.create(&caller, &form).await.expect("a draft").row.id;
        let people =
            pasted("Zoë, zoe@example.org\nPat, pat@example.org\nDel, del@example.org").expect("three");
        let added = campaigns
            .add_recipients(&caller, campaign, &people)
            .await
            .expect("added")
            .ids;
        campaigns
            .set_state(&caller, campaign, CampaignState::Live)
            .await
            .expect("started");
        let mut issued = Vec::new();
        for (id, email) in added
            .iter()
            .zip(["zoe@example.org", "pat@example.org", "del@example.org"])
        {
            issued.push(claimed(world, &caller, *id, email).await);
        }
        for (id, action) in [
            (added[1], RecipientAction::RevokeCredential),
            (added[2], RecipientAction::DeleteRecipient),
        ] {
            campaigns
                .act(&caller, id, action, "By mistake")
                .await
                .expect("done");
        }

        let folder = tempfile::tempdir().expect("a folder");
        let written = archive::write(&world.backend, folder.path(), true)
            .await
            .expect("written");
        let expected = Written {
            issuers: 1,
            lists: 1,
            credentials: 2,
        };
        assert_eq!(written, expected);
        for ending in ["json", "jwt"] {
            assert!(is_valid(world, folder.path(), issued[0], ending), "{ending}");
            assert!(
                !is_valid(world, folder.path(), issued[1], ending),
                "{ending}: it was revoked"
            );
        }
        let page = folder.path().join(format!("c/{}/index.html", issued[0]));
        let page = std::fs::read_to_string(page).expect("a page");
        assert!(page.contains("Zoë"));
        let logo = format!("issuers/{}/logo.png", caller.organisation());
        assert!(page.contains(&format!("src=\"/{logo}?v=")), "{page}");
        assert!(folder.path().join(logo).exists());
        // What an old backpack was told once leads on to all that it needs.
        let hosted = |ending: &str| {
            let file = folder.path().join(format!("c/{}.{ending}", issued[0]));
            let text = std::fs::read_to_string(file).expect(ending);
            serde_json::from_str::<serde_json::Value>(&text).expect(ending)
        };
        for (ending, member, next) in [
            ("ob2.json", "badge", "class.json"),
            ("class.json", "issuer", "issuer.json"),
        ] {
            let next = format!("{}/c/{}.{next}", world.url, issued[0]);
            assert_eq!(hosted(ending)[member], next, "{ending}");
        }
        assert_eq!(hosted("issuer.json")["type"], "Issuer");
        for ending in ["pdf", "png", "svg"] {
            let file = folder.path().join(format!("c/{}.{ending}", issued[0]));
            assert!(
                std::fs::metadata(file).is_ok_and(|file| file.len() > 1_000),
                "{ending}"
            );
        }
        assert!(
            !folder.path().join(format!("c/{}.json", issued[2])).exists(),
            "what was deleted names nobody"
        );
        let again = archive::write(&world.backend, folder.path(), false)
            .await
            .expect("written again");
        assert_eq!(again, expected);
    })
    .await;
}

async fn claimed(world: &World, caller: &backend::Caller, id: RecipientId, email: &str) -> CredentialId {
    let copied = world
        .backend
        .campaigns()
        .copied_token(caller, id)
        .await
        .expect("copied");
    let answer = claim(world, &world.browser(), &copied.token.replace('-', ""), email).await;
    let page = location(&answer).expect("the public page");
    let id = page.trim_start_matches("/c/").split('?').next().expect("an id");
    id.parse().expect("an id")
}
