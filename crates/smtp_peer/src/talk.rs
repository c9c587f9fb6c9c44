//! One talk, from greeting to end.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{Reaction, Received, Shared, Step, lock};

/// The end of a talk that the server itself brings about.
fn gone() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

pub(crate) async fn talk(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut talk = Talk {
        stream: BufReader::new(stream),
        shared,
        from: String::new(),
        to: Vec::new(),
        is_let_in: lock(&shared.login).is_none(),
    };
    if talk.react(Step::Connect, "220 peer.example ready").await? {
        while let Some(line) = talk.line().await? {
            if !talk.answer(&line).await? {
                break;
            }
        }
    }
    Ok(())
}

struct Talk<'a> {
    stream: BufReader<TcpStream>,
    shared: &'a Shared,
    from: String,
    to: Vec<String>,
    is_let_in: bool,
}

impl Talk<'_> {
    /// Answers a command; says whether the talk goes on.
    async fn answer(&mut self, line: &str) -> io::Result<bool> {
        let upper = line.to_ascii_uppercase();
        let word = upper.split([' ', ':']).next().unwrap_or_default().to_owned();
        match word.as_str() {
            "EHLO" => self.say("250-peer.example\r\n250 AUTH PLAIN").await?,
            "HELO" | "NOOP" => self.say("250 fine").await?,
            "RSET" => {
                self.to.clear();
                self.say("250 fine").await?;
            }
            "AUTH" => self.let_in(line).await?,
            _ if !self.is_let_in && word != "QUIT" => self.say("530 5.7.0 authentication required").await?,
            "MAIL" => {
                let from = address(line);
                self.to.clear();
                if self.react(Step::Sender(&from), "250 fine").await? {
                    self.from = from;
                }
            }
            "RCPT" => {
                let to = address(line);
                if self.react(Step::Recipient(&to), "250 fine").await? {
                    self.to.push(to);
                }
            }
            "DATA" => {
                if self.react(Step::Data, "354 go on").await? {
                    self.take_message().await?;
                }
            }
            "QUIT" => {
                self.say("221 bye").await?;
                return Ok(false);
            }
            _ => self.say("500 unknown").await?,
        }
        Ok(true)
    }

    async fn let_in(&mut self, line: &str) -> io::Result<()> {
        let expected = lock(&self.shared.login)
            .as_ref()
            .map(|(user, password)| base64(format!("\0{user}\0{password}").as_bytes()));
        self.is_let_in = expected.is_none_or(|expected| line.ends_with(&expected));
        self.say(if self.is_let_in {
            "235 welcome"
        } else {
            "535 5.7.8 wrong user or password"
        })
        .await
    }

    async fn take_message(&mut self) -> io::Result<()> {
        let mut data = String::new();
        loop {
            let Some(line) = self.line().await? else {
                return Err(gone());
            };
            if line == "." {
                break;
            }
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
            data.push_str("\r\n");
        }
        let received = Received {
            from: self.from.clone(),
            to: std::mem::take(&mut self.to),
            data,
        };
        let script = Arc::clone(&lock(&self.shared.script));
        match script(Step::Message(&received)) {
            Reaction::Proceed => {}
            Reaction::Slowly(time) => tokio::time::sleep(time).await,
            Reaction::Say(words) => return self.say(words).await,
            Reaction::Vanish => return Err(gone()),
            Reaction::TakeAndVanish => {
                lock(&self.shared.received).push(received);
                return Err(gone());
            }
        }
        lock(&self.shared.received).push(received);
        self.say("250 2.0.0 taken").await
    }

    /// Does at a step what the script says; says whether it went as it should.
    async fn react(&mut self, step: Step<'_>, usual: &str) -> io::Result<bool> {
        let script = Arc::clone(&lock(&self.shared.script));
        match script(step) {
            Reaction::Proceed => self.say(usual).await.map(|()| true),
            Reaction::Slowly(time) => {
                tokio::time::sleep(time).await;
                self.say(usual).await.map(|()| true)
            }
            Reaction::Say(words) => self.say(words).await.map(|()| false),
            Reaction::Vanish | Reaction::TakeAndVanish => Err(gone()),
        }
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        Ok(Some(
            line.trim_end_matches('\n').trim_end_matches('\r').to_owned(),
        ))
    }

    async fn say(&mut self, words: &str) -> io::Result<()> {
        self.stream.write_all(format!("{words}\r\n").as_bytes()).await
    }
}

/// What stands between `<` and `>`.
fn address(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(address, _)| address.to_owned())
        .unwrap_or_default()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| char::from(DIGITS[(bits & 63) as usize]);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.push(digit(bits >> 18));
        text.push(digit(bits >> 12));
        text.push(if chunk.len() > 1 { digit(bits >> 6) } else { '=' });
        text.push(if chunk.len() > 2 { digit(bits) } else { '=' });
    }
    text
}
