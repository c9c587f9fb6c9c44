//! What the gate lets in is what the site behind the proxy serves, over ten thousand URLs for each proxy: a page is let in
//! however it is written, nothing beside it is, and no path leads out of the folder that a token opens, whatever the program
//! behind the proxy takes the path for.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::page_tokens::page_rule::{Names, Request};
use domain::page_tokens::{PageRule, PageScope, PageUrl, ReceivedUrl, TOKEN_PARAMETER};

use crate::dice::Dice;
use crate::http::Connection;
use crate::paths::{self, PAGES};
use crate::proxies::Proxy;
use crate::site::Seen;
use crate::stage::Stage;
use crate::world::World;

/// URLs for each proxy.
const URLS: usize = 10_000;

/// Connections at once.
const AT_ONCE: usize = 16;

/// The longest that all of them take behind one proxy.
const LONGEST: Duration = Duration::from_secs(300);

/// What is to become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// It is let in: it is this page.
    Page(usize),
    /// It is refused: it is nearly this page.
    Missed(usize),
    /// It is let in if it stays in what this opens.
    Hostile(Opens),
}

/// What somebody may open who tries to get at something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// Everything below `/docs/`.
    Folder,
    /// `/docs/a/page`, and nothing else.
    Page,
    /// `/docs/page` and its assets, in a session.
    Assets,
}

/// What requests carry.
struct Carried {
    pages: Vec<String>,
    folder: String,
    page: String,
    session: String,
}

impl Carried {
    fn header(&self, expected: Expected) -> (&str, &str) {
        match expected {
            Expected::Page(page) | Expected::Missed(page) => ("Authorization", &self.pages[page]),
            Expected::Hostile(Opens::Folder) => ("Authorization", &self.folder),
            Expected::Hostile(Opens::Page) => ("Authorization", &self.page),
            Expected::Hostile(Opens::Assets) => ("Cookie", &self.session),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_gate_lets_in_is_what_the_site_serves() {
    let mut wrong = Vec::new();
    for (number, proxy) in Proxy::ALL.into_iter().enumerate() {
        let Some(program) = proxy.program_or_excuse() else {
            continue;
        };
        let world = World::on(database::testing::sqlite().await).await;
        let stage = Stage::set(proxy, &program, world).await;
        let begun = Instant::now();
        let found = differ(&stage, number as u64).await;
        println!(
            "{}: {} URLs in {:.1?}: {}",
            proxy.name(),
            URLS,
            begun.elapsed(),
            found.told()
        );
        assert!(begun.elapsed() < LONGEST, "{} took too long", proxy.name());
        wrong.extend(found.wrong.iter().map(|why| format!("{}: {why}", proxy.name())));
        let (world, ..) = stage.apart();
        world.end().await;
    }
    assert!(
        wrong.is_empty(),
        "{} of them, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

/// What was found.
#[derive(Default)]
struct Found {
    pages: usize,
    missed: usize,
    inside: usize,
    assets: usize,
    outside: usize,
    wrong: Vec<String>,
}

impl Found {
    fn told(&self) -> String {
        format!(
            "{} spellings let in, {} neighbours refused, {} paths inside the folder and {} assets let in, {} others refused",
            self.pages, self.missed, self.inside, self.assets, self.outside
        )
    }
}

async fn differ(stage: &Stage, seed: u64) -> Found {
    let mut dice = Dice::new(0x9E37_79B9_7F4A_7C15 ^ (seed << 32));
    let mut pages = Vec::new();
    for page in &PAGES {
        let (_, secret) = stage.token(&page.typed(), |_| {}).await;
        pages.push(format!("Bearer {secret}"));
    }
    let (_, folder) = stage.token("/docs/", |form| form.scope = "below".into()).await;
    let (_, page) = stage.token("/docs/a/page", |_| {}).await;
    let (_, assets) = stage
        .token("/docs/page", |form| form.scope = "assets".into())
        .await;
    let browser = [("Sec-Fetch-Mode", "navigate"), ("Accept", "text/html")];
    let (exchange, _) = stage.get(&format!("/docs/page?TOKEN={assets}"), &browser).await;
    let carried = Carried {
        pages,
        folder: format!("Bearer {folder}"),
        page: format!("Bearer {page}"),
        session: exchange.cookie().expect("a session"),
    };

    let asks: Vec<(Expected, String)> = (0..URLS).map(|_| drawn(&mut dice)).collect();
    let mut statuses = HashMap::new();
    stage.site.take();
    let parts = asks
        .chunks(asks.len().div_ceil(AT_ONCE))
        .enumerate()
        .map(|(part, asks)| {
            let first = part * URLS.div_ceil(AT_ONCE);
            ask_all(stage, first, asks, &carried)
        });
    for answered in futures::future::join_all(parts).await {
        statuses.extend(answered);
    }
    let mut seen: HashMap<usize, Vec<Seen>> = HashMap::new();
    for request in stage.site.take() {
        let number = request
            .values("x-number")
            .first()
            .and_then(|text| text.parse().ok());
        seen.entry(number.expect("a number")).or_default().push(request);
    }

    let mut found = Found::default();
    for (number, (expected, target)) in asks.iter().enumerate() {
        let reached = seen.remove(&number).unwrap_or_default();
        let status = statuses.get(&number).copied().unwrap_or_default();
        if let Err(why) = judge(stage, *expected, status, &reached, &mut found) {
            found.wrong.push(format!("{target}: {why}"));
        }
    }
    if found.inside < URLS / 200 || found.assets == 0 {
        found.wrong.push(format!(
            "only {} paths stayed inside the folder, and {} were assets",
            found.inside, found.assets
        ));
    }
    found
}

fn drawn(dice: &mut Dice) -> (Expected, String) {
    let page = dice.below(PAGES.len());
    match dice.below(12) {
        0..=3 => (Expected::Page(page), PAGES[page].written(dice)),
        4 | 5 => (Expected::Missed(page), PAGES[page].missed(dice)),
        6 => (Expected::Hostile(Opens::Page), paths::hostile_file(dice)),
        7 => (Expected::Hostile(Opens::Assets), paths::hostile_file(dice)),
        _ => (Expected::Hostile(Opens::Folder), paths::hostile(dice)),
    }
}

/// Asks one after the other; says the statuses by number.
async fn ask_all(
    stage: &Stage,
    first: usize,
    asks: &[(Expected, String)],
    carried: &Carried,
) -> Vec<(usize, u16)> {
    let mut connection = Connection::to(stage.port());
    let mut statuses = Vec::new();
    for (at, (expected, target)) in asks.iter().enumerate() {
        let number = (first + at).to_string();
        let headers = [carried.header(*expected), ("X-Number", number.as_str())];
        let answer = connection.ask(&stage.host, target, &headers).await;
        statuses.push((first + at, answer.status));
    }
    statuses
}

fn judge(
    stage: &Stage,
    expected: Expected,
    status: u16,
    reached: &[Seen],
    found: &mut Found,
) -> Result<(), String> {
    let is_in = match (status, reached) {
        (200, [_]) => true,
        // A proxy may refuse nonsense by itself, or send to a cleaner address.
        (0 | 301 | 303 | 307 | 308 | 400..=499, []) => false,
        (status, reached) => return Err(format!("{status}, and the site saw {reached:?}")),
    };
    match (expected, is_in) {
        (Expected::Page(page), true) => {
            let typed = PAGES[page].typed();
            if paths::meaning(&reached[0].target) != paths::meaning(&typed) {
                return Err(format!("the site got {} for {typed}", reached[0].target));
            }
            found.pages += 1;
        }
        (Expected::Page(page), false) => {
            return Err(format!(
                "it is {}, and was refused with {status}",
                PAGES[page].typed()
            ));
        }
        (Expected::Missed(page), true) => {
            return Err(format!("it is not {}, and was let in", PAGES[page].typed()));
        }
        (Expected::Missed(_), false) => found.missed += 1,
        (Expected::Hostile(opens), true) => {
            let target = &reached[0].target;
            match opens {
                Opens::Folder => stays_inside(stage, target)?,
                Opens::Page => is_page("/docs/a/page", target)?,
                Opens::Assets => is_page("/docs/page", target).or_else(|_| is_asset(target))?,
            }
            found.inside += usize::from(opens == Opens::Folder);
            found.assets += usize::from(opens == Opens::Assets);
        }
        (Expected::Hostile(_), false) => found.outside += 1,
    }
    Ok(())
}

fn is_page(page: &str, target: &str) -> Result<(), String> {
    if paths::meaning(target) == paths::meaning(page) {
        Ok(())
    } else {
        Err(format!("the site got {target} for {page}"))
    }
}

/// Whether what the site got is a picture or a style sheet in `/docs/`, whatever the site takes it for.
fn is_asset(target: &str) -> Result<(), String> {
    let is_one = |reading: &String| {
        let Some((way, file)) = reading
            .strip_prefix("/docs/")
            .map(|inside| inside.rsplit_once('/').unwrap_or(("", inside)))
        else {
            return false;
        };
        !way.contains('.') && (file.ends_with(".png") || file.ends_with(".css"))
    };
    match paths::readings(target)
        .into_iter()
        .find(|reading| !is_one(reading))
    {
        Some(reading) => Err(format!("the site got {target}, which some read as {reading}")),
        None => Ok(()),
    }
}

/// Whether what the site got is opened by the rule, and is in the folder whatever the site takes it for.
fn stays_inside(stage: &Stage, target: &str) -> Result<(), String> {
    let outside = paths::readings(target)
        .into_iter()
        .find(|reading| !(reading.starts_with("/docs/") || reading == "/docs"));
    if let Some(outside) = outside {
        return Err(format!("the site got {target}, which some read as {outside}"));
    }
    let typed = |path: &str| format!("http://{}{path}", stage.host);
    let rule = PageRule {
        url: PageUrl::typed(&typed("/docs/"), TOKEN_PARAMETER).map_err(|error| error.to_string())?,
        scope: PageScope::Below,
        may_add: Names::default(),
        any_value: Names::default(),
        reads_only: false,
        networks: Vec::new(),
    };
    let url = ReceivedUrl::parse(typed(target).as_bytes(), TOKEN_PARAMETER)
        .map_err(|error| format!("the site got {target}: {error}"))?;
    let request = Request {
        url: &url,
        method: "GET",
        address: None,
        in_session: false,
    };
    match rule.check(&request, &[]) {
        Ok(_) => Ok(()),
        Err(refused) => Err(format!("the site got {target}, which {:?} refuses", refused.rule)),
    }
}
