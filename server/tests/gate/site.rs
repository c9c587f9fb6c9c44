//! The site behind the proxy: it answers everything and remembers what reached it, byte for byte.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request that reached the site.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path and query as they arrived.
    pub target: String,
    /// The headers as they arrived.
    pub headers: Vec<(String, String)>,
}

impl Seen {
    /// All values of a header, as a careless back end reads it: in any case, with anything for `-`.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let folded = |name: &str| {
            name.to_ascii_lowercase()
                .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        };
        self.headers
            .iter()
            .filter(|(own, _)| folded(own) == folded(name))
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
            .collect()
    }
}

/// The site.
#[derive(Clone)]
pub struct Site {
    /// Where it listens.
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Site {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let site = Self {
            port: listener.local_addr().expect("an address").port(),
            seen: Arc::default(),
        };
        let seen = site.seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, seen.clone()));
            }
        });
        site
    }

    /// How many requests reached it since it was asked last what did.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What reached it since it was asked last.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<Seen>>>) -> Option<()> {
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            let mut piece = [0; 8192];
            match stream.read(&mut piece).await.ok()? {
                0 => return None,
                length => read.extend_from_slice(&piece[..length]),
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let request = Seen {
            method: first.next()?.to_owned(),
            target: first.next()?.to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
        };
        let length: usize = request
            .values("content-length")
            .first()
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        while read.len() < end + length {
            let mut piece = [0; 8192];
            match stream.read(&mut piece).await.ok()? {
                0 => return None,
                length => read.extend_from_slice(&piece[..length]),
            }
        }
        read.drain(..end + length);
        let is_socket = request
            .values("upgrade")
            .iter()
            .any(|value| value.eq_ignore_ascii_case("websocket"));
        let is_head = request.method == "HEAD";
        let body = format!("reached {}", request.target);
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let answer = if is_socket {
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n".to_owned()
        } else {
            let shown = if is_head { "" } else { &body };
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{shown}",
                body.len()
            )
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}
