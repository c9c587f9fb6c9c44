//! The doctor in the place of the gate: it hangs, hangs up and fails, and looks at whether anybody is let in then, and how
//! long visitors wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Page, Probe, ask_within};
use crate::cli::Error;

/// How long a proxy may wait for a gate that hangs. Traefik waits for thirty seconds, and takes no other number.
const LONGEST: Duration = Duration::from_secs(40);

/// What becomes of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    HangsUp,
    Fails,
    Hangs,
}

impl Trouble {
    /// The shortest first.
    const ALL: [Self; 3] = [Self::HangsUp, Self::Fails, Self::Hangs];

    fn told(self) -> &'static str {
        match self {
            Self::HangsUp => "time-outs: the gate hangs up",
            Self::Fails => "time-outs: the gate answers 500",
            Self::Hangs => "time-outs: the gate hangs",
        }
    }
}

/// Listens in the place of the gate.
pub struct WithoutGate {
    trouble: Arc<Mutex<Trouble>>,
    asked: Arc<AtomicUsize>,
}

impl WithoutGate {
    /// Listens at the gate's address, which must be free.
    pub async fn of(address: &str) -> Result<Self, Error> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("{address} is not free ({error}): stop Tokenwright first."))?;
        let trouble = Arc::new(Mutex::new(Trouble::HangsUp));
        let asked = Arc::<AtomicUsize>::default();
        let gate = Self {
            trouble: Arc::clone(&trouble),
            asked: Arc::clone(&asked),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let trouble = *trouble.lock().unwrap_or_else(PoisonError::into_inner);
                tokio::spawn(answer(stream, trouble, Arc::clone(&asked)));
            }
        });
        Ok(gate)
    }

    /// Asks for the page in every trouble.
    pub async fn look(&self, page: &Page) -> Vec<(String, Result<String, String>)> {
        let mut found = Vec::new();
        for trouble in Trouble::ALL {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
            self.asked.store(0, Ordering::Relaxed);
            let answer = ask_within(LONGEST, page, &Probe::plain(trouble.told(), "")).await;
            let verdict = match answer {
                Ok(answer) if !matches!(answer.status, 403 | 500..=599) => Err(format!(
                    "answered {}: somebody is let in while the gate does not answer. Refuse then, as the configurations \
                     in docs/gate do.",
                    answer.status
                )),
                _ if self.asked.load(Ordering::Relaxed) == 0 => {
                    Err("nobody asked here: the proxy asks a gate at another address.".into())
                }
                Ok(answer) => Ok(format!(
                    "refused with {} after {} s",
                    answer.status,
                    answer.took.as_secs()
                )),
                Err(error) if trouble == Trouble::Hangs => Err(format!(
                    "no answer within {} seconds ({error}): visitors wait as long as the gate hangs. Give the proxy a \
                     time-out for it.",
                    LONGEST.as_secs()
                )),
                Err(error) => Ok(format!("hung up ({error})")),
            };
            found.push((trouble.told().to_owned(), verdict));
        }
        found
    }
}

async fn answer(mut stream: TcpStream, trouble: Trouble, asked: Arc<AtomicUsize>) -> std::io::Result<()> {
    let mut piece = [0; 4096];
    // A connection that a proxy opens to see whether somebody is there asks nothing.
    if stream.read(&mut piece).await? == 0 {
        return Ok(());
    }
    asked.fetch_add(1, Ordering::Relaxed);
    match trouble {
        Trouble::HangsUp => Ok(()),
        Trouble::Fails => {
            let answer =
                "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await
        }
        // Until the proxy has enough of it.
        Trouble::Hangs => {
            while stream.read(&mut piece).await? != 0 {}
            Ok(())
        }
    }
}
