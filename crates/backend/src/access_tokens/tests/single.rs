//! Single tokens: made, shared, used up, over and edited.

use super::*;

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
        let bytes = shared
            .qr_png
            .strip_prefix("data:image/png;base64,")
            .expect("an address");
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, bytes).expect("bytes");
        let picture = png::Decoder::new(std::io::Cursor::new(bytes)).read_info();
        let side = picture.expect("a PNG").info().width;
        assert_eq!(
            side % 10,
            0,
            "whole modules, with four of light ground on each side"
        );
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
