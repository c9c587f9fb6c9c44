//! The largest file of recipients that is taken, to its end.

use std::time::Duration;

use domain::campaigns::RecipientQuery;
use domain::campaigns::import::{ImportForm, ImportState, MOST_ROWS};

use super::{Campaign, form};
use crate::people::testing::owner;
use crate::testing::World;

/// It takes some twenty seconds without optimisation: what takes many times as long reads again what it has read.
const SOON: Duration = Duration::from_secs(180);

/// On SQLite alone, where nobody else writes: what a slice does is the same on both engines, and other tests hold that.
#[tokio::test]
async fn as_many_rows_as_a_file_may_have_are_all_added_by_the_job() {
    let world = World::on(database::testing::sqlite().await);
    let ada = owner(&world.backend).await;
    let campaigns = world.backend.campaigns();
    let id = campaigns.create(&ada, &form()).await.expect("a draft").row.id;
    let campaign = Campaign {
        backend: &world.backend,
        world: &world,
        ada,
        id,
    };
    let mut file = String::from("Name,E-mail\n");
    for n in 1..=MOST_ROWS {
        file.push_str(&format!("Nr. {n},n{n}@example.org\n"));
    }

    let work = campaign.import(&file, ImportForm::default());
    let done = tokio::time::timeout(SOON, work).await.expect("in good time");

    assert_eq!(MOST_ROWS, 50_000);
    assert_eq!((done.rows, done.state), (50_000, ImportState::Done));
    let outcome = done.outcome;
    assert_eq!((outcome.added, outcome.skipped, outcome.bad), (50_000, 0, 0));
    let view = campaigns.view(&campaign.ada, id).await.expect("there");
    assert_eq!((view.row.recipients, view.unsent), (50_000, 50_000));
    // A recipient of the first, of a middle and of the last slice, each with a token of their own.
    let mut tokens = Vec::new();
    for n in [1, 25_001, 50_000] {
        let query = RecipientQuery {
            search: format!("n{n}@"),
            ..RecipientQuery::default()
        };
        let found = campaigns.recipients(&campaign.ada, id, &query).await;
        let found = found.expect("a page").rows;
        assert_eq!(
            (found.len(), found[0].name.as_str()),
            (1, format!("Nr. {n}").as_str())
        );
        tokens.push(campaign.token(found[0].id).await);
    }
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 3);
    let more = format!("{file}Nr. 0,n0@example.org\n").into_bytes();
    let refused = campaigns.read_import(&campaign.ada, id, "people.csv", more).await;
    assert!(
        matches!(refused, Err(crate::error::Error::Refused(_))),
        "{refused:?}"
    );
    world.backend.database().close().await;
}
