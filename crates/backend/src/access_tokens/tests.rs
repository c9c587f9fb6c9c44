//! Stories of the Token Manager, on both engines.

mod anonymous_callers;
mod auditor;
mod bulk;
mod bulk_codes;
mod codes;
mod editing;
mod finding;
mod jobs;
mod mail_on_its_way;
mod moved_zone;
mod nothing_to_mail;
mod single;
mod withdrawing;
mod withdrawn_mail;
mod working;

use chrono::TimeDelta;
use domain::access_tokens::{
    CodeFilter, CodeQuery, EditTokenForm, NewTokenForm, TokenList, TokenOrder, TokenQuery, TokenRow,
    TokenType,
};
use domain::tokens::State;
use domain::{CollectionId, Refusal, TokenId};

use crate::Random;
use crate::caller::Caller;
use crate::error::Error;
use crate::testing::{World, noon, on_each_engine};
use crate::tokens::testing::spend_one;
use crate::tokens::{self, Spending, Spent};

/// Two organisations with an owner each, and two published collections in the first.
struct Story<'a> {
    world: &'a World,
    ada: Caller,
    stranger: Caller,
    onboarding: CollectionId,
    safety: CollectionId,
}

impl<'a> Story<'a> {
    async fn new(world: &'a World) -> Self {
        let ada = world
            .owner("Ada Quist", "ada@example.org", "Kōwhai Training")
            .await;
        let stranger = world.owner("Eve", "eve@example.org", "Elsewhere").await;
        let onboarding = world.published(&ada, "Onboarding").await;
        let safety = world.published(&ada, "Safety 2027").await;
        Self {
            world,
            ada,
            stranger,
            onboarding,
            safety,
        }
    }

    /// A slice of a job, while somebody waits to write something.
    async fn slice_that_is_waited_for(&self) {
        let jobs = self.world.backend.jobs();
        let (slice, waited) = tokio::join!(jobs.run_one_slice(), self.world.backend.db.write());
        assert!(slice.expect("a slice"));
        waited.expect("a turn");
    }

    fn single(&self, name: &str, limit: &str) -> NewTokenForm {
        NewTokenForm {
            name: name.into(),
            token_type: "single".into(),
            usage_limit: limit.into(),
            collection: self.onboarding.to_string(),
            ..NewTokenForm::default()
        }
    }

    fn multi(&self, name: &str, codes: &str) -> NewTokenForm {
        NewTokenForm {
            name: name.into(),
            token_type: "multi".into(),
            no_of_tokens: codes.into(),
            collection: self.safety.to_string(),
            ..NewTokenForm::default()
        }
    }

    async fn create(&self, form: NewTokenForm) -> TokenRow {
        self.world
            .backend
            .access_tokens()
            .create(&self.ada, &form)
            .await
            .expect("a token")
    }

    async fn names(&self, query: TokenQuery) -> Vec<String> {
        let tokens = self.world.backend.access_tokens();
        let page = tokens.list(&self.ada, &query).await.expect("a page");
        let count = tokens.count(&self.ada, &query).await.expect("a count");
        if page.next.is_none() && query.after.is_none() && count >= 0 {
            assert_eq!(usize::try_from(count), Ok(page.rows.len()), "{query:?}");
        }
        page.rows.into_iter().map(|row| row.name).collect()
    }

    async fn find(&self, typed: &str) -> Vec<String> {
        self.names(TokenQuery {
            search: typed.into(),
            order: TokenOrder::Name,
            descending: false,
            ..TokenQuery::default()
        })
        .await
    }

    async fn codes(&self, id: TokenId, query: CodeQuery) -> Vec<domain::access_tokens::CodeRow> {
        self.world
            .backend
            .access_tokens()
            .codes(&self.ada, id, &query)
            .await
            .expect("codes")
            .rows
    }

    async fn link_opens(&self, link: &str) -> bool {
        let code = link.rsplit('/').next().expect("a path").parse().expect("a code");
        let mut conn = self.world.backend.db.read().await.expect("a reader");
        tokens::find(&mut conn, &self.world.backend, super::presented(&code))
            .await
            .expect("found or not")
            .is_some()
    }

    /// Uses a token, as somebody new.
    async fn use_once(&self, id: TokenId, email: &str) -> Spent {
        let backend = &self.world.backend;
        let person = self
            .world
            .person(self.ada.organisation(), email, "Grete Høst")
            .await;
        let mut tx = backend.db.write().await.expect("a transaction");
        let spending = Spending {
            token: id,
            person: Some(person),
            earlier_key: None,
            idempotency_key: email.as_bytes().to_vec(),
            address: None,
        };
        let spent = spend_one(
            &mut tx,
            backend,
            self.ada.organisation(),
            spending,
            backend.clock.now(),
        )
        .await
        .expect("spent or not");
        backend.commit(tx).await.expect("committed");
        spent
    }
}

fn refusal<T: std::fmt::Debug>(result: crate::Result<T>) -> Refusal {
    match result.expect_err("refused") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("{fault:?}"),
    }
}
