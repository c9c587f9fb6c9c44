//! A reverse proxy in front of the product, reduced to what matters when a server stops: a request that could not be
//! sent is sent to the next server, again and again; one that was sent is never sent a second time. That is how nginx
//! treats a POST.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::failure::Outcome;

/// How long a request waits for a server that accepts it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy until it is dropped.
pub struct Front {
    /// The address for people.
    pub url: String,
    task: JoinHandle<()>,
}

impl Front {
    /// In front of servers on these ports. Each connection carries one request: clients say `connection: close`.
    pub async fn of(ports: Vec<u16>) -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let ports = Arc::new(ports);
        Ok(Self {
            url: format!("http://{}", listener.local_addr()?),
            task: tokio::spawn(async move {
                let mut turn = 0;
                while let Ok((client, _)) = listener.accept().await {
                    turn += 1;
                    tokio::spawn(pass_on(client, Arc::clone(&ports), turn));
                }
            }),
        })
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(mut client: TcpStream, ports: Arc<Vec<u16>>, turn: usize) {
    let begun = Instant::now();
    for next in 0.. {
        if let Ok(mut server) = TcpStream::connect(("127.0.0.1", ports[(turn + next) % ports.len()])).await {
            // From here on the request counts as sent. However it ends, it ends for the client, too.
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            return;
        }
        if begun.elapsed() > PATIENCE {
            return;
        }
        if (next + 1) % ports.len() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
