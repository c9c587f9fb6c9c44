//! Finding people by name or address, page by page. What they have is known to the features that build on this one:
//! [`crate::reports`] combines the two.

mod sql;

use database::Conn;
use domain::departments::DepartmentName;
use domain::people::{PeopleQuery, PersonRow};
use domain::{Page, Permission, PersonId};

use super::People;
use crate::error::Result;
use crate::keyset::{self, Key};
use crate::times::Times;
use crate::user_types::UserType;
use crate::{Caller, Scope, departments, words};
pub(crate) use sql::Row as Listed;
pub(super) use sql::{holds_word, matches};

/// The most words of a search that are considered.
const MOST_WORDS: usize = 8;

/// With fewer matches of the rarest word than this, they are fetched and sorted; with more, the list is walked in its
/// order until a page is full.
const FEW: i64 = 20_000;

/// The query for a list.
struct Wanted {
    admins_only: bool,
    /// The beginnings of words, the rarest first.
    words: Vec<Vec<u8>>,
    /// Whether the rarest word has few matches.
    few: bool,
}

/// The people by name.
///
/// # Errors
/// Not found: an invalid cursor.
pub(crate) async fn page(conn: &mut Conn, scope: &Scope, query: &PeopleQuery) -> Result<Page<Listed>> {
    let start = sql::BY_NAME.start(query.after.as_ref())?;
    let scope = departments::narrowed(conn, scope, query.department).await?;
    let wanted = wanted(conn, &scope, query).await?;
    let most = keyset::rows(query.rows);
    let found = sql::list(conn, &scope, &wanted, &start, most + 1).await?;
    Ok(keyset::page_of(found, most, &start, |row| {
        (Key::Text(row.name_key.clone()), row.id.0)
    }))
}

/// Some people. Ids outside the scope are left out, as is anything beyond the size of a list.
pub(crate) async fn by_id(conn: &mut Conn, scope: &Scope, ids: &[PersonId]) -> Result<Vec<Listed>> {
    let ids = &ids[..ids.len().min(keyset::MOST_BY_ID)];
    Ok(sql::by_id(conn, scope, ids).await?)
}

impl People<'_> {
    /// How many people a list has, as [`Count::number`](domain::page::Count::number) writes it.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn count(&self, caller: &Caller, query: &PeopleQuery) -> Result<i64> {
        caller.may(Permission::PeopleRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let wanted = wanted(&mut conn, &scope, query).await?;
        Ok(sql::count(&mut conn, &scope, &wanted).await?.number())
    }
}

async fn wanted(conn: &mut Conn, scope: &Scope, query: &PeopleQuery) -> Result<Wanted> {
    let organisation =
        scope.whole_organisation("how many a word finds decides how the list is read, not what is in it");
    let mut words = Vec::new();
    for word in searched(&query.search) {
        let matches = sql::matches(conn, organisation, &word, FEW + 1).await?;
        words.push((matches, word));
    }
    words.sort_by_key(|(matches, _)| *matches);
    let few = words.first().is_some_and(|(matches, _)| *matches <= FEW);
    Ok(Wanted {
        admins_only: query.admins_only,
        words: words.into_iter().map(|(_, word)| word).collect(),
        few,
    })
}

/// The search: the beginnings of words; for text with an `@` in it, the beginning of an address. Text that begins with
/// `@` is the end of an address, whose parts are words.
fn searched(search: &str) -> Vec<Vec<u8>> {
    let mut beginnings = std::collections::BTreeSet::new();
    for typed in search.split_whitespace() {
        if typed.trim_start_matches('@').contains('@') || typed.ends_with('@') {
            beginnings.insert(words::fold(typed).into_bytes());
        } else {
            beginnings.extend(words::words(typed));
        }
    }
    beginnings.into_iter().take(MOST_WORDS).collect()
}

impl Listed {
    /// The row, with what other features know about the person.
    pub(crate) fn shown(
        self,
        collections: i64,
        user_type: &UserType,
        department: Option<DepartmentName>,
        owner: Option<String>,
        times: &Times,
    ) -> Result<PersonRow> {
        Ok(PersonRow {
            email: self.email()?,
            // A caller limited to a department is not told about others.
            owner: self.owner_id.map(|id| {
                (
                    id,
                    owner.unwrap_or_else(|| "somebody outside your department".into()),
                )
            }),
            user_type: user_type.name(),
            department,
            id: self.id,
            name: self.name,
            collections,
            since: times.when(self.created_at),
            deactivated: self.deactivated_at.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::find_or_add;
    use crate::people::testing::owner;
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn walking_the_list_and_fetching_the_matches_find_the_same() {
        on_each_engine(async |world| {
            let backend = &world.backend;
            let ada = owner(backend).await;
            let now = backend.clock.now();
            let mut tx = backend.db.write().await.expect("a transaction");
            for n in 0..90 {
                let name = ["Jo Miller", "Kim Smith", "Jo Smith"][n % 3];
                let email = format!("p{n}@example.org").parse().expect("an address");
                find_or_add(&mut tx, backend, ada.organisation(), &email, name, now)
                    .await
                    .expect("added");
            }
            backend.commit(tx).await.expect("committed");
            let mut conn = backend.db.read().await.expect("a reader");
            for (search, expected) in [
                ("jo", 51),
                ("smith jo", 30),
                ("p1", 11),
                ("@example.org", 51),
                ("@nowhere.org", 0),
                ("p12 jo smith example", 0),
            ] {
                let mut found = Vec::new();
                for few in [true, false] {
                    let wanted = Wanted {
                        admins_only: false,
                        words: searched(search),
                        few,
                    };
                    let rows = sql::list(
                        &mut conn,
                        &ada.scope,
                        &wanted,
                        &keyset::Start::default(),
                        keyset::rows(None) + 1,
                    )
                    .await;
                    let ids: Vec<PersonId> = rows.expect("listed").into_iter().map(|row| row.id).collect();
                    assert_eq!(ids.len(), expected, "{search}");
                    found.push(ids);
                }
                assert_eq!(found[0], found[1], "{search}");
            }
        })
        .await;
    }
}
