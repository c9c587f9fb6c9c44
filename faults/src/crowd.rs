//! People with the same link, who confirm at the same instant.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::sync::Barrier;

use crate::failure::{Failure, Outcome};
use crate::installation::Token;
use crate::oracle::Books;
use crate::person::{Answer, Person};

/// How long a crowd tries until it gives up on an answer.
const SETTLE: Duration = Duration::from_secs(60);

/// A token and everybody who wanted it.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// What they want.
    pub token: Token,
    /// Who they are, and the answers that they got.
    pub people: Vec<Person>,
}

impl Crowd {
    /// This many people who have not done anything yet.
    pub fn new(token: &Token, people: usize) -> Self {
        Self {
            token: token.clone(),
            people: (0..people).map(|_| Person::new()).collect(),
        }
    }

    /// All confirm at once, spread over the servers, one time.
    pub async fn race(&mut self, http: &reqwest::Client, urls: &[String]) {
        self.each(http, urls, |_| true).await;
    }

    /// Everybody who does not know what happened to their request sends it again, with its key, to the next server,
    /// until everybody knows.
    pub async fn settle(&mut self, http: &reqwest::Client, urls: &[String]) -> Outcome<()> {
        let begun = Instant::now();
        while self.people.iter().any(|person| !person.is_settled()) {
            if begun.elapsed() > SETTLE {
                let last: Vec<_> = self.people.iter().filter(|person| !person.is_settled()).collect();
                return Err(Failure::broken(format!(
                    "{} people have had no answer for {} seconds, the last of them {:?}",
                    last.len(),
                    SETTLE.as_secs(),
                    last.last().and_then(|person| person.answers.last())
                )));
            }
            self.each(http, urls, |person| !person.is_settled()).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Everybody sends the same form again: people who have it get the same answer, and nothing more is spent.
    pub async fn repeat(&mut self, http: &reqwest::Client, urls: &[String]) {
        self.each(http, urls, |_| true).await;
    }

    /// Adds the people who have a use and are not in the crowd yet: their request was in progress when the crowd was
    /// recorded. The answers that they got are not known.
    pub fn add_strangers(&mut self, books: &Books) {
        let known: HashSet<String> = self.people.iter().map(|person| person.email.clone()).collect();
        for (_, email) in books.uses.iter().filter(|(_, email)| !known.contains(email)) {
            self.people.push(Person {
                email: email.clone(),
                key: String::new(),
                answers: vec![Answer::Lost],
            });
        }
    }

    async fn each(&mut self, http: &reqwest::Client, urls: &[String], who: impl Fn(&Person) -> bool) {
        let token = &self.token;
        let those: Vec<_> = self
            .people
            .iter_mut()
            .enumerate()
            .filter(|(_, person)| who(person))
            .collect();
        let start = Arc::new(Barrier::new(those.len()));
        join_all(those.into_iter().map(|(number, person)| {
            let start = Arc::clone(&start);
            async move {
                // Each attempt goes to another server.
                let url = &urls[(number + person.answers.len()) % urls.len()];
                start.wait().await;
                person.press(http, url, token).await;
            }
        }))
        .await;
    }
}

/// Opens this many connections to each server, so that a race begins with the requests.
pub async fn warm_up(http: &reqwest::Client, urls: &[String], connections: usize) {
    let asks =
        (0..connections).flat_map(|_| urls.iter().map(|url| http.get(format!("{url}/healthz")).send()));
    for answer in join_all(asks).await.into_iter().flatten() {
        // Read to its end, so that the connection is free again.
        let _ = answer.bytes().await;
    }
}
