//! A statement that is put together piece by piece, and numbers its placeholders itself.
//!
//! Lists need it: which conditions there are, and how many values each has, depends on the query. Its texts are still
//! fixed pieces, so no caller's input can become SQL.

use crate::query::{Conn, Query, Sql, Value};

type Bind = Box<dyn for<'c> FnOnce(Query<'c>) -> Query<'c> + Send>;

/// A statement with its values.
pub struct Statement {
    pieces: Vec<Piece>,
    values: Vec<Bind>,
}

enum Piece {
    Text(&'static str),
    /// One placeholder.
    Value,
    /// A list of this many placeholders to look something up in.
    List(usize),
}

impl Statement {
    /// Begins with a fixed piece.
    pub fn new(head: &'static str) -> Self {
        Self {
            pieces: vec![Piece::Text(head)],
            values: Vec::new(),
        }
    }

    /// Appends a fixed piece.
    #[must_use]
    pub fn text(mut self, piece: &'static str) -> Self {
        self.pieces.push(Piece::Text(piece));
        self
    }

    /// Appends a value.
    #[must_use]
    pub fn value(mut self, value: impl Value + 'static) -> Self {
        self.pieces.push(Piece::Value);
        self.values.push(Box::new(move |query| query.bind(value)));
        self
    }

    /// Appends `column IN (…)`, which holds for no row when the list is empty.
    #[must_use]
    pub fn is_among<T: Value + 'static>(mut self, column: &'static str, values: Vec<T>) -> Self {
        if values.is_empty() {
            return self.text("1 = 0");
        }
        self.pieces
            .extend([Piece::Text(column), Piece::Text("IN"), Piece::List(values.len())]);
        for value in values {
            self.values.push(Box::new(move |query| query.bind(value)));
        }
        self
    }

    /// The statement, ready to run.
    pub fn query(self, conn: &mut Conn) -> Query<'_> {
        // SQLite numbers placeholders itself; binding by name takes a search through all of them.
        let is_numbered = conn.either("", "numbered") == "numbered";
        let sql = Sql::fixed(written(&self.pieces, is_numbered));
        let query = conn.query(sql);
        self.values.into_iter().fold(query, |query, bind| bind(query))
    }
}

fn written(pieces: &[Piece], is_numbered: bool) -> String {
    let mut text = String::with_capacity(1_024);
    let mut number = 0;
    let mut placeholder = |text: &mut String| {
        number += 1;
        if is_numbered {
            text.push('$');
            text.push_str(&number.to_string());
        } else {
            text.push('?');
        }
    };
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Value => placeholder(&mut text),
            Piece::List(count) => {
                text.push_str("(VALUES ");
                for at in 0..*count {
                    text.push_str(if at == 0 { "(" } else { ", (" });
                    placeholder(&mut text);
                    text.push(')');
                }
                text.push(')');
            }
        }
        text.push(' ');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_through_all_pieces() {
        let statement = Statement::new("SELECT 1 WHERE a =")
            .value(1_i64)
            .text("AND")
            .is_among("b", vec![2_i64, 3])
            .text("AND c <")
            .value(4_i64)
            .text("AND")
            .is_among("d", Vec::<i64>::new());
        assert_eq!(
            written(&statement.pieces, true),
            "SELECT 1 WHERE a = $1 AND b IN (VALUES ($2), ($3)) AND c < $4 AND 1 = 0 "
        );
        assert_eq!(
            written(&statement.pieces, false),
            "SELECT 1 WHERE a = ? AND b IN (VALUES (?), (?)) AND c < ? AND 1 = 0 "
        );
        assert_eq!(statement.values.len(), 4);
    }
}
