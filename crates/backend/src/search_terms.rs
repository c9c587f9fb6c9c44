//! Rebuilding search terms.
//!
//! Search terms are stored beside what they find, word by word. When the rules for words change, the stored terms no
//! longer match what people type. A migration lists the rows concerned, and this works through the list, a few rows at
//! a time, while everything else continues. Until then a name is found as it was before.
//! while everything else goes on. Until then a name is found as it was before.

use database::FromRow;
use domain::{CollectionId, PersonId, TokenId};
use uuid::Uuid;

use crate::error::{Result, corrupt};
use crate::{Backend, collections, people, tokens};

/// Rows in one transaction: few, so that nobody waits noticeably.
const AT_ONCE: i64 = 100;

#[derive(FromRow)]
struct Due {
    kind: String,
    id: Uuid,
}

/// Works through the list; returns how long it was.
///
/// # Errors
/// When the database fails.
pub(crate) async fn renew(backend: &Backend) -> Result<usize> {
    let mut renewed = 0;
    loop {
        let mut conn = backend.db.read().await?;
        let due: Vec<Due> = conn
            .query("SELECT kind, id FROM terms_to_renew ORDER BY kind, id LIMIT $1")
            .bind(AT_ONCE)
            .all()
            .await?;
        drop(conn);
        if due.is_empty() {
            return Ok(renewed);
        }
        let mut tx = backend.db.write_slice().await?;
        for row in &due {
            match row.kind.as_str() {
                "person" => people::renew_terms(&mut tx, PersonId(row.id)).await?,
                "token" => tokens::renew_terms(&mut tx, TokenId(row.id)).await?,
                "collection" => collections::renew_terms(&mut tx, CollectionId(row.id)).await?,
                _ => return Err(corrupt("terms_to_renew", "kind", row.id)),
            }
            tx.query("DELETE FROM terms_to_renew WHERE kind = $1 AND id = $2")
                .bind(row.kind.clone())
                .bind(row.id)
                .run()
                .await?;
        }
        backend.commit(tx).await?;
        renewed += due.len();
    }
}

#[cfg(test)]
mod tests {
    use domain::access_tokens::{NewTokenForm, TokenQuery};
    use domain::collections::CollectionQuery;
    use domain::people::PeopleQuery;

    use super::*;
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn names_of_before_are_found_by_the_rules_of_now() {
        on_each_engine(async |world| {
            let backend = &world.backend;
            let ada = world.owner("Ada", "ada@example.org", "Harbour").await;
            let collection = world.published(&ada, "Straße").await;
            let person = world.person(ada.organisation(), "s@example.org", "Søren").await;
            let form = NewTokenForm {
                name: "Łódź".into(),
                token_type: "single".into(),
                collection: collection.to_string(),
                ..NewTokenForm::default()
            };
            let token = backend
                .access_tokens()
                .create(&ada, &form)
                .await
                .expect("a token")
                .id;
            let mut tx = backend.db.write().await.expect("a writer");
            // As they were stored before.
            for (statement, word, id) in [
                (
                    "UPDATE collection_words SET word = $1 WHERE collection_id = $2",
                    "straße",
                    collection.0,
                ),
                (
                    "UPDATE token_words SET word = $1 WHERE token_id = $2",
                    "łodz",
                    token.0,
                ),
                (
                    "UPDATE person_words SET word = $1 WHERE person_id = $2 AND length(word) = 5",
                    "søren",
                    person.0,
                ),
                (
                    "UPDATE people SET words = $1 WHERE id = $2",
                    " org s s@example.org example søren",
                    person.0,
                ),
            ] {
                tx.query(statement)
                    .bind(word.as_bytes().to_vec())
                    .bind(id)
                    .run()
                    .await
                    .expect(statement);
            }
            for (kind, id) in [
                ("collection", collection.0),
                ("token", token.0),
                ("person", person.0),
            ] {
                tx.query("INSERT INTO terms_to_renew (kind, id) VALUES ($1, $2)")
                    .bind(kind)
                    .bind(id)
                    .run()
                    .await
                    .expect("listed");
            }
            tx.commit().await.expect("committed");

            assert_eq!(renew(backend).await.expect("renewed"), 3);
            assert_eq!(renew(backend).await.expect("nothing left"), 0);

            let query = CollectionQuery {
                search: "strasse".into(),
                ..CollectionQuery::default()
            };
            let found = backend.collections().count(&ada, &query).await;
            assert_eq!(found.expect("a count"), 1);
            let query = TokenQuery {
                search: "lodz".into(),
                ..TokenQuery::default()
            };
            let found = backend.access_tokens().count(&ada, &query).await;
            assert_eq!(found.expect("a count"), 1);
            let query = PeopleQuery {
                search: "soren".into(),
                ..PeopleQuery::default()
            };
            let found = backend.people().count(&ada, &query).await;
            assert_eq!(found.expect("a count"), 1);
            assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
        })
        .await;
    }
}
