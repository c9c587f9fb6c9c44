//! A server to tell a story about, and browsers to tell it with.

use std::ops::AsyncFn;
use std::sync::OnceLock;

use backend::keys::KeyRing;
use backend::{Backend, Caller, Client, Clock, MailTransport, Random, Secret};
use database::testing::TestDb;
use domain::access_tokens::NewTokenForm;
use domain::collections::{CollectionState, ItemForm};
use domain::{CollectionId, TokenId};
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use server::config::{Options, Settings};
use server::start::{self, Running};
use server::telemetry;

/// What opens the set-up page in every test.
pub const SETUP_CODE: &str = "canary-setup-code";

/// The owner's password in every test.
pub const PASSWORD: &str = "canary correct horse battery";

/// What the button of a form sends when somebody presses it.
pub const PRESS: (&str, &str) = ("press", "yes");

/// A running server with its database.
pub struct World {
    /// Where it listens, as its public URL.
    pub url: String,
    /// The use cases, to arrange a story without clicking.
    pub backend: Backend,
    /// Where mails are put.
    pub mail: tempfile::TempDir,
    running: Option<Running>,
    database: Option<TestDb>,
}

/// Runs a story on SQLite, then on PostgreSQL.
pub async fn on_each_engine(story: impl AsyncFn(&World)) {
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let world = World::on(database).await;
        story(&world).await;
        world.end().await;
    }
}

/// Runs a story on SQLite: what does not touch the database has no need of two.
pub async fn on_sqlite(story: impl AsyncFn(&World)) {
    let world = World::on(database::testing::sqlite().await).await;
    story(&world).await;
    world.end().await;
}

fn metrics() -> PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(telemetry::start_metrics).clone()
}

impl World {
    /// A server on a fresh database.
    pub async fn on(database: TestDb) -> Self {
        let db = database.db.clone();
        Self {
            database: Some(database),
            ..Self::start(db, KeyRing::for_tests(), &[]).await
        }
    }

    /// A server with settings of its own on a fresh SQLite database.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let database = database::testing::sqlite().await;
        let db = database.db.clone();
        Self {
            database: Some(database),
            ..Self::start(db, KeyRing::for_tests(), settings).await
        }
    }

    /// A server on a database that another one may serve, too.
    pub async fn start(db: database::Db, keys: KeyRing, settings: &[(&str, &str)]) -> Self {
        let mut options = Options {
            listen: Some("127.0.0.1:0".into()),
            setup_code: Some(SETUP_CODE.into()),
            ..Options::default()
        };
        for (name, value) in settings {
            let value = Some((*value).to_owned());
            match *name {
                "public-url" => options.public_url = value,
                "trusted-proxy" => options.trusted_proxy = value,
                "metrics-token" => options.metrics_token = value,
                "hsts-subdomains" => options.hsts_subdomains = value,
                "security-contact" => options.security_contact = value,
                other => panic!("no setting {other} in tests"),
            }
        }
        let settings = Settings::load(&options).expect("settings");
        let listener = start::listen(&settings).await.expect("a port");
        let url = format!("http://{}", listener.1);
        let mail = tempfile::tempdir().expect("a folder");
        let backend = Backend::new(
            db,
            Clock::system(),
            Random,
            keys,
            backend::Settings {
                public_url: settings.public_url(listener.1).to_string(),
                mail: MailTransport::Folder(mail.path().to_owned()),
            },
        );
        backend.draw_pages_with(server::foreign_pages::Processes {
            program: env!("CARGO_BIN_EXE_tokenwright").into(),
            patience: server::foreign_pages::PATIENCE,
        });
        let running = Running::begin(
            &settings,
            backend.clone(),
            listener,
            Secret::new(SETUP_CODE),
            metrics(),
        );
        Self {
            url,
            backend,
            mail,
            running: Some(running),
            database: None,
        }
    }

    /// The mails that were put into the folder, the oldest first: their names begin with when they were written. What is
    /// still being written has another name.
    pub fn mails(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.mail.path()).expect("a folder");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
        paths.sort();
        let read = |path| std::fs::read_to_string(path).expect("text");
        paths.iter().map(read).collect()
    }

    /// Stops the server, and waits until it has.
    pub async fn end(mut self) {
        if let Some(running) = self.running.take() {
            running.stop.request();
            running.ended().await;
        }
    }

    /// Closes the database under the server, as one that is gone.
    pub async fn close_database(&self) {
        if let Some(database) = &self.database {
            database.db.close().await;
        }
    }

    /// A browser that nobody has used yet.
    pub fn browser(&self) -> Browser {
        Browser::at(&self.url)
    }

    /// The first organisation, set up over HTTP: its owner's browser.
    pub async fn set_up(&self) -> Browser {
        let browser = self.browser();
        let answer = browser.post("/setup", &set_up_form()).await;
        assert_eq!(
            answer.status(),
            StatusCode::SEE_OTHER,
            "{:?}",
            answer.text().await
        );
        browser
    }

    /// A second organisation, made on the command line's way: its owner's browser.
    pub async fn set_up_another(&self) -> Browser {
        let set_up = domain::organisations::SetUpForm {
            organisation: "Another".into(),
            time_zone: "UTC".into(),
            name: "Eve".into(),
            email: "eve@another.example".into(),
            password: PASSWORD.into(),
            ..Default::default()
        };
        self.backend
            .organisations()
            .create(&set_up.parse().expect("a form"))
            .await
            .expect("another organisation");
        let browser = self.browser();
        let answer = browser
            .post(
                "/sign-in",
                &[("email", "eve@another.example"), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        browser
    }

    /// Who is signed in in a browser.
    pub async fn caller(&self, browser: &Browser) -> Caller {
        let secret = Secret::new(browser.session().expect("a session"));
        self.backend
            .people()
            .caller(&secret, &Client::default())
            .await
            .expect("an answer")
            .expect("an admin")
    }

    /// A published collection with a page in it.
    pub async fn collection(&self, caller: &Caller, title: &str) -> CollectionId {
        let collections = self.backend.collections();
        let id = collections.create(caller, title).await.expect("a collection").id;
        let item = ItemForm {
            item_type: "page".into(),
            title: "Welcome".into(),
            text: "# Hello".into(),
            ..ItemForm::default()
        };
        collections.add_item(caller, id, &item).await.expect("an item");
        collections
            .set_state(caller, id, CollectionState::Published)
            .await
            .expect("published");
        id
    }

    /// A single token for a collection, and its code as it stands in the link.
    pub async fn single_token(
        &self,
        caller: &Caller,
        collection: CollectionId,
        limit: &str,
    ) -> (TokenId, String) {
        let form = NewTokenForm {
            name: "Spring course".into(),
            token_type: "single".into(),
            usage_limit: limit.into(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let token = self
            .backend
            .access_tokens()
            .create(caller, &form)
            .await
            .expect("a token")
            .id;
        (token, self.code_of(caller, token).await)
    }

    /// The code of a token, from its link.
    pub async fn code_of(&self, caller: &Caller, token: TokenId) -> String {
        let shared = self
            .backend
            .access_tokens()
            .share(caller, token)
            .await
            .expect("a link");
        shared
            .link
            .rsplit_once("/t/")
            .expect("a link with a code")
            .1
            .to_owned()
    }

    /// How often a token was used.
    pub async fn uses(&self, caller: &Caller, token: TokenId) -> i64 {
        self.backend
            .access_tokens()
            .get(caller, token)
            .await
            .expect("a row")
            .uses
    }
}

/// The set-up page, filled in.
pub fn set_up_form() -> [(&'static str, &'static str); 6] {
    [
        ("code", SETUP_CODE),
        ("organisation", "Harbour School"),
        ("time_zone", "Pacific/Auckland"),
        ("name", "Ada"),
        ("email", "ada@example.org"),
        ("password", PASSWORD),
    ]
}

/// A browser: it keeps cookies by path, follows nothing by itself, and says where its forms come from.
pub struct Browser {
    /// The site that is open.
    pub url: String,
    client: reqwest::Client,
    cookies: std::sync::Arc<reqwest::cookie::Jar>,
}

impl Browser {
    /// A browser with no cookies.
    pub fn at(url: &str) -> Self {
        let cookies = std::sync::Arc::new(reqwest::cookie::Jar::default());
        let client = reqwest::Client::builder()
            .cookie_provider(cookies.clone())
            .redirect(Policy::none())
            .build()
            .expect("a client");
        Self {
            url: url.to_owned(),
            client,
            cookies,
        }
    }

    /// A browser that refuses cookies.
    pub fn without_cookies(url: &str) -> Self {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .build()
            .expect("a client");
        Self {
            url: url.to_owned(),
            client,
            cookies: Default::default(),
        }
    }

    /// The secret of the session that a password began.
    pub fn session(&self) -> Option<String> {
        self.cookie("tokenwright=")
    }

    /// The secret of the session on the recipient's side.
    pub fn my_session(&self) -> Option<String> {
        self.cookie("tokenwright_my=")
    }

    fn cookie(&self, name: &str) -> Option<String> {
        use reqwest::cookie::CookieStore;
        let cookies = self.cookies.cookies(&self.url.parse().expect("a URL"))?;
        let text = cookies.to_str().ok()?.to_owned();
        text.split("; ")
            .find_map(|cookie| cookie.strip_prefix(name))
            .map(str::to_owned)
    }

    /// A request as it stands, from nowhere in particular.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Looks at a page.
    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path)
            .header("sec-fetch-site", "none")
            .send()
            .await
            .expect("an answer")
    }

    /// Looks at a page, and where it leads on.
    pub async fn follow(&self, path: &str) -> (String, Response) {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let answer = self.get(&path).await;
            match location(&answer) {
                Some(next) => path = next,
                None => return (path, answer),
            }
        }
        panic!("{path} leads in circles");
    }

    /// Sends a form of this site's own page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin");
        request.form(fields).send().await.expect("an answer")
    }

    /// Opens a link, fills in the card and presses the button.
    pub async fn redeem(&self, code: &str, name: &str, email: &str) -> Response {
        let (path, card) = self.follow(&format!("/t/{code}")).await;
        let html = card.text().await.expect("a page");
        let key = hidden(&html, "key").unwrap_or_default();
        let code = hidden(&html, "code").unwrap_or_default();
        let action = if code.is_empty() { path } else { "/t/open".into() };
        self.post(
            &action,
            &[
                ("key", &key),
                ("code", &code),
                ("name", name),
                ("email", email),
                PRESS,
            ],
        )
        .await
    }
}

/// The secret with another character at its end, whichever it ends with.
pub fn mistyped(secret: &str) -> String {
    let mut slip = secret.to_owned();
    let last = slip.pop().expect("a character");
    slip.push(if last == '0' { '1' } else { '0' });
    slip
}

/// Where an answer leads.
pub fn location(answer: &Response) -> Option<String> {
    answer
        .headers()
        .get(LOCATION)
        .map(|value| value.to_str().expect("a path").to_owned())
}

/// The cookies that an answer sets.
pub fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|value| value.to_str().expect("text").to_owned())
        .collect()
}

/// The value of a hidden field.
pub fn hidden(html: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("type=\"hidden\" name=\"{name}\" value=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}
