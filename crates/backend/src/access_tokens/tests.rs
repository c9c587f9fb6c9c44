//! Stories of the Token Manager, on both engines.

mod bulk;
mod editing;
mod finding;
mod jobs;
mod mail_on_its_way;
mod moved_zone;
mod nothing_to_mail;
mod withdrawn_mail;

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

#[tokio::test]
async fn a_single_token_is_made_shared_and_used_up() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Spring intake", "2")).await;
        assert_eq!(
            (row.token_type, row.uses, row.limit, row.state),
            (TokenType::Single, 0, Some(2), State::Live)
        );
        assert_eq!(
            (row.collection_title.as_str(), row.created_by.as_str()),
            ("Onboarding", "Ada Quist")
        );

        world.backend.clock.advance(TimeDelta::seconds(1));
        let shared = tokens.share(&story.ada, row.id).await.expect("a link");
        assert_eq!(
            shared.link,
            format!("https://tokens.example.org/t/{}", shared.code)
        );
        assert!(shared.qr_svg.starts_with("<svg"));
        let picture = png::Decoder::new(std::io::Cursor::new(&shared.qr_png)).read_info();
        let side = picture.expect("a PNG").info().width;
        assert_eq!(side % 10, 0, "whole modules, with four of light ground on each side");
        assert_eq!(shared.sentence(), "Whoever has the link can use it.");
        assert!(story.link_opens(&shared.link).await);
        let hint = row.hint.expect("a hint");
        assert!(shared.code.starts_with(&hint[..4]) && shared.code.ends_with(&hint[hint.len() - 4..]));

        assert_eq!(
            story.use_once(row.id, "a@example.org").await,
            Spent::New { number: 1 }
        );
        assert_eq!(
            story.use_once(row.id, "a@example.org").await,
            Spent::Repeated { number: 1 }
        );
        assert_eq!(
            story.use_once(row.id, "b@example.org").await,
            Spent::New { number: 2 }
        );
        assert_eq!(
            story.use_once(row.id, "c@example.org").await,
            Spent::Refused(State::UsedUp)
        );

        let row = tokens.get(&story.ada, row.id).await.expect("a row");
        assert_eq!(
            (row.uses, row.remaining(), row.state),
            (2, Some(0), State::UsedUp)
        );
        assert!(row.last_used.is_some());
        let expired = TokenQuery {
            list: TokenList::Expired,
            ..TokenQuery::default()
        };
        assert_eq!(story.names(expired).await, ["Spring intake"]);
        assert_eq!(story.names(TokenQuery::default()).await, Vec::<String>::new());
        let history: Vec<String> = tokens
            .history(&story.ada, row.id)
            .await
            .expect("a history")
            .into_iter()
            .map(|entry| entry.what)
            .collect();
        assert_eq!(
            history,
            [
                format!("Looked at the link of {hint}"),
                "Made the token Spring intake".into()
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn an_expiry_set_to_yesterday_ends_a_token_and_an_edit_brings_it_back() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story
            .create(NewTokenForm {
                expires: "2026-12-31".into(),
                ..story.single("Webinar", "")
            })
            .await;
        assert_eq!(
            row.expires.as_ref().map(|end| end.minute.as_str()),
            Some("31 Dec 2026, 23:59")
        );
        let edit = |expires: &str| EditTokenForm {
            name: "Webinar 2".into(),
            expires: expires.into(),
            ..EditTokenForm::default()
        };

        let ended = tokens
            .edit(&story.ada, row.id, &edit("2026-11-01"))
            .await
            .expect("edited");

        assert_eq!(ended.state, State::Expired, "it is 2 November in Auckland");
        assert_eq!(story.names(TokenQuery::default()).await, Vec::<String>::new());
        assert_eq!(
            story.use_once(row.id, "late@example.org").await,
            Spent::Refused(State::Expired)
        );
        let back = tokens.edit(&story.ada, row.id, &edit("")).await.expect("edited");
        assert_eq!(back.state, State::Live);
        assert_eq!(story.names(TokenQuery::default()).await, ["Webinar 2"]);
        assert_eq!(story.find("webinar").await, ["Webinar 2"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_token_is_not_over_already() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        // It is noon of the 1st in UTC, so in Auckland the 2nd has begun.
        let form = |expires: &str| NewTokenForm {
            expires: expires.into(),
            ..story.single("Spring", "")
        };
        let tokens = world.backend.access_tokens();
        let refused = refusal(tokens.create(&story.ada, &form("2026-11-01")).await);
        assert_eq!(
            refused.problems().and_then(|problems| problems.at("expires")),
            Some("Expires is today or a later date: a new token opens something.")
        );
        assert!(tokens.create(&story.ada, &form("2026-11-02")).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_token_whose_time_is_over_moves_by_itself() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        story
            .create(NewTokenForm {
                expires: "2026-11-02".into(),
                ..story.single("Today", "")
            })
            .await;
        world.backend.clock.advance(TimeDelta::hours(23));

        assert_eq!(
            story.names(TokenQuery::default()).await,
            Vec::<String>::new(),
            "the clock decides at once"
        );
        assert_eq!(tokens::sweep(&world.backend).await.expect("swept"), 1);
        let expired = TokenQuery {
            list: TokenList::Expired,
            ..TokenQuery::default()
        };
        assert_eq!(story.names(expired).await, ["Today"]);
        assert_eq!(tokens::sweep(&world.backend).await.expect("swept"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_limit_can_be_raised_but_not_below_its_uses() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Front desk", "1")).await;
        story.use_once(row.id, "a@example.org").await;
        let edit = |limit: &str| EditTokenForm {
            name: row.name.clone(),
            usage_limit: limit.into(),
            ..EditTokenForm::default()
        };

        let more = tokens.edit(&story.ada, row.id, &edit("2")).await.expect("raised");
        assert_eq!(more.state, State::Live);
        story.use_once(row.id, "b@example.org").await;
        let refused = refusal(tokens.edit(&story.ada, row.id, &edit("1")).await);
        let sentence = "It was used 2 times already, so the limit cannot be 1.";
        assert_eq!(
            refused.problems().and_then(|problems| problems.at("usage_limit")),
            Some(sentence)
        );
    })
    .await;
}

#[tokio::test]
async fn a_multi_token_has_codes_that_are_assigned_cleared_and_replaced() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "3")).await;
        assert_eq!(
            (row.token_type, row.limit, row.hint),
            (TokenType::Multi, Some(3), None)
        );
        assert!(matches!(
            refusal(tokens.share(&story.ada, row.id).await),
            Refusal::Conflict(_)
        ));
        let codes = story.codes(row.id, CodeQuery::default()).await;
        assert_eq!(
            codes.iter().map(|code| code.number).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        let code = codes[0].id;
        let first = tokens.share(&story.ada, code).await.expect("a link").link;

        let assigned = tokens
            .assign(&story.ada, code, " Grete@Example.org ")
            .await
            .expect("assigned");
        assert_eq!(
            assigned.assigned.as_ref().map(domain::EmailAddress::as_str),
            Some("grete@example.org")
        );
        assert!(
            story.link_opens(&first).await,
            "the first assignment keeps the code"
        );
        let cleared = tokens.clear_assignment(&story.ada, code).await.expect("cleared");
        assert_eq!(cleared.assigned, None);
        assert!(!story.link_opens(&first).await, "what was mailed opens nothing");
        tokens
            .assign(&story.ada, code, "hine@example.org")
            .await
            .expect("assigned again");
        let second = tokens.share(&story.ada, code).await.expect("a link").link;
        tokens
            .assign(&story.ada, code, "tama@example.org")
            .await
            .expect("assigned to another");
        assert!(!story.link_opens(&second).await);
        let third = tokens.share(&story.ada, code).await.expect("a link").link;
        tokens.new_link(&story.ada, code).await.expect("a new link");
        assert!(!story.link_opens(&third).await);

        assert!(matches!(
            refusal(tokens.replace(&story.ada, code).await),
            Refusal::Conflict(_)
        ));
        assert_eq!(
            story.use_once(code, "tama@example.org").await,
            Spent::New { number: 1 }
        );
        assert!(matches!(
            refusal(tokens.clear_assignment(&story.ada, code).await),
            Refusal::Conflict(_)
        ));
        assert!(matches!(
            refusal(tokens.assign(&story.ada, code, "x@example.org").await),
            Refusal::Conflict(_)
        ));
        let replacement = tokens.replace(&story.ada, code).await.expect("a replacement");
        assert!(replacement.is_replacement && replacement.number == 4);
        assert_eq!(
            replacement.assigned.as_ref().map(domain::EmailAddress::as_str),
            Some("tama@example.org"),
            "it goes to the mailbox that the used one went to"
        );
        assert_eq!(replacement.mail, Some(domain::mail::MailState::Queued));
        assert!(matches!(
            refusal(tokens.replace(&story.ada, code).await),
            Refusal::Conflict(_)
        ));

        let used = story
            .codes(
                row.id,
                CodeQuery {
                    show: CodeFilter::Used,
                    ..CodeQuery::default()
                },
            )
            .await;
        assert_eq!(used.len(), 1);
        assert_eq!(
            used[0].used_by.as_ref().map(|by| by.name.as_str()),
            Some("Grete Høst")
        );
        assert_eq!(used[0].replaced_by, Some(replacement.id));
        let row = tokens.get(&story.ada, row.id).await.expect("a row");
        assert_eq!((row.uses, row.limit), (1, Some(4)));
        for (show, expected) in [
            (CodeFilter::All, 4),
            (CodeFilter::Used, 1),
            (CodeFilter::Assigned, 1),
            (CodeFilter::Free, 2),
        ] {
            let query = CodeQuery {
                show,
                ..CodeQuery::default()
            };
            assert_eq!(
                tokens
                    .count_codes(&story.ada, row.id, &query)
                    .await
                    .expect("a count"),
                expected,
                "{show:?}"
            );
            assert_eq!(
                story.codes(row.id, query).await.len(),
                usize::try_from(expected).expect("few"),
                "{show:?}"
            );
        }
        let all = tokens.history(&story.ada, row.id).await.expect("a history").len();
        assert!(all > tokens.history(&story.ada, code).await.expect("a history").len());
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_opens_nothing_and_can_be_restored_for_thirty_days() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Volunteers", "")).await;

        tokens.delete(&story.ada, row.id).await.expect("deleted");
        assert_eq!(story.use_once(row.id, "a@example.org").await, Spent::Gone);
        assert_eq!(story.names(TokenQuery::default()).await, Vec::<String>::new());
        let deleted = TokenQuery {
            list: TokenList::Deleted,
            ..TokenQuery::default()
        };
        assert_eq!(story.names(deleted.clone()).await, ["Volunteers"]);
        let edit = EditTokenForm {
            name: "X".into(),
            ..EditTokenForm::default()
        };
        assert!(matches!(
            refusal(tokens.edit(&story.ada, row.id, &edit).await),
            Refusal::Conflict(_)
        ));

        tokens.restore(&story.ada, row.id).await.expect("restored");
        assert_eq!(
            story.use_once(row.id, "a@example.org").await,
            Spent::New { number: 1 }
        );
        tokens.delete(&story.ada, row.id).await.expect("deleted again");
        world.backend.clock.advance(TimeDelta::days(30));
        assert!(matches!(
            refusal(tokens.restore(&story.ada, row.id).await),
            Refusal::Conflict(_)
        ));
        assert_eq!(story.names(deleted).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_link_that_opens_nothing_is_not_mailed() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "2")).await;
        let codes = story.codes(row.id, CodeQuery::default()).await;
        tokens
            .assign(&story.ada, codes[0].id, "a@example.org")
            .await
            .expect("assigned");
        let over = EditTokenForm {
            name: row.name.clone(),
            expires: "2026-10-01".into(),
            ..EditTokenForm::default()
        };
        tokens.edit(&story.ada, row.id, &over).await.expect("ended");

        let refusals = [
            refusal(tokens.assign(&story.ada, codes[1].id, "b@example.org").await),
            refusal(tokens.new_link(&story.ada, codes[0].id).await),
        ];

        assert!(
            refusals
                .iter()
                .all(|refusal| matches!(refusal, Refusal::Conflict(_))),
            "{refusals:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_revoked_stays_revoked() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Leaked", "5")).await;

        assert_eq!(
            tokens.revoke(&story.ada, row.id).await.expect("revoked").state,
            State::Revoked
        );

        assert_eq!(
            story.use_once(row.id, "a@example.org").await,
            Spent::Refused(State::Revoked)
        );
        let edit = EditTokenForm {
            name: "Leaked".into(),
            usage_limit: "9".into(),
            ..EditTokenForm::default()
        };
        assert_eq!(
            tokens
                .edit(&story.ada, row.id, &edit)
                .await
                .expect("edited")
                .state,
            State::Revoked
        );
        let revoked = TokenQuery {
            list: TokenList::Expired,
            state: Some(State::Revoked),
            ..TokenQuery::default()
        };
        assert_eq!(story.names(revoked).await, ["Leaked"]);
    })
    .await;
}

#[tokio::test]
async fn a_pause_holds_a_whole_multi_token_back() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "2")).await;
        let code = story.codes(row.id, CodeQuery::default()).await[0].id;

        assert_eq!(
            tokens.suspend(&story.ada, row.id).await.expect("paused").state,
            State::Suspended
        );
        assert_eq!(
            story.use_once(code, "a@example.org").await,
            Spent::Refused(State::Suspended)
        );
        assert_eq!(
            story.names(TokenQuery::default()).await,
            ["Partner pilot"],
            "it is still an active one"
        );
        assert_eq!(
            tokens.resume(&story.ada, row.id).await.expect("resumed").state,
            State::Live
        );
        assert_eq!(
            story.use_once(code, "a@example.org").await,
            Spent::New { number: 1 }
        );
    })
    .await;
}

#[tokio::test]
async fn another_organisation_finds_nothing_here() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let eve = &story.stranger;
        let single = story.create(story.single("Secret", "")).await.id;
        let multi = story.create(story.multi("Codes", "2")).await.id;
        let code = story.codes(multi, CodeQuery::default()).await[0].id;
        let link = tokens.share(&story.ada, code).await.expect("a link");

        assert_eq!(
            tokens
                .list(eve, &TokenQuery::default())
                .await
                .expect("a page")
                .rows,
            Vec::new()
        );
        for typed in ["secret", link.code.as_str(), &link.code[..4]] {
            let query = TokenQuery {
                search: typed.into(),
                ..TokenQuery::default()
            };
            assert_eq!(tokens.list(eve, &query).await.expect("a page").rows, Vec::new());
        }
        assert_eq!(
            tokens.rows(eve, &[single, multi, code]).await.expect("rows"),
            Vec::new()
        );
        let edit = EditTokenForm {
            name: "Mine".into(),
            ..EditTokenForm::default()
        };
        let refusals = [
            refusal(tokens.get(eve, single).await),
            refusal(tokens.edit(eve, single, &edit).await),
            refusal(tokens.suspend(eve, single).await),
            refusal(tokens.resume(eve, single).await),
            refusal(tokens.delete(eve, single).await),
            refusal(tokens.restore(eve, single).await),
            refusal(tokens.revoke(eve, single).await),
            refusal(tokens.share(eve, code).await),
            refusal(tokens.history(eve, code).await),
            refusal(tokens.add_codes(eve, multi, "1").await),
            refusal(tokens.codes(eve, multi, &CodeQuery::default()).await),
            refusal(tokens.count_codes(eve, multi, &CodeQuery::default()).await),
            refusal(tokens.code_rows(eve, multi, &[code]).await),
            refusal(tokens.assign(eve, code, "eve@example.org").await),
            refusal(tokens.clear_assignment(eve, code).await),
            refusal(tokens.new_link(eve, code).await),
            refusal(tokens.replace(eve, code).await),
            refusal(tokens.export_codes(eve, multi).await.map(|_| ())),
        ];
        assert!(
            refusals.iter().all(|refusal| *refusal == Refusal::NotFound),
            "{refusals:?}"
        );
        let foreign = NewTokenForm {
            collection: story.onboarding.to_string(),
            ..story.single("Theirs", "")
        };
        let refused = refusal(tokens.create(eve, &foreign).await);
        assert_eq!(
            refused.problems().and_then(|p| p.at("collection")),
            Some("Choose a published collection.")
        );
    })
    .await;
}

#[tokio::test]
async fn a_member_may_do_nothing_here() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Codes", "2")).await;
        let code = story.codes(row.id, CodeQuery::default()).await[0].id;
        let member = Caller {
            permissions: domain::BuiltIn::Member.permissions(),
            ..story.ada.clone()
        };
        let edit = EditTokenForm {
            name: "Mine".into(),
            ..EditTokenForm::default()
        };
        let refusals = [
            refusal(tokens.create(&member, &story.single("Mine", "")).await),
            refusal(tokens.list(&member, &TokenQuery::default()).await),
            refusal(tokens.count(&member, &TokenQuery::default()).await),
            refusal(tokens.rows(&member, &[row.id]).await),
            refusal(tokens.get(&member, row.id).await),
            refusal(tokens.edit(&member, row.id, &edit).await),
            refusal(tokens.suspend(&member, row.id).await),
            refusal(tokens.resume(&member, row.id).await),
            refusal(tokens.delete(&member, row.id).await),
            refusal(tokens.restore(&member, row.id).await),
            refusal(tokens.revoke(&member, row.id).await),
            refusal(tokens.share(&member, code).await),
            refusal(tokens.history(&member, row.id).await),
            refusal(tokens.add_codes(&member, row.id, "1").await),
            refusal(tokens.codes(&member, row.id, &CodeQuery::default()).await),
            refusal(tokens.count_codes(&member, row.id, &CodeQuery::default()).await),
            refusal(tokens.code_rows(&member, row.id, &[code]).await),
            refusal(tokens.assign(&member, code, "x@example.org").await),
            refusal(tokens.clear_assignment(&member, code).await),
            refusal(tokens.new_link(&member, code).await),
            refusal(tokens.replace(&member, code).await),
            refusal(tokens.export_codes(&member, row.id).await.map(|_| ())),
            refusal(
                world
                    .backend
                    .jobs()
                    .cancel(&member, domain::JobId(row.id.0))
                    .await,
            ),
        ];
        assert!(
            refusals.iter().all(|refusal| *refusal == Refusal::Forbidden),
            "{refusals:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn without_the_full_feature_only_simple_tokens_are_made() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let ada = Caller {
            full_tokens: false,
            ..story.ada.clone()
        };
        assert!(tokens.create(&ada, &story.single("Simple", "")).await.is_ok());
        assert_eq!(
            refusal(tokens.create(&ada, &story.single("Limited", "3")).await),
            Refusal::FeatureOff
        );
        assert_eq!(
            refusal(tokens.create(&ada, &story.multi("Many", "3")).await),
            Refusal::FeatureOff
        );
    })
    .await;
}

#[tokio::test]
async fn the_export_holds_every_code_with_its_link() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "1,203")).await;
        let code = story.codes(row.id, CodeQuery::default()).await[0].id;
        tokens
            .assign(&story.ada, code, "+formula@example.org")
            .await
            .expect("assigned");
        let link = tokens.share(&story.ada, code).await.expect("a link").link;

        let mut lines = tokens.export_codes(&story.ada, row.id).await.expect("an export");
        let mut text = String::new();
        while let Some(piece) = lines.next().await.expect("a piece") {
            text.push_str(&piece);
        }

        assert_eq!(text.lines().count(), 1_204);
        let first = text.lines().nth(1).expect("a line");
        assert!(
            first.contains(&link) && first.contains("\"'+formula@example.org\""),
            "{first}"
        );
        let last = text.lines().last().expect("a line");
        assert!(last.starts_with("1203,"), "{last}");
    })
    .await;
}

#[tokio::test]
async fn the_auditor_finds_nothing_after_a_story_and_everything_after_tampering() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let single = story.create(story.single("Spring", "2")).await.id;
        let multi = story.create(story.multi("Codes", "3")).await.id;
        let code = story.codes(multi, CodeQuery::default()).await[0].id;
        tokens
            .assign(&story.ada, code, "a@example.org")
            .await
            .expect("assigned");
        let person = world
            .person(story.ada.organisation(), "grete@example.org", "Grete Høst")
            .await;
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());

        // A use alone, without what belongs to it.
        story.use_once(single, "grete@example.org").await;

        let mut tx = world.backend.db.write().await.expect("a transaction");
        tx.query("UPDATE tokens SET uses = 2 WHERE id = $1")
            .bind(single)
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE tokens SET use_limit = 4 WHERE id = $1")
            .bind(multi)
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE uses SET token_id = $1")
            .bind(TokenId(Random.id(noon())))
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE person_words SET word = $2 WHERE person_id = $1 AND word = $3")
            .bind(person)
            .bind(b"gretel".to_vec())
            .bind(b"grete".to_vec())
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE mails SET state = 'cancelled'")
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE tokens SET sealed = $2 WHERE id = $1")
            .bind(code)
            .bind(vec![1_u8; 60])
            .run()
            .await
            .expect("tampered");
        tx.commit().await.expect("committed");

        let findings = world.backend.fsck().await.expect("checked").join("\n");
        for wrong in [
            "the counter of a token is not the number of its uses",
            "a use is of no token",
            "a use has not exactly one grant",
            &format!("a word of person {person} does not find them"),
            "the limit of a token is not the number of its parts",
            "the mail of an assignment was withdrawn",
            "cannot be read with the keys at hand",
        ] {
            assert!(findings.contains(wrong), "{wrong}: {findings}");
        }
    })
    .await;
}
