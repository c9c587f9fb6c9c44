//! Stories of campaigns, on both engines.

mod actions;
mod asking;
mod batches;
mod claims;
mod designs;
mod documents;
mod drawable;
mod expiry;
mod foreign;
mod foreign_mail;
mod grouping;
mod importing;
mod judges;
mod listing;
mod mail_again;
mod readers;
mod reminding;
mod said;
mod whole_file;

use domain::campaigns::claims::{ClaimLink, Claimed};
use domain::campaigns::{CampaignForm, CampaignState, NewRecipient, RecipientQuery, RecipientRow};
use domain::{CampaignId, CredentialId, RecipientId};

use super::Profile;
use crate::people::testing::{browser, owner};
use crate::testing::World;
use crate::{Backend, Caller, Client};

/// A campaign in which somebody can claim.
struct Campaign<'w> {
    backend: &'w Backend,
    world: &'w World,
    ada: Caller,
    id: CampaignId,
}

fn form() -> CampaignForm {
    CampaignForm {
        kind: "certificate".into(),
        title: "Safety at work".into(),
        description: "Knows what to do when something burns.".into(),
        criteria: "Passed the test.".into(),
        valid_days: "365".into(),
        ..CampaignForm::default()
    }
}

fn recipient(name: &str, email: &str) -> NewRecipient {
    NewRecipient::new(name.into(), email.parse().expect("an address"))
}

fn profile(email: &str) -> Profile {
    Profile::mailbox(email.parse().expect("an address"))
}

fn client() -> Client {
    browser("192.0.2.7")
}

impl<'w> Campaign<'w> {
    async fn live(world: &'w World) -> Self {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let campaigns = backend.campaigns();
        let id = campaigns.create(&ada, &form()).await.expect("a draft").row.id;
        campaigns
            .set_state(&ada, id, CampaignState::Live)
            .await
            .expect("started");
        Self {
            backend,
            world,
            ada,
            id,
        }
    }

    async fn add(&self, name: &str, email: &str) -> RecipientId {
        let added = self
            .backend
            .campaigns()
            .add_recipients(&self.ada, self.id, &[recipient(name, email)])
            .await
            .expect("added");
        added.ids[0]
    }

    async fn token(&self, id: RecipientId) -> String {
        let (token, _) = self
            .backend
            .campaigns()
            .copy_token(&self.ada, id)
            .await
            .expect("copied");
        token.reveal().to_owned()
    }

    async fn link(&self, token: &str) -> ClaimLink {
        self.backend
            .campaigns()
            .open_link(token, &client())
            .await
            .expect("looked at")
    }

    async fn claim(&self, token: &str, email: &str) -> Claimed {
        self.backend
            .campaigns()
            .claim(token, &profile(email), &client())
            .await
            .expect("answered")
    }

    async fn claimed(&self, token: &str, email: &str) -> CredentialId {
        match self.claim(token, email).await {
            Claimed::Done(credential) => credential,
            refused @ Claimed::Refused(_) => panic!("{refused:?}"),
        }
    }

    async fn row(&self, id: RecipientId) -> RecipientRow {
        self.backend
            .campaigns()
            .recipient(&self.ada, id)
            .await
            .expect("there")
    }

    async fn rows(&self) -> Vec<RecipientRow> {
        let query = RecipientQuery::default();
        let page = self
            .backend
            .campaigns()
            .recipients(&self.ada, self.id, &query)
            .await;
        page.expect("a page").rows
    }

    /// What verifiers find: the credential with its issuer's keys and its status list.
    async fn validates(&self, id: CredentialId) -> bool {
        let campaigns = self.backend.campaigns();
        let mut outcomes = Vec::new();
        for form in [super::Form::Json, super::Form::Jwt] {
            let Some(document) = campaigns.document(id, form).await.expect("read") else {
                return false;
            };
            let text = String::from_utf8(document.bytes).expect("text");
            let report = campaigns.verify(&text, &|_| None).await.expect("checked");
            outcomes.push(report.is_valid());
        }
        assert_eq!(outcomes[0], outcomes[1], "both forms say the same");
        outcomes[0]
    }

    /// The mail to an address whose subject begins like this, as text. The clock stands still, so that no mail is the
    /// newest.
    async fn mail_to(&self, email: &str, subject: &str) -> Option<String> {
        self.backend.mail().deliver_due().await.expect("delivered");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.world.mail.path()).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path)
                .expect("text")
                .replace("=\r\n", "")
                .replace("=3D", "=");
            let is_to = text.contains(&format!("<{email}>")) || text.contains(&format!("To: {email}"));
            if is_to && text.contains(&format!("Subject: {subject}")) {
                found.push((path, text));
            }
        }
        found.sort();
        found.pop().map(|(_, text)| text)
    }
}
