//! Finding access tokens by what is typed: words of a name or collection, an e-mail address, the name of
//! whoever used a code, a code, or the part of one that lists show.
//!
//! Each source answers with at most [`MOST`] ids. What is typed is *sparse* when all sources stay below that:
//! then the tokens found are listed by id. Otherwise it is *dense*, and the list is walked in its order, asking
//! of each row whether it fits. Both cost a bounded number of index look-ups, with a thousand rows or a million.

use std::collections::BTreeSet;

use database::{Conn, FromRow, Part, Result as SqlResult, Sql, Statement};
use domain::code::search_parts;
use domain::{CollectionId, OrganisationId, PersonId, TokenId};

use super::presented;
use crate::error::Result;
use crate::{Backend, Scope, collections, people, tokens, words};

/// The most ids that a source answers with.
pub(super) const MOST: usize = 500;

/// Words of a search that are looked at, at most: the longest ones. Nobody types more to find a name.
const MOST_WORDS: usize = 12;

/// How the rows of a list are narrowed down to what was typed.
pub(super) enum Narrowed {
    /// Nothing was typed.
    Not,
    /// To these tokens.
    To(Vec<TokenId>),
    /// To the rows that fit.
    Dense(Dense),
}

/// A range of words, and the collections that have one of them in their title.
type Word = ((Vec<u8>, Vec<u8>), Vec<CollectionId>);

/// What a row has to fit, when there are too many to list.
pub(super) struct Dense {
    /// Ranges of words: the row's name, or its collection, has a word in each.
    words: Vec<Word>,
    /// The range of addresses that one of its codes may be assigned to instead.
    address: (Vec<u8>, Vec<u8>),
    /// Tokens that fit for another reason.
    others: Vec<TokenId>,
}

/// Narrows the list of single and multi tokens.
pub(super) async fn tokens(
    conn: &mut Conn,
    backend: &Backend,
    scope: &Scope,
    typed: &str,
) -> Result<Narrowed> {
    let organisation =
        scope.whole_organisation("what is found here is asked for once more, within the scope");
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Narrowed::Not);
    }
    // A name may happen to be well-formed: where there is no such code, it is words.
    if let Ok(code) = words::read_code(typed)
        && let Some(found) = tokens::find(conn, backend, presented(&code))
            .await?
            .filter(|found| found.token.organisation == organisation)
    {
        return Ok(Narrowed::To(vec![found.shown().id]));
    }
    let mut found: BTreeSet<TokenId> = BTreeSet::new();
    let mut dense_words = Vec::new();
    let mut by_words: Option<BTreeSet<TokenId>> = None;
    for word in longest_words(typed) {
        let range = words::beginning_with(&word);
        let collections = collections::with_word(conn, organisation, &range, MOST).await?;
        let named = with_word(conn, organisation, &range, &collections).await?;
        if named.len() > MOST || collections.len() > MOST {
            dense_words.push((range, collections.into_iter().take(MOST).collect()));
        } else {
            let named = named.into_iter().collect();
            by_words = Some(match by_words {
                Some(before) => before.intersection(&named).copied().collect(),
                None => named,
            });
        }
    }
    let address = words::beginning_with(words::fold(typed).as_bytes());
    let assigned = assigned_in(conn, organisation, &address).await?;
    found.extend(by_hint(conn, organisation, typed, None).await?);
    found.extend(by_user(conn, organisation, typed, None).await?);
    if dense_words.is_empty() && assigned.len() <= MOST {
        found.extend(by_words.into_iter().flatten());
        found.extend(assigned);
        return Ok(Narrowed::To(found.into_iter().collect()));
    }
    if let Some(sparse) = by_words {
        // One word is rare: the rows with it are few enough to ask them for the others.
        found.extend(fitting(conn, sparse, &dense_words).await?);
        found.extend(assigned.into_iter().take(MOST));
        return Ok(Narrowed::To(found.into_iter().collect()));
    }
    Ok(Narrowed::Dense(Dense {
        words: dense_words,
        address,
        others: found.into_iter().collect(),
    }))
}

/// The codes of a multi token that fit what was typed.
pub(super) struct CodesFound {
    /// These fit.
    pub these: Vec<TokenId>,
    /// So do those that are assigned to addresses in this range, which are too many to name.
    pub assigned: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether there may be more, for another reason.
    pub is_cut: bool,
}

/// The codes of a multi token that fit; `None` when nothing was typed.
pub(super) async fn codes(
    conn: &mut Conn,
    backend: &Backend,
    scope: &Scope,
    whole: TokenId,
    typed: &str,
) -> Result<Option<CodesFound>> {
    let organisation =
        scope.whole_organisation("codes are looked for in a token that was found in the scope");
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if let Ok(code) = words::read_code(typed)
        && let Some(found) = tokens::find(conn, backend, presented(&code))
            .await?
            .filter(|found| found.token.whole == Some(whole))
    {
        return Ok(Some(CodesFound {
            these: vec![found.token.id],
            assigned: None,
            is_cut: false,
        }));
    }
    let shown = by_hint(conn, organisation, typed, Some(whole)).await?;
    let used = by_user(conn, organisation, typed, Some(whole)).await?;
    let is_cut = shown.len() >= MOST || used.len() >= MOST;
    let mut these: BTreeSet<TokenId> = shown.into_iter().chain(used).collect();
    let (from, to) = words::beginning_with(words::fold(typed).as_bytes());
    let assigned = conn
        .query(
            "SELECT code_id AS id FROM assignments
             WHERE whole_id = $1 AND email_key >= $2 AND email_key < $3 ORDER BY email_key LIMIT $4",
        )
        .bind(whole)
        .bind(from.clone())
        .bind(to.clone())
        .bind(most())
        .all::<Id>()
        .await?;
    let are_many = assigned.len() > MOST;
    if !are_many {
        these.extend(ids(assigned));
    }
    Ok(Some(CodesFound {
        these: these.into_iter().collect(),
        assigned: are_many.then_some((from, to)),
        is_cut,
    }))
}

impl Narrowed {
    /// Appends the condition, for a list of `tokens t` joined with `access_tokens a`.
    pub(super) fn narrow(&self, statement: Statement) -> Statement {
        match self {
            Self::Not => statement,
            Self::To(tokens) => statement.text("AND").is_among("t.id", tokens.clone()),
            Self::Dense(dense) => dense.narrow(statement),
        }
    }
}

impl Dense {
    fn narrow(&self, statement: Statement) -> Statement {
        let statement = statement.text(if self.words.is_empty() {
            "AND ((1 = 0"
        } else {
            "AND ((1 = 1"
        });
        let with_words = self
            .words
            .iter()
            .fold(statement, |statement, ((from, to), collections)| {
                let statement = statement
                    .text("AND (EXISTS (SELECT 1 FROM token_words w WHERE w.token_id = t.id AND w.word >=")
                    .value(from.clone())
                    .text("AND w.word <")
                    .value(to.clone())
                    .text(")");
                let statement = match collections.as_slice() {
                    [] => statement,
                    some => statement.text("OR").is_among("a.collection_id", some.to_vec()),
                };
                statement.text(")")
            });
        let statement = with_words
            .text(") OR EXISTS (SELECT 1 FROM assignments s WHERE s.whole_id = t.id AND s.email_key >=")
            .value(self.address.0.clone())
            .text("AND s.email_key <")
            .value(self.address.1.clone())
            .text(")");
        let statement = match self.others.as_slice() {
            [] => statement,
            some => statement.text("OR").is_among("t.id", some.to_vec()),
        };
        statement.text(")")
    }
}

/// The longest words of what was typed: they narrow most.
fn longest_words(typed: &str) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = words::words(typed).into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.truncate(MOST_WORDS);
    words
}

#[derive(FromRow)]
struct Id {
    id: TokenId,
}

fn ids(rows: Vec<Id>) -> impl Iterator<Item = TokenId> {
    rows.into_iter().map(|row| row.id)
}

/// One more than the most, so that "too many" can be told from "as many as there may be".
fn most() -> i64 {
    i64::try_from(MOST + 1).unwrap_or(i64::MAX)
}

/// Tokens whose name, or whose collection, has a word in the range.
async fn with_word(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, to): &(Vec<u8>, Vec<u8>),
    collections: &[CollectionId],
) -> SqlResult<BTreeSet<TokenId>> {
    let mut found: BTreeSet<TokenId> = ids(conn
        .query(
            "SELECT DISTINCT token_id AS id FROM token_words
             WHERE family = 'access' AND organisation_id = $1 AND word >= $2 AND word < $3 LIMIT $4",
        )
        .bind(organisation)
        .bind(from.clone())
        .bind(to.clone())
        .bind(most())
        .all::<Id>()
        .await?)
    .collect();
    if !collections.is_empty() && collections.len() <= MOST {
        let mut query = conn
            .query(Sql::parts(&[
                Part::Text("SELECT token_id AS id FROM access_tokens WHERE collection_id IN"),
                Part::Values {
                    first: 2,
                    count: collections.len(),
                },
                Part::Text("LIMIT $1"),
            ]))
            .bind(most());
        for collection in collections {
            query = query.bind(*collection);
        }
        found.extend(ids(query.all::<Id>().await?));
    }
    Ok(found)
}

/// Tokens with a code that is assigned to an address in the range.
async fn assigned_in(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, to): &(Vec<u8>, Vec<u8>),
) -> SqlResult<BTreeSet<TokenId>> {
    // Counted by code, not by token: reading on through a million codes of one token would take its time.
    let rows = conn
        .query(
            "SELECT whole_id AS id FROM assignments
             WHERE organisation_id = $1 AND email_key >= $2 AND email_key < $3 LIMIT $4",
        )
        .bind(organisation)
        .bind(from.clone())
        .bind(to.clone())
        .bind(most() * 4)
        .all::<Id>()
        .await?;
    Ok(ids(rows).collect())
}

/// Tokens of which lists show what was typed.
async fn by_hint(
    conn: &mut Conn,
    organisation: OrganisationId,
    typed: &str,
    whole: Option<TokenId>,
) -> SqlResult<Vec<TokenId>> {
    let id = if whole.is_some() {
        "SELECT id AS id"
    } else {
        "SELECT COALESCE(whole_id, id) AS id"
    };
    let Some(parts) = search_parts(typed) else {
        return Ok(Vec::new());
    };
    let rows = match parts.as_slice() {
        [head, tail] => {
            conn.query(Sql::pieces(&[
                id,
                "FROM tokens WHERE family = 'access' AND organisation_id = $1 AND hint_head = $2 AND hint_tail = $3
                 AND ($4 IS NULL OR whole_id = $4) LIMIT 500",
            ]))
            .bind(organisation)
            .bind(head.clone())
            .bind(tail.clone())
            .bind(whole)
            .all::<Id>()
            .await?
        }
        [part] => {
            conn.query(Sql::pieces(&[
                id,
                "FROM (SELECT id, whole_id FROM tokens WHERE family = 'access' AND organisation_id = $1 AND hint_head = $2
                       UNION SELECT id, whole_id FROM tokens WHERE family = 'access' AND organisation_id = $1 AND hint_tail = $2) AS either
                 WHERE ($3 IS NULL OR whole_id = $3) LIMIT 500",
            ]))
            .bind(organisation)
            .bind(part.clone())
            .bind(whole)
            .all::<Id>()
            .await?
        }
        _ => Vec::new(),
    };
    Ok(ids(rows).collect())
}

/// Tokens used by somebody whose name or address begins with what was typed.
async fn by_user(
    conn: &mut Conn,
    organisation: OrganisationId,
    typed: &str,
    whole: Option<TokenId>,
) -> Result<Vec<TokenId>> {
    let people: Vec<PersonId> = people::matching(conn, organisation, typed, MOST).await?;
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let id = if whole.is_some() {
        "SELECT t.id AS id"
    } else {
        "SELECT DISTINCT COALESCE(t.whole_id, t.id) AS id"
    };
    let mut query = conn
        .query(Sql::parts(&[
            Part::Text(id),
            Part::Text(
                "FROM uses u JOIN tokens t ON t.id = u.token_id AND t.family = 'access'
                 WHERE ($1 IS NULL OR t.whole_id = $1) AND u.person_id IN",
            ),
            Part::Values {
                first: 2,
                count: people.len(),
            },
            Part::Text("LIMIT 500"),
        ]))
        .bind(whole);
    for person in people {
        query = query.bind(person);
    }
    Ok(ids(query.all::<Id>().await?).collect())
}

/// The tokens among these that fit the dense words as well.
async fn fitting(conn: &mut Conn, tokens: BTreeSet<TokenId>, words: &[Word]) -> SqlResult<Vec<TokenId>> {
    let mut left: Vec<TokenId> = tokens.into_iter().collect();
    for ((from, to), collections) in words {
        if left.is_empty() {
            break;
        }
        let mut query = conn
            .query(Sql::parts(&[
                Part::Text(
                    "SELECT t.id AS id FROM tokens t
                     WHERE EXISTS (SELECT 1 FROM token_words w
                                   WHERE w.token_id = t.id AND w.word >= $1 AND w.word < $2)
                       AND t.id IN",
                ),
                Part::Values {
                    first: 3,
                    count: left.len(),
                },
            ]))
            .bind(from.clone())
            .bind(to.clone());
        for token in &left {
            query = query.bind(*token);
        }
        let mut fit: BTreeSet<TokenId> = ids(query.all::<Id>().await?).collect();
        for token in &left {
            if !fit.contains(token)
                && super::sql::collection_of(conn, *token)
                    .await?
                    .is_some_and(|id| collections.contains(&id))
            {
                fit.insert(*token);
            }
        }
        left.retain(|token| fit.contains(token));
    }
    Ok(left)
}
