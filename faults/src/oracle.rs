//! The judge of every case: `tokenwright fsck`, and a comparison of what people saw with what is in the database.
//!
//! A person was *given* the token, was told that it is *gone*, or does not know. For a token with limit N: anyone who
//! was given it has exactly one use; anyone who was told that it is gone has none, and then N uses exist; anyone who
//! does not know has one or none; nobody else has one. Uses are numbered 1 to the counter, and there are at most N;
//! when everybody knows, there are as many as there can be.

use std::collections::HashMap;

use crate::crowd::Crowd;
use crate::failure::{Failure, Outcome};
use crate::installation::Installation;
use crate::person::{Answer, Person};

/// How often each answer was given, over everything that was judged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// People who have it.
    pub given: usize,
    /// People who were told that it is gone.
    pub gone: usize,
    /// People who do not know.
    pub unknown: usize,
    /// Requests that were sent more than once.
    pub repeated: usize,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} given, {} refused", self.given, self.gone)?;
        if self.unknown > 0 {
            write!(f, ", {} unknown", self.unknown)?;
        }
        write!(f, ", {} requests repeated", self.repeated)
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.given += other.given;
        self.gone += other.gone;
        self.unknown += other.unknown;
        self.repeated += other.repeated;
    }
}

/// What the database says about one token.
#[derive(Debug, Default, Clone)]
pub struct Books {
    /// Its counter.
    pub counter: i64,
    /// Its uses: the number, and whose use it is.
    pub uses: Vec<(i64, String)>,
    /// How many different idempotency keys they have.
    pub keys: i64,
}

/// Judges an installation after people have used it.
pub async fn judge(installation: &Installation, crowds: &[Crowd]) -> Outcome<Tally> {
    let mut findings = fsck(installation)?;
    let mut tally = Tally::default();
    let books = read(installation, crowds).await?;
    for (crowd, books) in crowds.iter().zip(&books) {
        findings.extend(disagreements(crowd, books));
        tally += count(crowd);
    }
    if findings.is_empty() {
        return Ok(tally);
    }
    findings.truncate(12);
    Err(Failure::Broken(findings))
}

/// What `tokenwright fsck` finds; nothing when everything agrees.
pub fn fsck(installation: &Installation) -> Outcome<Vec<String>> {
    let output = installation.command().arg("fsck").output()?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok(said
        .lines()
        .take(12)
        .map(|line| format!("fsck: {line}"))
        .collect())
}

/// What the database says about each of these tokens.
pub async fn read(installation: &Installation, crowds: &[Crowd]) -> Outcome<Vec<Books>> {
    let db = installation.open_database().await?;
    let mut conn = db.read().await?;
    let mut all = Vec::with_capacity(crowds.len());
    for crowd in crowds {
        let id = crowd.token.id;
        let counter = conn
            .query("SELECT uses FROM tokens WHERE id = $1")
            .bind(id)
            .number()
            .await?;
        let uses =
            "SELECT u.number, p.email FROM uses u JOIN people p ON p.id = u.person_id WHERE u.token_id = $1";
        let keys = "SELECT COUNT(DISTINCT idempotency_key) FROM uses WHERE token_id = $1";
        all.push(Books {
            counter,
            uses: conn.query(uses).bind(id).all().await?,
            keys: conn.query(keys).bind(id).number().await?,
        });
    }
    drop(conn);
    db.close().await;
    Ok(all)
}

fn count(crowd: &Crowd) -> Tally {
    let mut tally = Tally::default();
    for person in &crowd.people {
        match person.answers.last() {
            Some(Answer::Given) => tally.given += 1,
            Some(Answer::Gone) => tally.gone += 1,
            _ => tally.unknown += 1,
        }
        tally.repeated += person.answers.len().saturating_sub(1);
    }
    tally
}

/// Everything in which a token's records and its people disagree.
pub fn disagreements(crowd: &Crowd, books: &Books) -> Vec<String> {
    let token = format!("token {} with limit {}", crowd.token.id, crowd.token.limit);
    let mut found = numbers(crowd, books);
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for (_, email) in &books.uses {
        *uses.entry(email).or_default() += 1;
    }
    let mut somebody_told_gone = false;
    for person in &crowd.people {
        let has = uses.remove(person.email.as_str()).unwrap_or(0);
        found.extend(of_person(person, has));
        somebody_told_gone |= person.answers.contains(&Answer::Gone);
    }
    found.extend(
        uses.keys()
            .map(|email| format!("{email} has a use and never asked for it")),
    );
    if somebody_told_gone && books.uses.len() < crowd.token.limit {
        found.push(format!(
            "somebody was told that it is used up, and there are only {} uses",
            books.uses.len()
        ));
    }
    found
        .into_iter()
        .map(|finding| format!("{token}: {finding}"))
        .collect()
}

/// What must be true of the numbers alone.
fn numbers(crowd: &Crowd, books: &Books) -> Vec<String> {
    let uses = books.uses.len();
    let highest = books.uses.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let mut found = Vec::new();
    if uses > crowd.token.limit {
        found.push(format!("{uses} uses"));
    }
    if books.counter != uses as i64 || highest != uses as i64 {
        found.push(format!(
            "the counter says {}, there are {uses} uses, numbered up to {highest}",
            books.counter
        ));
    }
    if books.keys != uses as i64 {
        found.push(format!("{uses} uses have {} idempotency keys", books.keys));
    }
    let expected = crowd.people.len().min(crowd.token.limit);
    if crowd.people.iter().all(Person::is_settled) && uses != expected {
        found.push(format!(
            "{uses} uses, though {} people asked and all were answered",
            crowd.people.len()
        ));
    }
    found
}

/// What must be true of one person, who has this many uses.
fn of_person(person: &Person, has: usize) -> Vec<String> {
    let email = &person.email;
    let mut found = Vec::new();
    if let Some(Answer::Odd(status)) = person
        .answers
        .iter()
        .find(|answer| matches!(answer, Answer::Odd(_)))
    {
        found.push(format!("{email} was answered with {status}"));
    }
    let given = person.answers.iter().position(|answer| *answer == Answer::Given);
    let gone = person.answers.contains(&Answer::Gone);
    if has > 1 {
        found.push(format!("{email} has {has} uses"));
    }
    if given.is_some() && has == 0 {
        found.push(format!("{email} was given it and has no use"));
    }
    if gone && has > 0 {
        found.push(format!("{email} was told that it is gone and has a use"));
    }
    if given.is_some() && gone {
        found.push(format!("{email} sent the same form again and was told otherwise"));
    }
    if has > 0 && person.answers.iter().all(|answer| *answer == Answer::NotSent) {
        found.push(format!("{email} could not send anything and has a use"));
    }
    found
}

#[cfg(test)]
mod tests {
    use domain::TokenId;

    use super::*;
    use crate::installation::Token;

    /// A crowd with these answers, and records in which the marked people have a use.
    fn scene(limit: usize, people: &[(&[Answer], bool)]) -> (Crowd, Books) {
        let token = Token {
            id: TokenId(uuid::Uuid::nil()),
            code: String::new(),
            limit,
        };
        let mut crowd = Crowd::new(&token, people.len());
        let mut books = Books::default();
        for (person, (answers, has)) in crowd.people.iter_mut().zip(people) {
            person.answers = answers.to_vec();
            if *has {
                books.counter += 1;
                books.keys += 1;
                books.uses.push((books.counter, person.email.clone()));
            }
        }
        (crowd, books)
    }

    fn finds(scene: &(Crowd, Books), words: &str) -> bool {
        disagreements(&scene.0, &scene.1)
            .iter()
            .any(|finding| finding.contains(words))
    }

    use Answer::{Failed, Given, Gone, Lost, NotSent, Odd};

    #[test]
    fn a_true_story_is_believed() {
        for (limit, people) in [
            (1, &[(&[Given][..], true), (&[Gone], false), (&[Lost], false)][..]),
            (
                2,
                &[(&[Given], true), (&[Lost, Given], true), (&[Lost, Gone], false)],
            ),
            (2, &[(&[Given], true), (&[Lost], true), (&[Failed(500)], false)]),
            (9, &[(&[Given, Given], true), (&[NotSent], false)]),
        ] {
            let (crowd, books) = scene(limit, people);
            assert_eq!(disagreements(&crowd, &books), Vec::<String>::new());
        }
    }

    #[test]
    fn every_lie_is_found() {
        assert!(finds(&scene(1, &[(&[Given], true), (&[Given], true)]), "2 uses"));
        assert!(finds(
            &scene(2, &[(&[Given], false)]),
            "was given it and has no use"
        ));
        assert!(finds(
            &scene(1, &[(&[Gone], true)]),
            "told that it is gone and has a use"
        ));
        assert!(finds(
            &scene(2, &[(&[Given], true), (&[Gone], false)]),
            "only 1 uses"
        ));
        assert!(finds(&scene(2, &[(&[Given, Gone], true)]), "was told otherwise"));
        assert!(finds(&scene(2, &[(&[NotSent], true)]), "could not send anything"));
        assert!(finds(&scene(2, &[(&[Odd(200)], false)]), "was answered with 200"));

        let mut twice = scene(3, &[(&[Given], true)]);
        twice.1.uses.push((2, twice.0.people[0].email.clone()));
        assert!(finds(&twice, "has 2 uses") && finds(&twice, "the counter says 1"));
        assert!(finds(&twice, "1 idempotency keys"));
        let mut stranger = scene(3, &[(&[Given], true)]);
        stranger.1.uses[0].1 = "eve@example.org".into();
        assert!(finds(&stranger, "never asked"));
        let mut gap = scene(3, &[(&[Given], true)]);
        gap.1.uses[0].0 = 2;
        assert!(finds(&gap, "numbered up to 2"));
    }
}
