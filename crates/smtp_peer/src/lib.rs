//! A mail server for tests. It keeps what it takes, and misbehaves as it is told: at any step of the talk it may say no,
//! take its time, or be gone.
//!
//! It is lenient where lenient servers are: a line ends with a bare line feed, too. What could end a message early or
//! begin another one does so here.

mod talk;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A step of a talk, before the server answers.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// Somebody connected.
    Connect,
    /// From whom a mail is.
    Sender(&'a str),
    /// To whom it is.
    Recipient(&'a str),
    /// The message is about to come.
    Data,
    /// It is here.
    Message(&'a Received),
}

/// What the server does at a step.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// What it should.
    Proceed,
    /// The same after a while.
    Slowly(Duration),
    /// It answers with this, such as `550 5.1.1 no such user`.
    Say(&'static str),
    /// It is gone.
    Vanish,
    /// It takes the message and is gone before it says so.
    TakeAndVanish,
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The message itself.
    pub data: String,
}

impl Received {
    /// The header fields with this name, unfolded.
    pub fn fields(&self, name: &str) -> Vec<String> {
        let head = self.data.split("\r\n\r\n").next().unwrap_or_default();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let fields = unfolded.split("\r\n").filter_map(|line| line.split_once(':'));
        fields
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .collect()
    }

    /// What tells it from other messages.
    pub fn message_id(&self) -> String {
        self.fields("Message-ID").into_iter().next().unwrap_or_default()
    }
}

type Script = dyn Fn(Step<'_>) -> Reaction + Send + Sync;

pub(crate) struct Shared {
    script: Mutex<Arc<Script>>,
    login: Mutex<Option<(String, String)>>,
    received: Mutex<Vec<Received>>,
    connections: Mutex<usize>,
}

/// The server. It ends when it is dropped.
pub struct Peer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

impl Peer {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start() -> io::Result<Self> {
        Self::start_at(([127, 0, 0, 1], 0).into()).await
    }

    /// Starts one at an address: the one that another had before.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn start_at(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let shared = Arc::new(Shared {
            script: Mutex::new(Arc::new(|_: Step<'_>| Reaction::Proceed)),
            login: Mutex::default(),
            received: Mutex::default(),
            connections: Mutex::default(),
        });
        let address = listener.local_addr()?;
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            listening,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it is named in the product's settings.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// How it behaves from now on.
    pub fn behave(&self, script: impl Fn(Step<'_>) -> Reaction + Send + Sync + 'static) {
        *lock(&self.shared.script) = Arc::new(script);
    }

    /// Lets in nobody but this user.
    pub fn ask_for(&self, user: &str, password: &str) {
        *lock(&self.shared.login) = Some((user.into(), password.into()));
    }

    /// What it took, in this order.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// How many messages it took.
    pub fn count(&self) -> usize {
        lock(&self.shared.received).len()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        *lock(&self.shared.connections)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Talks end with the server.
    let mut talks = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        *lock(&shared.connections) += 1;
        let shared = Arc::clone(&shared);
        talks.spawn(async move {
            // A client that went away is none of the server's business.
            let _ = talk::talk(stream, &shared).await;
        });
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
