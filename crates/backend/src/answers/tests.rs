//! Stories of repeated requests.

use chrono::TimeDelta;

use super::{Answer, Before};
use crate::people::testing::{owner, owner_of};
use crate::testing::on_each_engine;

#[tokio::test]
async fn the_same_request_gets_the_same_answer_for_a_day() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let answers = backend.answers();
        let begin = async |body: &[u8]| {
            answers
                .begin(&ada, "/api/v1/x", "key", body)
                .await
                .expect("looked up")
        };
        let Before::Nothing(place) = begin(b"a").await else {
            panic!("it is the first")
        };
        assert!(matches!(begin(b"a").await, Before::Running));
        assert!(matches!(begin(b"b").await, Before::Another));

        let answer = Answer {
            status: 201,
            headers: vec![("location".into(), "/x/1".into())],
            body: "{}".into(),
        };
        answers.keep(&place, &answer).await.expect("kept");
        let Before::Answered(again) = begin(b"a").await else {
            panic!("it was answered")
        };
        assert_eq!(again, answer);
        assert!(matches!(begin(b"b").await, Before::Another));

        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let theirs = answers
            .begin(&eve, "/api/v1/x", "key", b"a")
            .await
            .expect("looked up");
        assert!(
            matches!(theirs, Before::Nothing(_)),
            "keys belong to who sends them"
        );

        backend.clock().advance(TimeDelta::hours(25));
        assert!(
            matches!(begin(b"a").await, Before::Nothing(_)),
            "a day later it is another request"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_refused_may_be_sent_again() {
    on_each_engine(async |world| {
        let ada = owner(&world.backend).await;
        let answers = world.backend.answers();
        let begin = async || {
            answers
                .begin(&ada, "/api/v1/x", "key", b"a")
                .await
                .expect("looked up")
        };
        let Before::Nothing(place) = begin().await else {
            panic!("it is the first")
        };
        answers.forget(&place).await.expect("forgotten");
        assert!(matches!(begin().await, Before::Nothing(_)));
        world.backend.clock().advance(TimeDelta::hours(25));
        answers.sweep().await.expect("swept");
    })
    .await;
}
