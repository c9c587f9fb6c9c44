//! A database that takes no writes for a while: a standby that has not taken over yet, a file system that was mounted anew.

use reqwest::StatusCode;

use crate::world::{PASSWORD, on_each_engine};

/// From now on, on every connection.
const ON_POSTGRESQL: [&str; 2] = [
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()",
];

/// The one connection that writes.
const ON_SQLITE: [&str; 1] = ["PRAGMA query_only = on"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_writes_to_a_database_that_takes_no_writes_is_asked_to_come_back() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let db = world.backend.database();
        let freeze: &[&str] = match db.is_shared() {
            true => &ON_POSTGRESQL,
            false => &ON_SQLITE,
        };
        let mut tx = db.write().await.expect("a transaction");
        for statement in freeze {
            tx.query(*statement).run().await.expect("done");
        }
        tx.commit().await.expect("committed");
        // Connections that were ended are noticed when they are used.
        for _ in 0..20 {
            owner.get("/tokens").await;
        }

        let form = [("email", "ada@example.org"), ("password", PASSWORD)];
        let answer = world.browser().post("/sign-in", &form).await;

        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
    })
    .await;
}
