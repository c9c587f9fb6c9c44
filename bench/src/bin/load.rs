//! Who asks: connections that are kept alive, each sending its next request when the last one was answered.
//!
//! Written close to the socket, because the generator must cost less than what it measures: requests are made
//! once and only their variable places are filled in, and of an answer only its status and length are read.
//! The line `measuring` says that the warm-up is over; the last line is what was counted.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bench::token_list::{self, Listed};
use bench::{GUARDED, Outcome};
use clap::{Parser, ValueEnum};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Asks for a while and counts the answers.
#[derive(Parser, Clone)]
struct Arguments {
    /// Addresses of the servers; connections take turns
    #[arg(long, required = true, value_delimiter = ',')]
    to: Vec<SocketAddr>,
    /// What is asked
    #[arg(long)]
    what: What,
    /// Folder with the list of codes
    #[arg(long)]
    codes: PathBuf,
    /// How many of the codes are used, in turn
    #[arg(long, default_value_t = usize::MAX)]
    spread: usize,
    /// The codes are used by chance, the nth one a nth as often as the first, not in turn
    #[arg(long)]
    zipf: bool,
    /// Connections at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How long it is counted
    #[arg(long, default_value_t = 8.0)]
    seconds: f64,
    /// How long it is asked before that
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Requests in a second, of all connections together; without it each asks as soon as it was answered
    #[arg(long)]
    rate: Option<f64>,
    /// Writes the answer to one request into this file, and does nothing else
    #[arg(long)]
    sample: Option<PathBuf>,
}

/// A kind of request.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A redemption by somebody new
    Redeem,
    /// A redemption by somebody who is signed in
    SignedIn,
    /// The card of a link
    Page,
    /// A page of a guarded site, with a page token in a header
    Gate,
    /// What an API token is told of itself
    Token,
    /// The same, where every second string is none
    HalfGarbage,
    /// What a token is, asked by itself
    Introspect,
    /// The same, where every second string that is asked about is none
    IntrospectGarbage,
    /// A list of access tokens, page after page, with an API token
    List,
    /// The public page of a credential
    PublicPage,
    /// The credential itself, at the same address
    PublicJson,
}

impl What {
    fn expected(self, is_garbage: bool) -> &'static [u8] {
        match self {
            Self::Redeem | Self::SignedIn => b"303",
            Self::HalfGarbage if is_garbage => b"401",
            _ => b"200",
        }
    }

    /// What stands for a code or string until one is filled in.
    fn place(self) -> &'static str {
        match self {
            Self::Redeem | Self::SignedIn | Self::Page => CODE,
            Self::Gate => PAGE_TOKEN,
            Self::Token | Self::HalfGarbage | Self::Introspect | Self::IntrospectGarbage | Self::List => {
                SECRET
            }
            Self::PublicPage | Self::PublicJson => CREDENTIAL,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments = Arguments::parse();
    let codes = Arc::new(token_list::read(&arguments.codes, arguments.spread)?);
    if let Some(file) = &arguments.sample {
        let mut client = Client::connect(&arguments, codes, 0).await?;
        client.ask().await?;
        return Ok(std::fs::write(file, &client.received)?);
    }
    let starts = Instant::now() + Duration::from_secs_f64(arguments.warm_up);
    let ends = starts + Duration::from_secs_f64(arguments.seconds);
    let mut running = Vec::new();
    for number in 0..arguments.connections {
        let client = Client::connect(&arguments, codes.clone(), number).await?;
        running.push(tokio::spawn(client.run(starts, ends)));
    }
    tokio::time::sleep_until(starts.into()).await;
    println!("measuring");
    let mut counted = Counted::default();
    for client in running {
        counted.add(client.await?);
    }
    println!("{}", counted.report(arguments.seconds));
    Ok(())
}

/// What one or all connections saw.
#[derive(Default)]
struct Counted {
    /// Microseconds of each answer that was as expected.
    times: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

impl Counted {
    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    fn fail(&mut self, words: String) {
        self.errors += 1;
        self.first_error.get_or_insert(words);
    }

    fn report(mut self, seconds: f64) -> serde_json::Value {
        self.times.sort_unstable();
        let at = |share: f64| {
            let last = self.times.len().saturating_sub(1);
            self.times
                .get((last as f64 * share) as usize)
                .copied()
                .unwrap_or_default()
        };
        json!({
            "count": self.times.len(),
            "seconds": seconds,
            "errors": self.errors,
            "first_error": self.first_error,
            "p50_us": at(0.5), "p90_us": at(0.9), "p99_us": at(0.99), "max_us": at(1.0),
        })
    }
}

/// One connection.
struct Client {
    stream: TcpStream,
    what: What,
    codes: Arc<Vec<Listed>>,
    /// The place in the list of codes.
    next: usize,
    /// What the next place is drawn with, if it is by chance.
    chance: Option<u64>,
    request: Request,
    asked: u64,
    received: Vec<u8>,
    head: Head,
    /// How long after each other requests are sent, when they are paced.
    pace: Option<Duration>,
}

/// What requests of this connection have in common.
struct Head {
    host: String,
    who: String,
}

impl Client {
    async fn connect(arguments: &Arguments, codes: Arc<Vec<Listed>>, number: usize) -> Outcome<Self> {
        let to = arguments.to[number % arguments.to.len()];
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        // No two runs may send the same address: people who are known already are not new.
        let run = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)?
            .as_millis();
        let head = Head {
            host: to.to_string(),
            who: format!("{run}.{number:04}"),
        };
        Ok(Self {
            stream,
            what: arguments.what,
            // Everybody begins somewhere else and goes through the whole list.
            next: number * codes.len() / arguments.connections.max(1) % codes.len(),
            chance: arguments.zipf.then_some(number as u64 + 1),
            codes,
            request: Request::new(arguments.what, &head, None),
            asked: 0,
            received: Vec::with_capacity(64 * 1024),
            head,
            pace: arguments
                .rate
                .map(|rate| Duration::from_secs_f64(arguments.connections as f64 / rate)),
        })
    }

    async fn run(mut self, starts: Instant, ends: Instant) -> Counted {
        let mut counted = Counted::default();
        if self.what == What::SignedIn
            && let Err(error) = self.sign_in().await
        {
            counted.fail(error.to_string());
            return counted;
        }
        let mut due = Instant::now();
        loop {
            // Paced requests are timed from when they were due: a slow answer delays those behind it, which counts.
            if let Some(pace) = self.pace {
                due += pace;
                tokio::time::sleep_until(due.into()).await;
            } else {
                due = Instant::now();
            }
            let begun = due;
            let answered = self.ask().await;
            let now = Instant::now();
            if now >= ends {
                return counted;
            }
            match answered {
                // Counted when it is answered: a request may well take longer than the warm-up.
                Ok(()) if now >= starts => {
                    counted
                        .times
                        .push(u32::try_from((now - begun).as_micros()).unwrap_or(u32::MAX));
                }
                Ok(()) => {}
                Err(error) => {
                    counted.fail(error.to_string());
                    // An answer that says no leaves the connection as it was; a broken one is of no more use.
                    if error.kind() != io::ErrorKind::InvalidData {
                        return counted;
                    }
                }
            }
        }
    }

    /// Redeems once as somebody new, and keeps the cookie.
    async fn sign_in(&mut self) -> Outcome {
        self.ask().await?;
        let head = String::from_utf8_lossy(&self.received);
        let cookie = head
            .lines()
            .find_map(|line| {
                line.strip_prefix("set-cookie: ")?
                    .split(';')
                    .next()
                    .map(str::to_owned)
            })
            .ok_or("a redemption by somebody new gives a cookie")?;
        self.request = Request::new(self.what, &self.head, Some(&cookie));
        Ok(())
    }

    /// Sends the next request and reads the answer.
    async fn ask(&mut self) -> io::Result<()> {
        let code = &self.codes[self.next].code;
        self.asked += 1;
        self.request.fill(code, self.asked, SystemTime::now());
        let is_garbage =
            matches!(self.what, What::HalfGarbage | What::IntrospectGarbage) && self.asked.is_multiple_of(2);
        if is_garbage {
            self.request.spoil();
        }
        self.next = match &mut self.chance {
            None => (self.next + 1) % self.codes.len(),
            Some(chance) => drawn(chance, self.codes.len()),
        };
        self.stream.write_all(&self.request.bytes).await?;
        self.received.clear();
        let mut whole = None;
        while whole.is_none_or(|whole| self.received.len() < whole) {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if whole.is_none() {
                whole = length(&self.received)?;
            }
        }
        if self.received.get(9..12) == Some(self.what.expected(is_garbage)) {
            if self.what == What::List {
                self.request = Request::of_page(&self.head, cursor(&self.received));
            }
            return Ok(());
        }
        let head: Vec<&[u8]> = self.received.splitn(2, |byte| *byte == b'\r').collect();
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            String::from_utf8_lossy(head[0]).into_owned(),
        ))
    }
}

/// A place of so many, the nth about a nth as often as the first (Zipf's law with the exponent 1).
fn drawn(chance: &mut u64, places: usize) -> usize {
    // Knuth's MMIX generator: good enough to spread, and costs nothing.
    *chance = chance
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let share = (*chance >> 11) as f64 / (1_u64 << 53) as f64;
    let rank = (places as f64 + 1.0).powf(share);
    (rank as usize).clamp(1, places) - 1
}

/// Where the next page of a list begins, if there is one.
fn cursor(received: &[u8]) -> Option<&str> {
    let name = b"\"next_cursor\":\"";
    let begins = find(received, name)? + name.len();
    let length = received[begins..].iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&received[begins..begins + length]).ok()
}

/// How long the whole answer is, once its head is there.
fn length(received: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = find(received, b"\r\n\r\n") else {
        return Ok(None);
    };
    let name = b"content-length: ";
    // Names of headers have no case: nginx writes them with capitals.
    let is_name = |window: &[u8]| window.eq_ignore_ascii_case(name);
    let body = received[..end]
        .windows(name.len())
        .position(is_name)
        .and_then(|at| {
            let digits = &received[at + name.len()..end];
            let digits = digits.split(|byte| *byte == b'\r').next()?;
            std::str::from_utf8(digits).ok()?.parse::<usize>().ok()
        });
    match body {
        Some(body) => Ok(Some(end + 4 + body)),
        None => Err(io::Error::other("an answer does not say how long it is")),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// A request with places that are filled in. All of them have a fixed width, so that nothing moves.
struct Request {
    bytes: Vec<u8>,
    /// Where the code or string stands; the last place is the one that is spoiled.
    codes: Vec<usize>,
    /// Where the key says when it was made, as the product's forms do.
    date: Option<usize>,
    numbers: Vec<usize>,
}

const CODE: &str = "CCCCCCCCCCCCCCCCCCCC";
const PAGE_TOKEN: &str = "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT";
const SECRET: &str = "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS";
const CREDENTIAL: &str = "IIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII";
const DATE: &str = "DDDDDDDDDDDD";
const NUMBER: &str = "NNNNNNNNN";

impl Request {
    /// A page of a list.
    fn of_page(head: &Head, cursor: Option<&str>) -> Self {
        let cursor = cursor
            .map(|cursor| format!("&cursor={cursor}"))
            .unwrap_or_default();
        let text = format!(
            "GET /api/v1/access-tokens?limit=50{cursor} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {SECRET}\r\n\r\n",
            head.host
        );
        Self::with_places(What::List, text)
    }

    fn new(what: What, head: &Head, cookie: Option<&str>) -> Self {
        let Head { host, who } = head;
        let text = match what {
            What::List => return Self::of_page(head, None),
            What::Introspect | What::IntrospectGarbage => {
                let body = format!("token={SECRET}");
                format!(
                    "POST /oauth/introspect HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {SECRET}\r\n\
                     content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            What::Token | What::HalfGarbage => format!(
                "GET /api/v1/tokens/self HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {SECRET}\r\n\r\n"
            ),
            What::PublicPage | What::PublicJson => {
                // As browsers ask, and as verifiers do.
                let accept = match what {
                    What::PublicPage => "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                    _ => "application/vc",
                };
                format!("GET /c/{CREDENTIAL} HTTP/1.1\r\nhost: {host}\r\naccept: {accept}\r\n\r\n")
            }
            What::Page => format!(
                "GET /t/open/0190a1b2c3d47e5f8a9b0c1d2e3f4a5b HTTP/1.1\r\nhost: {host}\r\ncookie: tokenwright_code={CODE}\r\n\r\n"
            ),
            What::Gate => {
                format!("GET /page HTTP/1.1\r\nhost: {GUARDED}\r\nauthorization: Bearer {PAGE_TOKEN}\r\n\r\n")
            }
            What::Redeem | What::SignedIn => {
                let email = match cookie {
                    Some(_) => String::new(),
                    None => format!("{who}.{NUMBER}%40example.org"),
                };
                let body =
                    format!("code={CODE}&key={DATE}.{who}.{NUMBER}&name=Robin+Field&email={email}&press=yes");
                let cookie = match cookie {
                    Some(cookie) => format!("origin: http://{host}\r\ncookie: {cookie}\r\n"),
                    None => String::new(),
                };
                format!(
                    "POST /t/open HTTP/1.1\r\nhost: {host}\r\n{cookie}content-type: application/x-www-form-urlencoded\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
        };
        Self::with_places(what, text)
    }

    fn with_places(what: What, text: String) -> Self {
        Self {
            codes: text.match_indices(what.place()).map(|(at, _)| at).collect(),
            date: text.find(DATE),
            numbers: text.match_indices(NUMBER).map(|(at, _)| at).collect(),
            bytes: text.into_bytes(),
        }
    }

    fn fill(&mut self, code: &str, number: u64, now: SystemTime) {
        for at in &self.codes {
            self.bytes[*at..*at + code.len()].copy_from_slice(code.as_bytes());
        }
        if let Some(at) = self.date {
            let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            let date = format!("{:0width$x}", since.as_millis(), width = DATE.len());
            self.bytes[at..at + DATE.len()].copy_from_slice(date.as_bytes());
        }
        for at in &self.numbers {
            let mut left = number;
            for place in (*at..*at + NUMBER.len()).rev() {
                self.bytes[place] = b'0' + (left % 10) as u8;
                left /= 10;
            }
        }
    }
}

impl Request {
    /// Makes the string of a token one that cannot be any: its checksum is wrong.
    fn spoil(&mut self) {
        if let Some(at) = self.codes.last() {
            let last = &mut self.bytes[at + SECRET.len() - 1];
            *last = if *last == b'0' { b'1' } else { b'0' };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_spoiled_at_its_end() {
        let head = Head {
            host: "h".into(),
            who: "w".into(),
        };
        let mut request = Request::new(What::HalfGarbage, &head, None);
        let secret = format!("twa_{}0", "a".repeat(48));
        request.fill(&secret, 1, UNIX_EPOCH);
        request.spoil();
        let text = String::from_utf8(request.bytes).expect("text");
        assert!(
            text.contains(&format!("Bearer twa_{}1\r\n", "a".repeat(48))),
            "{text}"
        );
        assert_eq!(secret.len(), SECRET.len());
    }

    #[test]
    fn only_the_string_that_is_asked_about_is_spoiled_and_a_page_goes_on_where_the_last_one_ended() {
        let head = Head {
            host: "h".into(),
            who: "w".into(),
        };
        let mut request = Request::new(What::IntrospectGarbage, &head, None);
        let secret = format!("twa_{}0", "a".repeat(48));
        request.fill(&secret, 1, UNIX_EPOCH);
        request.spoil();
        let text = String::from_utf8(request.bytes).expect("text");
        assert!(text.contains(&format!("Bearer {secret}\r\n")), "{text}");
        assert!(
            text.ends_with(&format!("token=twa_{}1", "a".repeat(48))),
            "{text}"
        );
        assert_eq!(
            cursor(br#"{"page":{"next_cursor":"a.b","has_more":true}}"#),
            Some("a.b")
        );
        assert_eq!(cursor(br#"{"page":{"next_cursor":null}}"#), None);
        let page = Request::new(What::List, &head, None);
        let next = Request::of_page(&head, Some("a.b"));
        let text = String::from_utf8(next.bytes).expect("text");
        assert!(text.contains("limit=50&cursor=a.b HTTP"), "{text}");
        assert_eq!((page.codes.len(), next.codes.len()), (1, 1));
    }

    #[test]
    fn a_credential_is_asked_for_as_a_page_or_as_itself() {
        let head = Head {
            host: "h".into(),
            who: "w".into(),
        };
        let id = "0190a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b";
        for (what, accept) in [
            (What::PublicPage, "text/html,"),
            (What::PublicJson, "application/vc\r\n"),
        ] {
            let mut request = Request::new(what, &head, None);
            request.fill(id, 1, UNIX_EPOCH);
            let text = String::from_utf8(request.bytes).expect("text");
            assert!(text.starts_with(&format!("GET /c/{id} HTTP/1.1\r\n")), "{text}");
            assert!(text.contains(&format!("\r\naccept: {accept}")), "{text}");
        }
    }

    #[test]
    fn the_first_places_are_drawn_most_often() {
        let (mut chance, mut first, mut last) = (7, 0, 0);
        for _ in 0..10_000 {
            match drawn(&mut chance, 1_000) {
                0 => first += 1,
                999 => last += 1,
                place => assert!(place < 1_000),
            }
        }
        assert!(first > 500 && last < 20, "{first} {last}");
    }

    #[test]
    fn places_are_filled_in_and_nothing_moves() {
        let head = Head {
            host: "h".into(),
            who: "w".into(),
        };
        let mut request = Request::new(What::Redeem, &head, None);
        let before = request.bytes.len();
        let now = UNIX_EPOCH + Duration::from_millis(0x0190_a1b2_c3d4);
        request.fill("ABCDEFGHJKMNPQRSTVWX", 42, now);
        let text = String::from_utf8(request.bytes.clone()).expect("text");
        assert!(
            text.contains("code=ABCDEFGHJKMNPQRSTVWX&key=0190a1b2c3d4.w.000000042&"),
            "{text}"
        );
        assert!(text.contains("email=w.000000042%40example.org&"), "{text}");
        assert_eq!(text.len(), before);
        assert!(
            !text.contains(NUMBER) && !text.contains(DATE) && !text.contains(CODE),
            "{text}"
        );
    }

    #[test]
    fn an_answer_is_whole_when_all_its_bytes_are_there() {
        assert_eq!(
            length(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n").expect("no error"),
            None
        );
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx: y\r\n\r\n";
        assert_eq!(length(head).expect("no error"), Some(head.len() + 5));
        assert!(length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
