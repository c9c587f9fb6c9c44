//! Checking that the books agree: counters, uses, audit entries, grants and mail.
//!
//! Reads across all features, which nothing else may: it is the auditor. Each check names what it found, with
//! the ids to look at, and repairs nothing.

mod sql;

use std::collections::HashSet;

use database::Conn;
use domain::PersonId;

use crate::error::Result;
use crate::{Backend, words};

/// Rows that a check names, at most.
const NAMED: usize = 20;

/// A check: what must not be found, and the statement that finds it.
struct Check {
    wrong: &'static str,
    statement: &'static str,
}

impl Backend {
    /// Everything that does not agree, in words; empty when all is well.
    ///
    /// # Errors
    /// A fault.
    pub async fn fsck(&self) -> Result<Vec<String>> {
        let mut findings = self.db.check_structure().await?;
        let mut conn = self.db.read().await?;
        for check in sql::CHECKS {
            findings.extend(run(&mut conn, check).await?);
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
                let agrees = opened.is_some_and(|code| {
                    self.keys
                        .look_ups("code", &code)
                        .iter()
                        .any(|look_up| look_up.digest == row.digest)
                });
                if !agrees && findings.len() < NAMED {
                    findings.push(format!(
                        "the secret of token {} cannot be read with the keys at hand",
                        row.id
                    ));
                }
            }
        }
    }
}

async fn run(conn: &mut Conn, check: &Check) -> Result<Vec<String>> {
    let rows: Vec<(uuid::Uuid, i64, i64)> = conn.query(check.statement).bind(NAMED as i64).all().await?;
    Ok(rows
        .into_iter()
        .map(|(id, found, expected)| format!("{}: {id} (found {found}, expected {expected})", check.wrong))
        .collect())
}

/// People whom a word of theirs does not find, and whether words find people who do not have them.
async fn unfindable_people(conn: &mut Conn) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut after = PersonId(uuid::Uuid::nil());
    let mut words_of_people = 0;
    loop {
        let people = sql::people_after(conn, after).await?;
        let Some(last) = people.last() else {
            break;
        };
        after = last.id;
        let wanted: Vec<sql::PersonWord> = people
            .iter()
            .flat_map(|person| {
                words::split(&person.words).map(|word| sql::PersonWord {
                    organisation_id: person.organisation_id,
                    word: word.to_vec(),
                    person_id: person.id,
                })
            })
            .collect();
        words_of_people += wanted.len();
        let found: HashSet<sql::PersonWord> = sql::words_among(conn, &wanted).await?.into_iter().collect();
        let lost = wanted.iter().filter(|word| !found.contains(word));
        for word in lost.take(NAMED.saturating_sub(findings.len())) {
            findings.push(format!("a word of person {} does not find them", word.person_id));
        }
    }
    let there = sql::count_person_words(conn).await?;
    if findings.is_empty() && there != words_of_people as i64 {
        findings.push(format!(
            "{there} words find people, who have {words_of_people} between them"
        ));
    }
    Ok(findings)
}
