//! A small TCP proxy between the product and its database, which cuts connections at random bytes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::failure::Outcome;

/// A proxy until it is dropped.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    orders: Arc<Orders>,
    task: JoinHandle<()>,
}

struct Orders {
    cuts: AtomicBool,
    made: AtomicUsize,
    /// A connection lives for less than this many bytes, both ways together.
    within: u64,
    dice: Mutex<Dice>,
}

impl Proxy {
    /// In front of a port of this machine; each connection is cut before it has carried this many bytes.
    pub async fn before(port: u16, within: u64, dice: Dice) -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let orders = Arc::new(Orders {
            cuts: AtomicBool::new(false),
            made: AtomicUsize::new(0),
            within,
            dice: Mutex::new(dice),
        });
        Ok(Self {
            port: listener.local_addr()?.port(),
            orders: Arc::clone(&orders),
            task: tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(carry(client, port, Arc::clone(&orders)));
                }
            }),
        })
    }

    /// Whether connections are cut from now on.
    pub fn cut(&self, cuts: bool) {
        self.orders.cuts.store(cuts, Ordering::SeqCst);
    }

    /// How many were cut.
    pub fn made(&self) -> usize {
        self.orders.made.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries bytes both ways until one side ends, or as many have passed as this connection may carry. What is being sent
/// then is cut in the middle, for both sides.
async fn carry(mut client: TcpStream, port: u16, orders: Arc<Orders>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (mut up, mut down) = ([0; 4096], [0; 4096]);
    let mut left = orders.lifetime();
    loop {
        let (read, to_server) = tokio::select! {
            read = client.read(&mut up) => (read, true),
            read = server.read(&mut down) => (read, false),
        };
        let Ok(count @ 1..) = read else { return };
        let passes = if orders.cuts.load(Ordering::SeqCst) {
            count.min(left)
        } else {
            count
        };
        let sent = if to_server {
            server.write_all(&up[..passes]).await
        } else {
            client.write_all(&down[..passes]).await
        };
        if sent.is_err() {
            return;
        }
        if passes < count {
            orders.made.fetch_add(1, Ordering::SeqCst);
            return;
        }
        if orders.cuts.load(Ordering::SeqCst) {
            left -= passes;
        }
    }
}

impl Orders {
    fn lifetime(&self) -> usize {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        usize::try_from(dice.below(self.within)).unwrap_or(usize::MAX)
    }
}
