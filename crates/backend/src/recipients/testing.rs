//! Codes to look at and to redeem, for tests.

use domain::access_tokens::{EditTokenForm, NewTokenForm};
use domain::recipients::{LinkStatus, RedeemForm};
use domain::{CollectionId, TokenId};

use super::Redeemed;
use crate::people::testing::{browser, owner_of};
use crate::testing::World;
use crate::{Backend, Caller, Client, Recipient};

/// The browser that everybody sits at.
pub(crate) fn here() -> Client {
    browser("192.0.2.7")
}

/// Looks at a code, without a session.
pub(super) async fn look(backend: &Backend, code: &str) -> LinkStatus {
    let recipients = backend.recipients();
    recipients.open_link(code, None, &here()).await.expect("a card")
}

/// Redeems a code as somebody new; once more with the same address is the same request.
pub(super) async fn redeem(backend: &Backend, code: &str, email: &str) -> Redeemed {
    let recipients = backend.recipients();
    recipients
        .redeem(code, &form(email), email, None, &here())
        .await
        .expect("an answer")
}

pub(crate) fn form(email: &str) -> RedeemForm {
    RedeemForm {
        name: "Grete Høst".into(),
        email: email.into(),
    }
}

/// An organisation with an owner, Ada, and a published collection.
pub(super) struct Story<'a> {
    pub world: &'a World,
    pub ada: Caller,
    pub collection: CollectionId,
}

impl<'a> Story<'a> {
    pub async fn new(world: &'a World) -> Self {
        let ada = owner_of(&world.backend, "Kōwhai Training", "ada@example.org").await;
        let collection = world.published(&ada, "Safety 2027").await;
        Self {
            world,
            ada,
            collection,
        }
    }

    /// A single token without an end, and its code.
    pub async fn single(&self, limit: &str) -> (TokenId, String) {
        self.single_until(limit, "").await
    }

    /// A single token that ends after a day, and its code.
    pub async fn single_until(&self, limit: &str, expires: &str) -> (TokenId, String) {
        let form = NewTokenForm {
            name: "Spring".into(),
            token_type: "single".into(),
            usage_limit: limit.into(),
            expires: expires.into(),
            collection: self.collection.to_string(),
            ..NewTokenForm::default()
        };
        let tokens = self.world.backend.access_tokens();
        let id = tokens.create(&self.ada, &form).await.expect("a token").id;
        (id, tokens.share(&self.ada, id).await.expect("a link").code)
    }

    pub async fn edit(&self, id: TokenId, starts: &str, expires: &str) {
        let form = EditTokenForm {
            name: "Spring".into(),
            starts: starts.into(),
            expires: expires.into(),
            usage_limit: String::new(),
        };
        self.world
            .backend
            .access_tokens()
            .edit(&self.ada, id, &form)
            .await
            .expect("edited");
    }

    pub async fn look(&self, code: &str, as_who: Option<&Recipient>) -> LinkStatus {
        self.world
            .backend
            .recipients()
            .open_link(code, as_who, &here())
            .await
            .expect("a card")
    }

    pub async fn redeem(&self, code: &str, email: &str, key: &str, as_who: Option<&Recipient>) -> Redeemed {
        self.world
            .backend
            .recipients()
            .redeem(code, &form(email), key, as_who, &here())
            .await
            .expect("an answer")
    }

    /// Redeems as somebody new, who then is on the recipient's side.
    pub async fn recipient(&self, code: &str, email: &str) -> Recipient {
        let Redeemed::Done {
            session: Some(session),
            ..
        } = self.redeem(code, email, email, None).await
        else {
            panic!("not redeemed")
        };
        let people = self.world.backend.people();
        people
            .recipient(&session.secret, &here())
            .await
            .expect("looked up")
            .expect("a recipient")
    }

    pub async fn uses(&self, id: TokenId) -> i64 {
        self.world
            .backend
            .access_tokens()
            .get(&self.ada, id)
            .await
            .expect("a row")
            .uses
    }
}
