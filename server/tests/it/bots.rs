//! Programs send forms: a script's `submit()`, a script's `click()`, a script's `fetch()`. None of them spends
//! anything, whatever follows, and no person is kept out.

use reqwest::StatusCode;

use crate::world::{Browser, PRESS, World, hidden, location, on_each_engine, on_sqlite};

const CHROMIUM: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";

const SITE: (&str, &str) = ("sec-fetch-site", "same-origin");
const NAVIGATES: (&str, &str) = ("sec-fetch-mode", "navigate");
const FETCHES: (&str, &str) = ("sec-fetch-mode", "cors");
const GESTURE: (&str, &str) = ("sec-fetch-user", "?1");

/// What a browser sends along with a form, and what of its button.
struct Sending {
    what: &'static str,
    agent: &'static str,
    headers: &'static [(&'static str, &'static str)],
    pressed: bool,
}

const SCRIPTS: [Sending; 7] = [
    Sending {
        what: "submit() in Chromium",
        agent: CHROMIUM,
        headers: &[SITE, NAVIGATES],
        pressed: false,
    },
    Sending {
        what: "click() in Chromium",
        agent: CHROMIUM,
        headers: &[SITE, NAVIGATES],
        pressed: true,
    },
    Sending {
        what: "click() in Firefox",
        agent: FIREFOX,
        headers: &[SITE, NAVIGATES],
        pressed: true,
    },
    Sending {
        what: "fetch() in Chromium",
        agent: CHROMIUM,
        headers: &[SITE, FETCHES],
        pressed: true,
    },
    Sending {
        what: "fetch() in Safari",
        agent: SAFARI,
        headers: &[SITE, FETCHES],
        pressed: true,
    },
    Sending {
        what: "submit() in Safari",
        agent: SAFARI,
        headers: &[SITE, NAVIGATES],
        pressed: false,
    },
    Sending {
        what: "submit() without metadata",
        agent: CHROMIUM,
        headers: &[SITE],
        pressed: false,
    },
];

const PEOPLE: [Sending; 4] = [
    Sending {
        what: "Chromium",
        agent: CHROMIUM,
        headers: &[SITE, NAVIGATES, GESTURE],
        pressed: true,
    },
    Sending {
        what: "Firefox",
        agent: FIREFOX,
        headers: &[SITE, NAVIGATES, GESTURE],
        pressed: true,
    },
    Sending {
        what: "Safari",
        agent: SAFARI,
        headers: &[SITE, NAVIGATES],
        pressed: true,
    },
    Sending {
        what: "a program",
        agent: "curl/8.5.0",
        headers: &[],
        pressed: true,
    },
];

impl Sending {
    async fn post(&self, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let mut fields = fields.to_vec();
        if self.pressed {
            fields.push(PRESS);
        }
        let mut request = browser
            .request(reqwest::Method::POST, path)
            .header("user-agent", self.agent)
            .form(&fields);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }
}

/// The card of a link: where its form is sent, and the page.
async fn card(browser: &Browser, code: &str) -> (String, String) {
    let (path, card) = browser.follow(&format!("/t/{code}")).await;
    (path, card.text().await.expect("a page"))
}

fn filled_in(html: &str) -> Vec<(&'static str, String)> {
    ["key", "code"]
        .into_iter()
        .filter_map(|name| Some((name, hidden(html, name)?)))
        .chain([
            ("name", "Grete Høst".into()),
            ("email", "grete@example.org".into()),
        ])
        .collect()
}

fn fields<'f>(owned: &'f [(&'static str, String)]) -> Vec<(&'static str, &'f str)> {
    owned
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_script_spends_a_use_on_the_first_page_or_on_whatever_follows() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let before = people(world, &caller).await;
        for script in &SCRIPTS {
            let browser = world.browser();
            let (path, mut html) = card(&browser, &code).await;
            let mut keys = vec![hidden(&html, "key")];
            for _ in 0..3 {
                let typed = filled_in(&html);
                let answer = script.post(&browser, &path, &fields(&typed)).await;
                assert_eq!(
                    answer.status(),
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{}",
                    script.what
                );
                html = answer.text().await.expect("a page");
                assert!(
                    html.contains("Nothing has happened yet.") && html.contains("value=\"Grete Høst\""),
                    "it asks for a press, and keeps what was typed: {html}"
                );
                keys.push(hidden(&html, "key"));
            }
            keys.dedup();
            assert_eq!(keys.len(), 4, "each page has a key of its own");
            assert!(browser.session().is_none(), "{}", script.what);
        }
        assert_eq!(world.uses(&caller, token).await, 0);
        assert_eq!(people(world, &caller).await, before, "nobody was made known");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_persons_press_spends_one_use() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        for person in &PEOPLE {
            let (token, code) = world.single_token(&caller, collection, "").await;
            // A program that says nothing of where its forms come from writes without cookies, or not at all.
            let browser = if person.headers.is_empty() {
                Browser::without_cookies(&world.url)
            } else {
                world.browser()
            };
            let before = world.uses(&caller, token).await;
            let (path, html) = card(&browser, &code).await;
            let path = if path.contains("seen") {
                "/t/open".into()
            } else {
                path
            };
            let mut typed = filled_in(&html);
            let email = format!("grete{before}@example.org");
            typed.retain(|(name, _)| *name != "email");
            typed.push(("email", email));
            let answer = person.post(&browser, &path, &fields(&typed)).await;
            assert_eq!(
                location(&answer),
                Some(format!("/my/{collection}")),
                "{}",
                person.what
            );
            assert_eq!(world.uses(&caller, token).await, before + 1, "{}", person.what);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_presses_without_the_browser_telling_types_a_word_instead() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let browser = world.browser();
        let silent = &SCRIPTS[1];
        let (path, html) = card(&browser, &code).await;
        let typed = filled_in(&html);
        let again = silent.post(&browser, &path, &fields(&typed)).await;
        let html = again.text().await.expect("a page");
        assert!(html.contains("name=\"word\""), "{html}");

        for (word, uses) in [("", 0), ("Grete Høst", 0), ("yes", 0), (" Open ", 1)] {
            let mut typed = filled_in(&html);
            typed.push(("word", word.into()));
            silent.post(&browser, &path, &fields(&typed)).await;
            assert_eq!(world.uses(&caller, token).await, uses, "{word:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_script_takes_up_an_invitation_or_a_sign_in_link() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        world.browser().redeem(&code, "Grete", "grete@example.org").await;
        let form = domain::people::InvitationForm {
            email: "bob@example.org".into(),
            user_type: "administrator".into(),
            department: String::new(),
        };
        let invitation = world
            .backend
            .people()
            .invite(&caller, &form)
            .await
            .expect("an invitation");
        let invitation = invitation
            .link
            .strip_prefix(&world.url)
            .expect("a path")
            .to_owned();
        world
            .browser()
            .post("/my/sign-in", &[("email", "grete@example.org")])
            .await;
        let link = crate::redeem::link_in_mail(world).await;

        let joining = [("name", "Bob"), ("password", "a few words in a row")];
        for (path, fields, leads_to) in [(&link, &[][..], "/my"), (&invitation, &joining[..], "/tokens")] {
            for script in &SCRIPTS {
                let robot = world.browser();
                let answer = script.post(&robot, path, fields).await;
                assert_eq!(
                    answer.status(),
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{path}: {}",
                    script.what
                );
                let html = answer.text().await.expect("a page");
                assert!(html.contains("Nothing has happened yet."), "{html}");
                assert!(!html.contains("a few words"), "a password never comes back");
                assert!(robot.session().is_none(), "{path}: {}", script.what);
            }
            let person = world.browser();
            person.get(path).await;
            let answer = PEOPLE[0].post(&person, path, fields).await;
            assert_eq!(location(&answer).as_deref(), Some(leads_to), "{path}");
        }
    })
    .await;
}

async fn people(world: &World, caller: &backend::Caller) -> i64 {
    let all = Default::default();
    world
        .backend
        .people()
        .count(caller, &all)
        .await
        .expect("a number")
}
