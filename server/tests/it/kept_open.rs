//! A connection that waits for its next request stays open for as long as `docs/operating.md` says: a proxy or a browser that
//! keeps one for a minute would otherwise send requests, also those that must not be sent twice, to a connection that is gone.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::on_sqlite;

/// Longer than a new connection may take for its first request.
const WHILE: Duration = Duration::from_secs(12);

async fn asks(stream: &mut TcpStream) -> std::io::Result<String> {
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: tokens.test\r\n\r\n")
        .await?;
    let mut piece = [0; 4096];
    let length = stream.read(&mut piece).await?;
    Ok(String::from_utf8_lossy(&piece[..length]).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_has_asked_may_wait_and_ask_again() {
    on_sqlite(async |world| {
        let address = world.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let mut silent = TcpStream::connect(address).await.expect("a connection");
        let first = asks(&mut stream).await.expect("an answer");
        assert!(first.starts_with("HTTP/1.1 200"), "{first}");

        tokio::time::sleep(WHILE).await;

        let second = asks(&mut stream).await.expect("the connection is open");
        assert!(second.starts_with("HTTP/1.1 200"), "{second:?}");
        let read = silent.read(&mut [0; 1]).await;
        assert!(
            matches!(read, Ok(0) | Err(_)),
            "one that has asked for nothing is closed: {read:?}"
        );
    })
    .await;
}
