//! Requests that are broken off at a random byte, or at a random moment before the answer. Each leaves either a
//! complete use or none, and nothing that keeps others waiting.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::crowd::Crowd;
use crate::dice::Dice;
use crate::failure::Outcome;
use crate::installation::{Installation, Token};
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person::{self, Answer, Person};

const LIMIT: usize = 40;
const PEOPLE: usize = 50;
const AT_ONCE: usize = 25;

/// On each engine, half of them.
pub async fn run(lab: &Lab) -> Outcome {
    let sqlite = break_off(lab, Installation::on_sqlite(lab).await?).await?;
    let postgres = break_off(lab, Installation::on_postgres(lab).await?).await?;
    Ok(format!("SQLite: {sqlite}; PostgreSQL: {postgres}"))
}

async fn break_off(lab: &Lab, installation: Installation) -> Outcome {
    let rounds = lab.pick(100, 400);
    let mut dice = lab.dice("broken_off");
    let tokens = installation.tokens(vec![LIMIT; rounds]).await?;
    let server = installation.serve().await?;
    let (url, http) = ([server.url.clone()], person::http());
    let address = server.url.trim_start_matches("http://").to_owned();
    let (mut crowds, mut whole) = (Vec::new(), 0);
    for token in &tokens {
        let mut crowd = Crowd::new(token, PEOPLE);
        for people in crowd.people.chunks_mut(AT_ONCE) {
            let presses = people.iter_mut().map(|person| {
                let cut = Cut::at_random(&request(&address, person, token), &mut dice);
                async { person.answers.push(cut.send(&address).await) }
            });
            futures::future::join_all(presses).await;
        }
        whole += crowd
            .people
            .iter()
            .filter(|person| person.answers == [Answer::Lost])
            .count();
        // Everybody retries with their key, at once: if the disconnected clients had left anything locked, somebody
        // would wait.
        crowd.settle(&http, &url).await?;
        crowds.push(crowd);
    }
    let tally = judge(&installation, &crowds).await?;
    server.did_not_panic()?;
    Ok(format!(
        "{} requests broken off, {whole} of them after the last byte, {tally}",
        rounds * PEOPLE
    ))
}

/// A request that ends early.
struct Cut {
    bytes: Vec<u8>,
    is_whole: bool,
    wait: Duration,
}

impl Cut {
    /// Half of them are cut within their bytes; the others are sent completely, and abandoned before the answer.
    fn at_random(request: &str, dice: &mut Dice) -> Self {
        let is_whole = dice.below(2) == 0;
        let count = if is_whole {
            request.len()
        } else {
            dice.index(request.len())
        };
        Self {
            bytes: request.as_bytes()[..count].to_vec(),
            is_whole,
            wait: Duration::from_micros(dice.below(8_000)),
        }
    }

    async fn send(self, address: &str) -> Answer {
        let sent = async {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(&self.bytes).await?;
            tokio::time::sleep(self.wait).await;
            // Reset rather than closed: the server learns at once that nobody waits any more.
            stream.set_zero_linger()
        };
        match (sent.await, self.is_whole) {
            (Ok(()), true) | (Err(_), _) => Answer::Lost,
            // Without its last byte it is not a request, and must not be carried out.
            (Ok(()), false) => Answer::NotSent,
        }
    }
}

/// The form, byte by byte.
fn request(address: &str, person: &Person, token: &Token) -> String {
    let encode = |value: &str| value.replace('@', "%40");
    let fields = person
        .form(token)
        .map(|(name, value)| format!("{name}={}", encode(value)));
    let body = fields.join("&");
    let length = body.len();
    format!(
        "POST /t/open HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}
