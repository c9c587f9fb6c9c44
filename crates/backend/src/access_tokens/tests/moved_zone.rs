//! An organisation moves to another time zone.

use super::*;

#[tokio::test]
async fn changing_the_name_alone_moves_no_instant_after_the_organisation_has_moved() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let in_zone = |zone: &str| Caller {
            time_zone: zone.parse().expect("a zone"),
            ..story.ada.clone()
        };
        let (before, after) = (in_zone("America/New_York"), in_zone("Pacific/Auckland"));
        let tokens = world.backend.access_tokens();
        let form = NewTokenForm {
            starts: "2030-12-01".into(),
            expires: "2030-12-31".into(),
            ..story.single("Spring intake", "")
        };
        let made = tokens.create(&before, &form).await.expect("a token");
        let shown = tokens.get(&after, made.id).await.expect("a row");
        let (starts, expires) = (shown.starts.expect("a start"), shown.expires.expect("an end"));

        let renamed = EditTokenForm {
            name: "Autumn intake".into(),
            starts: starts.input,
            expires: expires.input,
            usage_limit: String::new(),
        };
        let row = tokens.edit(&after, made.id, &renamed).await.expect("renamed");

        assert_eq!(row.name, "Autumn intake");
        let at = |when: Option<domain::When>| when.map(|when| when.at);
        assert_eq!(
            (at(row.starts), at(row.expires)),
            (at(made.starts), at(made.expires))
        );
    })
    .await;
}
