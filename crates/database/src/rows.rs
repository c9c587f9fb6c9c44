//! Statements on many rows at once.
//!
//! Each statement with a different text is prepared once per connection and kept, so there must be few: lists have
//! lengths that are powers of two. A list to look up is padded with its last value, since looking for something twice
//! finds nothing more. A list to write is padded, too, and each of its rows says whether it is used: one statement
//! writes any number of rows, instead of one round trip for each.

use crate::query::{Query, Sql, WriteTx};

/// The most values in one statement: far below what either engine accepts.
const VALUES_IN_ONE: usize = 4_096;

/// Values to look up, the last repeated until their number is a power of two: repeating one finds nothing more, and
/// there are only a few different statements.
pub fn padded<T: Clone>(mut values: Vec<T>) -> Vec<T> {
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// The most rows in one statement: a power of two.
fn most_rows(columns: usize) -> usize {
    1 << (VALUES_IN_ONE / (columns + 1)).max(1).ilog2()
}

impl WriteTx {
    /// Inserts rows: `head` is `INSERT INTO … (…)`, `tail` nothing or `ON CONFLICT …`; `bind` binds the values of a
    /// row, as many as there are columns. Returns how many rows were inserted.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn insert<T>(
        &mut self,
        head: &'static str,
        columns: usize,
        tail: &'static str,
        rows: &[T],
        bind: impl for<'q> Fn(Query<'q>, &T) -> Query<'q>,
    ) -> sqlx::Result<u64> {
        let text = |length| Sql::insert(head, 0, columns, length, tail);
        self.on_rows(rows, columns, text, |query| query, bind).await
    }

    /// Inserts rows that share the values of their first columns: `alike` says how many columns those are, and
    /// `bind_alike` binds them once. The other columns are bound row by row.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn insert_alike<T>(
        &mut self,
        head: &'static str,
        alike: usize,
        bind_alike: impl for<'q> Fn(Query<'q>) -> Query<'q>,
        columns: usize,
        rows: &[T],
        bind: impl for<'q> Fn(Query<'q>, &T) -> Query<'q>,
    ) -> sqlx::Result<u64> {
        let text = |length| Sql::insert(head, alike, columns, length, "");
        self.on_rows(rows, columns, text, bind_alike, bind).await
    }

    /// Updates rows by a list: `head` is `UPDATE … SET …`, `tail` is `AND …`. The list is called `v`, its columns
    /// `column2` and so on; `bind` binds the values of a row. Returns how many rows were affected.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn update<T>(
        &mut self,
        head: &'static str,
        columns: usize,
        tail: &'static str,
        rows: &[T],
        bind: impl for<'q> Fn(Query<'q>, &T) -> Query<'q>,
    ) -> sqlx::Result<u64> {
        let text = |length| Sql::update(head, columns, length, tail);
        self.on_rows(rows, columns, text, |query| query, bind).await
    }

    async fn on_rows<T>(
        &mut self,
        rows: &[T],
        columns: usize,
        text: impl Fn(usize) -> Sql,
        begin: impl for<'q> Fn(Query<'q>) -> Query<'q>,
        bind: impl for<'q> Fn(Query<'q>, &T) -> Query<'q>,
    ) -> sqlx::Result<u64> {
        let mut touched = 0;
        for piece in rows.chunks(most_rows(columns)) {
            let length = piece.len().next_power_of_two();
            let mut query = begin(self.query(text(length)));
            for row in piece {
                query = bind(query.bind(true), row);
            }
            for row in piece.last().into_iter().cycle().take(length - piece.len()) {
                query = bind(query.bind(false), row);
            }
            touched += query.run().await?;
        }
        Ok(touched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn any_number_of_rows_is_written_and_none_twice() {
        testing::on_each_engine(async |db| {
            let mut tx = db.write().await.expect("a writer");
            tx.query("CREATE TABLE probe (a BIGINT PRIMARY KEY, b TEXT)")
                .run()
                .await
                .expect("a table");
            let mut from = 0;
            for count in [0, 1, 2, 3, 7, 8, 100, 3_000] {
                let rows: Vec<i64> = (from..from + count).collect();
                from += count;
                let head = "INSERT INTO probe (a, b)";
                let written = tx
                    .insert(head, 2, "", &rows, |query, row| {
                        query.bind(*row).bind((row % 2 == 0).then_some("even"))
                    })
                    .await
                    .expect("written");
                assert_eq!(written, rows.len() as u64);
            }
            let again = tx
                .insert(
                    "INSERT INTO probe (a)",
                    1,
                    "ON CONFLICT (a) DO NOTHING",
                    &[0_i64, 1, from],
                    |query, row| query.bind(*row),
                )
                .await
                .expect("written");
            assert_eq!(again, 1);
            let rows: Vec<i64> = (from + 1..from + 4).collect();
            let written = tx
                .insert_alike(
                    "INSERT INTO probe (b, a)",
                    1,
                    |query| query.bind("alike"),
                    1,
                    &rows,
                    |query, row| query.bind(*row),
                )
                .await
                .expect("written");
            assert_eq!(written, 3);
            let alike = tx.query("SELECT CAST(COUNT(*) AS BIGINT) FROM probe WHERE b = 'alike'");
            assert_eq!(alike.number().await.expect("a number"), 3);
            let moved = tx
                .update(
                    "UPDATE probe SET b = v.column3",
                    2,
                    "AND probe.a = v.column2",
                    &[1_i64, 3, 5, -1],
                    |query, row| query.bind(*row).bind("odd"),
                )
                .await
                .expect("moved");
            assert_eq!(moved, 3);
            let odd = tx.query("SELECT CAST(COUNT(*) AS BIGINT) FROM probe WHERE b = 'odd'");
            assert_eq!(odd.number().await.expect("a number"), 3);
        })
        .await;
    }

    #[test]
    fn a_statement_stays_below_its_most_values() {
        for columns in [1, 2, 3, 7, 8, 12, 16] {
            let rows = most_rows(columns);
            assert!(rows.is_power_of_two() && rows >= 128, "{columns}: {rows}");
            assert!(rows * (columns + 1) <= VALUES_IN_ONE);
        }
    }
}
