//! Steady load: people who come one after the other, many at a time, each to the link whose turn it is. A link has more
//! people than uses, so links run out while the load continues.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::crowd::Crowd;
use crate::failure::Outcome;
use crate::installation::Token;
use crate::person::{self, Person};

/// How many people come for each token, for one use of it: half as many again as can have it.
fn people_for(token: &Token) -> usize {
    token.limit + token.limit / 2 + 1
}

/// The load in progress.
pub struct Load {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    urls: Vec<String>,
    http: reqwest::Client,
    /// Which token each person comes for, in the order in which they come.
    turns: Vec<usize>,
    next: AtomicUsize,
    stopped: AtomicBool,
    crowds: Mutex<Vec<Crowd>>,
    /// The pause between two people of a worker.
    pause: Duration,
}

impl Load {
    /// Begins: this many people at a time, each of whom repeats their form until they know what happened to it.
    pub fn begin(urls: &[String], tokens: &[Token], workers: usize) -> Self {
        Self::begin_slowly(urls, tokens, workers, Duration::ZERO)
    }

    /// The same, with a pause after each person.
    pub fn begin_slowly(urls: &[String], tokens: &[Token], workers: usize, pause: Duration) -> Self {
        Self::start(urls, tokens, workers, person::http(), pause)
    }

    /// The same, with a client of another kind.
    pub fn begin_with(urls: &[String], tokens: &[Token], workers: usize, http: reqwest::Client) -> Self {
        Self::start(urls, tokens, workers, http, Duration::ZERO)
    }

    fn start(
        urls: &[String],
        tokens: &[Token],
        workers: usize,
        http: reqwest::Client,
        pause: Duration,
    ) -> Self {
        let turns = tokens.iter().enumerate();
        let shared = Arc::new(Shared {
            urls: urls.to_vec(),
            http,
            turns: turns
                .flat_map(|(at, token)| vec![at; people_for(token)])
                .collect(),
            next: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            crowds: Mutex::new(tokens.iter().map(|token| Crowd::new(token, 0)).collect()),
            pause,
        });
        let workers = (0..workers).map(|number| tokio::spawn(work(Arc::clone(&shared), number)));
        Self {
            workers: workers.collect(),
            shared,
        }
    }

    /// What everybody knows at this moment. People who are waiting for an answer are not in it.
    pub fn so_far(&self) -> Vec<Crowd> {
        self.shared.crowds().clone()
    }

    /// How many have been answered.
    pub fn answered(&self) -> usize {
        self.shared.crowds().iter().map(|crowd| crowd.people.len()).sum()
    }

    /// Waits until this many have been answered, or the people have run out.
    pub async fn until(&self, answered: usize) {
        while self.answered() < answered && self.workers.iter().any(|worker| !worker.is_finished()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Nobody new comes; people who do not know what happened to their request retry until they do.
    pub async fn end(self, urls: &[String]) -> Outcome<Vec<Crowd>> {
        self.shared.stopped.store(true, Ordering::SeqCst);
        for worker in self.workers {
            worker.await?;
        }
        let mut crowds = self.shared.crowds().clone();
        for crowd in &mut crowds {
            crowd.settle(&self.shared.http, urls).await?;
        }
        Ok(crowds)
    }
}

impl Shared {
    fn crowds(&self) -> std::sync::MutexGuard<'_, Vec<Crowd>> {
        self.crowds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn work(shared: Arc<Shared>, number: usize) {
    let tokens: Vec<Token> = shared.crowds().iter().map(|crowd| crowd.token.clone()).collect();
    while !shared.stopped.load(Ordering::SeqCst) {
        let Some(&turn) = shared.turns.get(shared.next.fetch_add(1, Ordering::SeqCst)) else {
            return;
        };
        let mut person = Person::new();
        while !person.is_settled() {
            let url = &shared.urls[(number + person.answers.len()) % shared.urls.len()];
            if !person.press(&shared.http, url, &tokens[turn]).await.is_final() {
                if shared.stopped.load(Ordering::SeqCst) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        shared.crowds()[turn].people.push(person);
        if !shared.pause.is_zero() {
            tokio::time::sleep(shared.pause).await;
        }
    }
}
