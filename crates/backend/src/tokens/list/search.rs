//! Finding tokens of a family by what is typed: a secret, the part of a secret that lists show, or words of a name.
//!
//! When few tokens have the rarest of the words, they are listed by id; otherwise the list is walked in its order,
//! testing each row for the words. Both cost a bounded number of index look-ups, with a thousand rows or a million.

use database::{Conn, FromRow, Statement};
use domain::tokens::Family;
use domain::{PrefixedSecret, TokenId};

use super::ListQuery;
use crate::error::Result;
use crate::tokens::kind::{Kind, SecretForm};
use crate::tokens::secret::Presented;
use crate::{Backend, Scope, tokens, words};

/// The most tokens that are listed by their ids.
const MOST: usize = 500;

/// The most words of a search that are considered: the longest ones.
const MOST_WORDS: usize = 12;

/// What was typed, as far as it filters a list.
pub(super) enum Found {
    /// Nothing was typed.
    Everything,
    /// These tokens, or those with all of the words.
    Narrowed {
        /// Tokens that are found by their secret, or by a part of it.
        by_secret: Vec<TokenId>,
        /// Tokens with all of the words, if there are few.
        few: Option<Vec<TokenId>>,
        /// The words, as ranges.
        words: Vec<Range>,
    },
}

type Range = (Vec<u8>, Vec<u8>);

pub(super) async fn tokens(conn: &mut Conn, backend: &Backend, query: &ListQuery<'_>) -> Result<Found> {
    let typed = query.search.trim();
    if typed.is_empty() {
        return Ok(Found::Everything);
    }
    let kinds: Vec<&'static Kind> = backend.kinds.of(query.family).collect();
    if let Some(by_secret) = by_whole_secret(conn, backend, &kinds, typed).await? {
        return Ok(Found::Narrowed {
            by_secret,
            few: Some(Vec::new()),
            words: Vec::new(),
        });
    }
    let mut by_secret = Vec::new();
    for parts in hints(&kinds, typed) {
        by_secret.extend(by_hint(conn, query.family, query.scope, parts).await?);
    }
    let mut words: Vec<Vec<u8>> = words::words(typed).into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.truncate(MOST_WORDS);
    let words: Vec<Range> = words.iter().map(|word| words::beginning_with(word)).collect();
    let few = match words.first() {
        None => Some(Vec::new()),
        Some(longest) => {
            let found = with_word(conn, query.family, query.scope, longest).await?;
            (found.len() <= MOST).then_some(found)
        }
    };
    Ok(Found::Narrowed {
        by_secret,
        few,
        words,
    })
}

impl Found {
    /// Appends the condition that a row matches what was typed.
    pub(super) fn narrow(&self, statement: Statement) -> Statement {
        let Self::Narrowed {
            by_secret,
            few,
            words,
        } = self
        else {
            return statement;
        };
        let statement = statement.text("AND (").is_among("t.id", by_secret.clone());
        let statement = match few {
            Some(few) => statement.text("OR (").is_among("t.id", few.clone()),
            None => statement.text("OR (1 = 1"),
        };
        let statement = words.iter().fold(statement, |statement, (from, to)| {
            statement
                .text("AND EXISTS (SELECT 1 FROM token_words w WHERE w.token_id = t.id AND w.word >=")
                .value(from.clone())
                .text("AND w.word <")
                .value(to.clone())
                .text(")")
        });
        statement.text("))")
    }
}

#[derive(FromRow)]
struct Id {
    id: TokenId,
}

fn ids(rows: Vec<Id>) -> Vec<TokenId> {
    rows.into_iter().map(|row| row.id).collect()
}

/// What a complete secret belongs to; `None` when no such secret exists: the text may be a name that happens to look
/// like one.
async fn by_whole_secret(
    conn: &mut Conn,
    backend: &Backend,
    kinds: &[&'static Kind],
    typed: &str,
) -> Result<Option<Vec<TokenId>>> {
    let mut found = None;
    for kind in kinds {
        let (code, secret);
        let presented = match kind.secret {
            SecretForm::None => continue,
            SecretForm::Code => {
                let Ok(read) = words::read_code(typed) else {
                    continue;
                };
                code = read;
                Presented::code(kind.purpose, &code)
            }
            SecretForm::Prefixed(prefix) => {
                let Ok(read) = PrefixedSecret::parse(prefix, typed) else {
                    continue;
                };
                secret = read;
                Presented::prefixed(kind.purpose, &secret)
            }
        };
        // The list itself checks whose it is.
        if let Some(token) = tokens::find(conn, backend, presented).await? {
            let all: &mut Vec<TokenId> = found.get_or_insert_default();
            all.push(token.shown().id);
        }
    }
    Ok(found)
}

/// The part of a secret that lists show.
enum Part {
    /// Its beginning or its end.
    Either(String, String),
    /// Its beginning and its end.
    Both(String, String),
}

/// The parts of secrets that the text may be, for the kinds of a family.
fn hints(kinds: &[&'static Kind], typed: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    if kinds.iter().any(|kind| kind.secret == SecretForm::Code)
        && let Some(found) = domain::code::search_parts(typed)
    {
        parts.extend(match found.as_slice() {
            [head, tail] => Some(Part::Both(head.clone(), tail.clone())),
            [one] => Some(Part::Either(one.clone(), one.clone())),
            _ => None,
        });
    }
    let is_prefixed = |kind: &&&Kind| matches!(kind.secret, SecretForm::Prefixed(_));
    if kinds.iter().any(|kind| is_prefixed(&kind)) {
        parts.push(match typed.split_once('…') {
            Some((head, tail)) => Part::Both(head.to_owned(), tail.to_owned()),
            None => Part::Either(typed.to_owned(), typed.to_owned()),
        });
    }
    parts
}

async fn by_hint(conn: &mut Conn, family: Family, scope: &Scope, part: Part) -> Result<Vec<TokenId>> {
    const HEAD: &str = "SELECT COALESCE(t.whole_id, t.id) AS id FROM tokens t WHERE t.family =";
    let begin = |statement: Statement| {
        let statement = statement.value(family.key()).text("AND t.organisation_id =");
        scope.within(statement, "t.department_id")
    };
    let statement = match part {
        Part::Both(head, tail) => begin(Statement::new(HEAD))
            .text("AND t.hint_head =")
            .value(head)
            .text("AND t.hint_tail =")
            .value(tail),
        Part::Either(head, tail) => {
            let statement = begin(Statement::new(HEAD)).text("AND t.hint_head =").value(head);
            begin(statement.text("UNION").text(HEAD))
                .text("AND t.hint_tail =")
                .value(tail)
        }
    };
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let rows = statement.text("LIMIT").value(most).query(conn).all().await?;
    Ok(ids(rows))
}

/// Tokens whose name has a word in the range: one more than the maximum tells that there are too many. The list checks
/// for each of them whether it belongs to the department.
async fn with_word(
    conn: &mut Conn,
    family: Family,
    scope: &Scope,
    (from, to): &Range,
) -> Result<Vec<TokenId>> {
    let most = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let statement = Statement::new("SELECT DISTINCT token_id AS id FROM token_words WHERE family =")
        .value(family.key())
        .text("AND organisation_id =")
        .value(scope.whole_organisation("the list asks for the department"))
        .text("AND word >=")
        .value(from.clone())
        .text("AND word <")
        .value(to.clone())
        .text("LIMIT")
        .value(most);
    Ok(ids(statement.query(conn).all().await?))
}
