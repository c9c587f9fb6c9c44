//! Checks that the database is consistent: counters, uses, audit entries, grants and mail.
//!
//! It reads across all features, which nothing else may do. Each check names what it found, with the ids to look at,
//! and repairs nothing. What holds for tokens of every kind is checked family by family, and of families that are spent
//! through the journal, what stands in it; checks for the rows beside them are registered by their features.
//!
//! Uses in the journal are counted nowhere else yet: counters, uses and audit entries agree without them.

mod sql;
mod tokens;

use std::collections::HashSet;

use database::Conn;
use domain::PersonId;

use crate::error::Result;
use crate::{Backend, words};

/// The most rows that a check names.
const NAMED: i64 = 20;
const MOST_NAMED: usize = NAMED as usize;

impl Backend {
    /// Everything that is inconsistent, in words; empty when all is well.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fsck(&self) -> Result<Vec<String>> {
        let mut findings = self.db.check_structure().await?;
        let mut conn = self.db.read().await?;
        findings.extend(tokens::check(&mut conn, self).await?);
        for check in sql::CHECKS.iter().chain(self.kinds.checks()) {
            let rows = conn.query(check.statement).bind(NAMED).all().await?;
            findings.extend(in_words(check.wrong, rows));
        }
        findings.extend(self.unreadable_secrets(&mut conn).await?);
        findings.extend(unfindable_people(&mut conn).await?);
        Ok(findings)
    }

    /// Tokens whose sealed secret cannot be opened, or is found by another digest than the one stored.
    async fn unreadable_secrets(&self, conn: &mut Conn) -> Result<Vec<String>> {
        let mut findings = Vec::new();
        let mut after = uuid::Uuid::nil();
        loop {
            let rows = sql::sealed_after(conn, after).await?;
            let Some(last) = rows.last() else {
                return Ok(findings);
            };
            after = last.id;
            for row in &rows {
                let opened = self.keys.unseal(row.id.as_bytes(), &row.sealed).ok();
                let agrees = self
                    .kinds
                    .get(&row.kind)
                    .zip(opened)
                    .is_some_and(|(kind, secret)| {
                        self.keys
                            .look_ups(kind.purpose.0, &secret)
                            .iter()
                            .any(|look_up| look_up.digest == row.digest)
                    });
                if !agrees && findings.len() < MOST_NAMED {
                    findings.push(format!(
                        "the secret of token {} cannot be read with the keys at hand",
                        row.id
                    ));
                }
            }
        }
    }
}

/// What a check found, in words.
fn in_words(wrong: &str, rows: Vec<(uuid::Uuid, i64, i64)>) -> impl Iterator<Item = String> {
    rows.into_iter()
        .map(move |(id, found, expected)| format!("{wrong}: {id} (found {found}, expected {expected})"))
}

/// People who are not found by one of their search terms.
async fn unfindable_people(conn: &mut Conn) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut after = PersonId(uuid::Uuid::nil());
    loop {
        let people = sql::people_after(conn, after).await?;
        let Some(last) = people.last() else {
            return Ok(findings);
        };
        let mut lost = lost_words(conn, &people).await?;
        if !lost.is_empty() {
            // The person may have been renamed between the two reads.
            let again = sql::people_after(conn, after).await?;
            let still = lost_words(conn, &again).await?;
            lost.retain(|word| still.contains(word));
        }
        let room = MOST_NAMED.saturating_sub(findings.len());
        let sentence =
            |word: &sql::PersonWord| format!("a word of person {} does not find them", word.person_id);
        findings.extend(lost.iter().take(room).map(sentence));
        after = last.id;
    }
}

async fn lost_words(conn: &mut Conn, people: &[sql::Named]) -> Result<Vec<sql::PersonWord>> {
    let words_of = |person: &sql::Named| {
        let (organisation_id, person_id) = (person.organisation_id, person.id);
        let words = words::split(&person.words).map(<[u8]>::to_vec);
        let words = words.map(|word| sql::PersonWord {
            organisation_id,
            word,
            person_id,
        });
        words.collect::<Vec<_>>()
    };
    let mut words: Vec<sql::PersonWord> = people.iter().flat_map(words_of).collect();
    let found: HashSet<sql::PersonWord> = sql::words_among(conn, &words).await?.into_iter().collect();
    words.retain(|word| !found.contains(word));
    Ok(words)
}
