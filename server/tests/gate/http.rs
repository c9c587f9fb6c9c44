//! Requests byte for byte as they are meant, and what comes back.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status; 0 when the connection ended without one.
    pub status: u16,
    /// The head, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The cookie that was set, as it is sent back.
    pub fn cookie(&self) -> Option<String> {
        Some(self.header("set-cookie")?.split(';').next()?.to_owned())
    }
}

/// A connection that requests go over one after the other.
pub struct Connection {
    port: u16,
    stream: Option<TcpStream>,
}

impl Connection {
    /// A connection to a port, which is made when it is needed.
    pub fn to(port: u16) -> Self {
        Self { port, stream: None }
    }

    /// Sends a GET and reads the answer to its end. A connection that the other side has closed meanwhile is made anew.
    pub async fn ask(&mut self, host: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
        for (name, value) in headers {
            request.extend(format!("{name}: {value}\r\n").as_bytes());
        }
        request.extend(b"\r\n");
        let was_open = self.stream.is_some();
        let answer = self.exchange(&request).await;
        if answer.status == 0 && was_open {
            return self.exchange(&request).await;
        }
        answer
    }

    async fn exchange(&mut self, request: &[u8]) -> Answer {
        let exchange = async {
            let mut stream = match self.stream.take() {
                Some(stream) => stream,
                None => TcpStream::connect(("127.0.0.1", self.port)).await?,
            };
            stream.set_nodelay(true)?;
            stream.write_all(request).await?;
            let read = read_answer(&mut stream).await;
            Ok::<_, std::io::Error>((stream, read))
        };
        let done = tokio::time::timeout(Duration::from_secs(20), exchange).await;
        let Some((stream, read)) = done.ok().and_then(Result::ok) else {
            return nothing();
        };
        let answer = parse(&read);
        let closes = answer
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if is_whole(&read) && !closes {
            self.stream = Some(stream);
        }
        answer
    }
}

/// Sends a request and reads the answer to its end.
pub async fn ask(port: u16, host: &str, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("connection"))
    {
        request.extend(b"Connection: close\r\n");
    }
    for (name, value) in headers {
        request.extend(format!("{name}: {value}\r\n").as_bytes());
    }
    request.extend(b"\r\n");
    let read = tokio::time::timeout(Duration::from_secs(20), exchange(port, &request)).await;
    read.ok()
        .and_then(Result::ok)
        .map_or_else(nothing, |bytes| parse(&bytes))
}

async fn exchange(port: u16, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(request).await?;
    Ok(read_answer(&mut stream).await)
}

async fn read_answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    let mut piece = [0; 8192];
    loop {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(length) => read.extend_from_slice(&piece[..length]),
        }
        if is_switched(&read) || is_whole(&read) {
            break;
        }
    }
    read
}

/// A WebSocket has no end of its own.
fn is_switched(read: &[u8]) -> bool {
    read.starts_with(b"HTTP/1.1 101") && read.windows(4).any(|four| four == b"\r\n\r\n")
}

/// Whether the answer has come to its end, on a connection that may go on.
fn is_whole(read: &[u8]) -> bool {
    let answer = parse(read);
    let Some(head) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    match answer
        .header("content-length")
        .and_then(|length| length.parse::<usize>().ok())
    {
        Some(length) => read.len() >= head + 4 + length,
        None => answer.header("transfer-encoding").is_some() && read.ends_with(b"0\r\n\r\n"),
    }
}

fn nothing() -> Answer {
    Answer {
        status: 0,
        headers: Vec::new(),
        body: String::new(),
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    Answer {
        status: status.unwrap_or(0),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
