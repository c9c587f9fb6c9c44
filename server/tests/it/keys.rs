//! Keys, as whoever watches over a server sees them.

use std::time::Duration;

use reqwest::StatusCode;

use crate::world::on_each_engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_does_not_have_a_rows_key_is_not_ready() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, _) = world.single_token(&caller, collection, "").await;
        assert_eq!(owner.get("/readyz").await.status(), StatusCode::OK);

        let set_key = async |key: i64| {
            let mut tx = world.backend.database().write().await.expect("a transaction");
            let query = tx.query("UPDATE tokens SET key_id = $2 WHERE id = $1");
            query.bind(token).bind(key).run().await.expect("changed");
            tx.commit().await.expect("committed");
        };
        set_key(7).await;
        // What was found out is true for half a second.
        tokio::time::sleep(Duration::from_millis(600)).await;

        let answer = owner.get("/readyz").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            answer
                .text()
                .await
                .expect("a sentence")
                .contains("a key that this server does not have")
        );
        set_key(1).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(owner.get("/readyz").await.status(), StatusCode::OK);
    })
    .await;
}
