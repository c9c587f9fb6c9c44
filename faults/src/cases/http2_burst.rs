//! Thirty requests in one packet: one HTTP/2 connection, whose bytes are held back until they contain all requests, and
//! then written at once. No network spreads them out, so they arrive at the same instant.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use h2::client::SendRequest;
use http::header::{CONTENT_TYPE, LOCATION};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::crowd::Crowd;
use crate::failure::{Failure, Outcome};
use crate::installation::{Installation, Token};
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person::{Answer, Person, classify};

const PEOPLE: usize = 30;
const LIMITS: [usize; 4] = [1, 2, 7, 29];

/// Bursts on each engine.
pub async fn run(lab: &Lab) -> Outcome {
    let sqlite = bursts(lab, Installation::on_sqlite(lab).await?).await?;
    let postgres = bursts(lab, Installation::on_postgres(lab).await?).await?;
    Ok(format!("SQLite: {sqlite}; PostgreSQL: {postgres}"))
}

async fn bursts(lab: &Lab, installation: Installation) -> Outcome {
    let rounds = lab.pick(20, 100);
    let limits: Vec<usize> = LIMITS.into_iter().cycle().take(rounds).collect();
    let tokens = installation.tokens(limits).await?;
    let server = installation.serve().await?;
    let address = server.url.trim_start_matches("http://");
    let (mut crowds, mut largest) = (Vec::new(), 0);
    for token in &tokens {
        let mut crowd = Crowd::new(token, PEOPLE);
        largest = largest.max(burst(address, &mut crowd).await?);
        crowd
            .settle(&crate::person::http(), std::slice::from_ref(&server.url))
            .await?;
        crowds.push(crowd);
    }
    let tally = judge(&installation, &crowds).await?;
    server.did_not_panic()?;
    Ok(format!(
        "{rounds} bursts of {PEOPLE} in one write of up to {largest} bytes, {tally}"
    ))
}

/// Everybody at once; returns how many bytes were sent in the one write.
async fn burst(address: &str, crowd: &mut Crowd) -> Outcome<usize> {
    let gate = Arc::new(AtomicBool::new(true));
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let held = Arc::new(std::sync::Mutex::new(Vec::new()));
    let corked = Corked {
        stream,
        is_open: Arc::clone(&gate),
        held: Arc::clone(&held),
    };
    let (client, connection) = h2::client::handshake(corked).await?;
    let task = tokio::spawn(connection);
    let mut client = client.ready().await?;
    // The settings have been exchanged once a first request is answered.
    ping(&mut client, address).await?;

    gate.store(false, Ordering::SeqCst);
    let mut answers = Vec::new();
    for person in &crowd.people {
        client = client.ready().await?;
        answers.push(send(&mut client, address, person, &crowd.token)?);
    }
    // Let the connection write its frames into the held bytes.
    let all_written = crowd.people.len() * 150;
    for _ in 0..500 {
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_micros(200)).await;
        if held_bytes(&held) > all_written {
            break;
        }
    }
    let size = held_bytes(&held);
    gate.store(true, Ordering::SeqCst);
    // Anything that makes the connection write again opens the gate.
    let last = ping(&mut client, address);
    let answers = futures::future::join_all(answers);
    let (answers, last) = tokio::join!(answers, last);
    last?;
    for (person, answer) in crowd.people.iter_mut().zip(answers) {
        person.answers.push(answer.map_or(Answer::Lost, |answer| {
            let location = answer
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok());
            classify(answer.status(), location, None)
        }));
    }
    drop(client);
    task.abort();
    if size == 0 {
        return Err(Failure::Hindered(
            "nothing was held back: the burst was no burst".into(),
        ));
    }
    Ok(size)
}

fn held_bytes(held: &std::sync::Mutex<Vec<u8>>) -> usize {
    held.lock().map_or(0, |bytes| bytes.len())
}

type Client = SendRequest<bytes::Bytes>;

async fn ping(client: &mut Client, address: &str) -> Outcome<()> {
    let request = http::Request::get(format!("http://{address}/healthz")).body(())?;
    let (answer, _) = client.send_request(request, true)?;
    answer.await?;
    Ok(())
}

fn send(
    client: &mut Client,
    address: &str,
    person: &Person,
    token: &Token,
) -> Outcome<h2::client::ResponseFuture> {
    let fields = person
        .form(token)
        .map(|(name, value)| format!("{name}={}", value.replace('@', "%40")));
    let request = http::Request::post(format!("http://{address}/t/open"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(())?;
    let (answer, mut body) = client.send_request(request, false)?;
    body.send_data(fields.join("&").into(), true)?;
    Ok(answer)
}

/// A connection that holds back what is written while its gate is closed.
struct Corked {
    stream: TcpStream,
    is_open: Arc<AtomicBool>,
    held: Arc<std::sync::Mutex<Vec<u8>>>,
}

impl AsyncWrite for Corked {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let this = &mut *self;
        let mut held = this
            .held
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.is_empty() && this.is_open.load(Ordering::SeqCst) {
            return Pin::new(&mut this.stream).poll_write(cx, bytes);
        }
        held.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let this = &mut *self;
        if !this.is_open.load(Ordering::SeqCst) {
            return Poll::Ready(Ok(()));
        }
        let mut held = this
            .held
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        while !held.is_empty() {
            match Pin::new(&mut this.stream).poll_write(cx, &held) {
                Poll::Ready(Ok(count)) => drop(held.drain(..count)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Corked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}
