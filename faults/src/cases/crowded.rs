//! Five thousand connections of an attacker who wants to keep everybody else out, held in each of the possible ways.
//! Clients that are cut off reconnect. Health checks are still answered within a second, the log and the metrics report
//! it, and a real person can redeem.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::crowd::Crowd;
use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person::{self, Answer};
use crate::server::Server;

/// Connections of each kind: more than the server has seats.
const CONNECTIONS: usize = 5000;

/// How long the server has to notice them.
const NOTICE: Duration = Duration::from_secs(5);

/// How long a health check may take.
const HEALTH: Duration = Duration::from_secs(1);

/// How long it may take to read the metrics.
const METRICS: Duration = Duration::from_secs(20);

/// How a connection is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// It sends nothing.
    Silent,
    /// The beginning of an HTTP/2 preface.
    HalfPreface,
    /// HTTP/2 that sends pings and no request.
    Pings,
    /// A head that never ends, a byte now and then.
    SlowHead,
    /// A body that never ends, a byte now and then.
    SlowBody,
    /// Bodies that arrive at a good rate and never end, on every seat.
    SteadyBody,
    /// Many requests whose answers are never read.
    NeverReads,
}

/// Each way in turn.
pub async fn run(lab: &Lab) -> Outcome {
    raise_handles();
    let mut told = Vec::new();
    for hold in [
        Hold::Silent,
        Hold::HalfPreface,
        Hold::Pings,
        Hold::SlowHead,
        Hold::SlowBody,
        Hold::SteadyBody,
        Hold::NeverReads,
    ] {
        let slowest = crowd(lab, hold).await?;
        told.push(format!("{hold:?} {} ms", slowest.as_millis()));
    }
    Ok(format!(
        "{CONNECTIONS} each, health at most after: {}",
        told.join(", ")
    ))
}

async fn crowd(lab: &Lab, hold: Hold) -> Outcome<Duration> {
    let installation = Installation::on_sqlite(lab).await?;
    let tokens = installation.tokens([1]).await?;
    let server = installation.serve().await?;
    let address: Arc<str> = server.url.trim_start_matches("http://").into();
    let (held, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let holders: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, held, is_over) = (Arc::clone(&address), Arc::clone(&held), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let _ = hold.once(&address, &held).await;
                    tokio::time::sleep(hold.comes_back_after()).await;
                }
            })
        })
        .collect();
    let begun = Instant::now();
    while held.load(Ordering::Relaxed) < CONNECTIONS && begun.elapsed() < NOTICE {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(NOTICE.saturating_sub(begun.elapsed())).await;

    let mut slowest = Duration::ZERO;
    for path in ["/healthz", "/readyz"].into_iter().cycle().take(10) {
        let asked = Instant::now();
        // A new connection each time, as a load balancer makes one.
        let answer = person::http()
            .get(format!("{}{path}", server.url))
            .timeout(HEALTH * 5)
            .send()
            .await;
        let took = asked.elapsed();
        promise(
            answer.is_ok_and(|answer| answer.status().is_success()) && took <= HEALTH,
            || format!("{hold:?}: {path} did not answer within a second, but after {took:?}"),
        )?;
        slowest = slowest.max(took);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    is_told(&server, hold).await?;
    let mut crowd = Crowd::new(&tokens[0], 1);
    crowd
        .settle(&person::http(), std::slice::from_ref(&server.url))
        .await?;
    promise(crowd.people[0].answers.contains(&Answer::Given), || {
        format!("{hold:?}: a real person got {:?}", crowd.people[0].answers)
    })?;
    is_over.store(true, Ordering::Relaxed);
    for holder in &holders {
        holder.abort();
    }
    judge(&installation, &[crowd]).await?;
    server.did_not_panic()?;
    Ok(slowest)
}

/// Monitoring learns of it: from the log, and from the metrics.
async fn is_told(server: &Server, hold: Hold) -> Outcome<()> {
    let said = std::fs::read_to_string(&server.log)?;
    promise(said.contains("connections are taken"), || {
        format!("{hold:?}: nothing in the log says that seats are short")
    })?;
    let begun = Instant::now();
    loop {
        // Requested on an ordinary seat, so it may take more than one attempt.
        let answer = person::http().get(format!("{}/metrics", server.url)).send().await;
        let text = match answer {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        let times = text
            .lines()
            .find_map(|line| line.strip_prefix("connections_short_total "));
        if times.is_some_and(|times| times != "0") {
            return Ok(());
        }
        promise(begun.elapsed() < METRICS, || {
            format!("{hold:?}: no metric says that seats are short")
        })?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

impl Hold {
    /// How long a client that was cut off takes to reconnect. This is about connections that are held, not about a
    /// flood of requests, which takes CPU time whatever happens to its connections.
    fn comes_back_after(self) -> Duration {
        Duration::from_secs(if self == Self::NeverReads { 20 } else { 1 })
    }

    /// Holds a connection for as long as the server allows.
    async fn once(self, address: &str, held: &AtomicUsize) -> std::io::Result<()> {
        let socket = TcpSocket::new_v4()?;
        if self == Self::NeverReads {
            // Small buffers on this side, so that a few answers fill what is in between.
            socket.set_recv_buffer_size(2048)?;
        }
        let address = address.parse().map_err(std::io::Error::other)?;
        let mut stream = socket.connect(address).await?;
        held.fetch_add(1, Ordering::Relaxed);
        let outcome = self.hold(&mut stream).await;
        held.fetch_sub(1, Ordering::Relaxed);
        outcome
    }

    async fn hold(self, stream: &mut TcpStream) -> std::io::Result<()> {
        const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
        const SETTINGS_TAKEN: &[u8] = &[0, 0, 0, 4, 1, 0, 0, 0, 0];
        const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        match self {
            Self::Silent => {}
            Self::HalfPreface => stream.write_all(&PREFACE[..12]).await?,
            Self::Pings => {
                for piece in [PREFACE, SETTINGS, SETTINGS_TAKEN] {
                    stream.write_all(piece).await?;
                }
            }
            Self::SlowHead => {
                stream
                    .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
                    .await?;
            }
            Self::SlowBody => {
                let head = b"POST /t/open HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                             Content-Length: 900\r\n\r\ncode=";
                stream.write_all(head).await?;
            }
            Self::SteadyBody => {
                let head = b"POST /t/open HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                             Content-Length: 60000\r\n\r\ncode=";
                stream.write_all(head).await?;
            }
            Self::NeverReads => {
                // More answers than fit into the buffers in between.
                let request = b"GET /t HTTP/1.1\r\nHost: a\r\n\r\n".repeat(4);
                stream.write_all(&request).await?;
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    // Ends with an error when the server has closed it.
                    stream.writable().await?;
                    stream
                        .try_write(b"G")
                        .map(drop)
                        .or_else(|error| match error.kind() {
                            std::io::ErrorKind::WouldBlock => Ok(()),
                            _ => Err(error),
                        })?;
                }
            }
        }
        let mut read = [0; 512];
        loop {
            // Incoming bytes are read, so that only the server ends this.
            let pause = Duration::from_secs(match self {
                Self::SlowBody | Self::SlowHead => 3,
                Self::SteadyBody => 4,
                _ => 5,
            });
            match tokio::time::timeout(pause, stream.read(&mut read)).await {
                Ok(Ok(0)) => return Ok(()),
                Ok(outcome) => drop(outcome?),
                Err(_) => match self {
                    Self::Pings => stream.write_all(PING).await?,
                    Self::SlowHead | Self::SlowBody => stream.write_all(b"a").await?,
                    Self::SteadyBody => stream.write_all(&[b'a'; 5500]).await?,
                    _ => {}
                },
            }
        }
    }
}

/// As many file descriptors as the system allows, since this program holds the other end of each connection.
fn raise_handles() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let _ = setrlimit(Resource::Nofile, raised);
}
