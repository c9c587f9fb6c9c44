//! Mail scanners, chat previews and browsers that read ahead, at every route there is: the database is the same
//! afterwards, to the byte.

use backend::campaigns::Profile;
use domain::access_tokens::{CodeQuery, NewTokenForm};
use domain::campaigns::claims::Claimed;
use domain::campaigns::{CampaignForm, CampaignState};
use reqwest::{Method, StatusCode};
use server::routes::{self, Access};

use crate::links::LOOKERS;
use crate::world::{Browser, World, on_each_engine};

/// What browsers say of a look that nobody asked for.
const AHEAD: [(&str, &str); 3] = [
    ("sec-purpose", "prefetch;prerender"),
    ("purpose", "prefetch"),
    ("x-moz", "prefetch"),
];

/// Real things, so that each route has something to lose.
struct Paths {
    single: String,
    assigned: String,
    invitation: String,
    sign_in_link: String,
    /// A claim link that nobody used.
    claim: String,
    /// The public page of something that was claimed.
    credential: String,
    issuer: String,
    ids: Vec<(&'static str, String)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_look_by_any_program_at_any_route_changes_the_database() {
    on_each_engine(async |world| {
        let paths = story(world).await;
        let before = dump(world, &[]).await;
        // All of them at once: each of them waits for one answer after the other.
        let all = LOOKERS.map(|looker| look_everywhere(world, &paths, looker));
        let looks: usize = futures::future::join_all(all).await.into_iter().sum();
        assert!(looks >= LOOKERS.len() * 3 * routes::all().len(), "{looks} looks");
        settled(world).await;
        assert_eq!(dump(world, &[]).await, before);
    })
    .await;
}

/// Looks at every route, in every way; says how often.
async fn look_everywhere(world: &World, paths: &Paths, looker: &str) -> usize {
    let mut looks = 0;
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let browser = world.browser();
        for path in paths.all(&browser).await {
            let plain = browser.request(method.clone(), &path);
            let ahead = AHEAD.iter().fold(
                browser.request(method.clone(), &path),
                |request, (name, value)| request.header(*name, *value),
            );
            for request in [plain, ahead] {
                let request = request.header("user-agent", looker);
                let answer = request.send().await.expect("an answer");
                assert!(
                    !answer.status().is_server_error(),
                    "{method} {path}: {}",
                    answer.status()
                );
                looks += 1;
            }
        }
    }
    looks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_look_at_an_unknown_code_leaves_a_count_of_wrong_codes_and_nothing_else() {
    on_each_engine(async |world| {
        story(world).await;
        let before = dump(world, &["attempts"]).await;
        let (all, browser) = (dump(world, &[]).await, world.browser());
        for malformed in ["nonsense", "7F3K-9QWM"] {
            assert_eq!(
                browser.get(&format!("/t/{malformed}")).await.status(),
                StatusCode::NOT_FOUND
            );
        }
        settled(world).await;
        assert_eq!(dump(world, &[]).await, all, "a slip of the finger is not counted");

        let unknown = backend::Random.code();
        let answer = browser.get(&format!("/t/{}", unknown.reveal())).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        settled(world).await;
        assert_ne!(dump(world, &[]).await, all, "a wrong code is counted");
        assert_eq!(dump(world, &["attempts"]).await, before);
    })
    .await;
}

impl Paths {
    /// Every route, with real things in its variable parts, and what they lead to.
    async fn all(&self, browser: &Browser) -> Vec<String> {
        let (look, card) = browser.follow(&self.single).await;
        assert_eq!(card.status(), StatusCode::OK, "the link works");
        let mut paths = vec![look, self.assigned.clone(), format!("{}?seen=1", self.assigned)];
        for route in routes::all() {
            match route.path {
                "/t/{code}" => paths.push(self.single.clone()),
                "/t/open/{look}" => {}
                "/r/{token}" => paths.push(self.claim.clone()),
                "/r/at/{look}" => {
                    let (look, page) = browser.follow(&self.claim).await;
                    assert_eq!(page.status(), StatusCode::OK, "the claim link works");
                    paths.push(look);
                }
                "/c/{id}" => {
                    let endings = ["", ".json", ".jwt", ".pdf", ".png", ".svg"];
                    paths.extend(endings.map(|ending| format!("{}{ending}", self.credential)));
                }
                "/c/{id}/share" => paths.push(format!("{}/share", self.credential)),
                "/issuers/{organisation}/did.json" => paths.push(self.issuer.clone()),
                "/issuers/{organisation}/logo.png" | "/issuers/{organisation}/style.css" => {
                    let end = route.path.rsplit('/').next().unwrap_or_default();
                    paths.push(self.issuer.replace("did.json", end));
                }
                "/status/{list}" => paths.extend(["/status/1".into(), "/status/1.jwt".into()]),
                "/invitation/{secret}" => paths.push(self.invitation.clone()),
                "/my/sign-in/{secret}" => paths.push(self.sign_in_link.clone()),
                "/problems/{kind}" => paths.push("/problems/not-found".into()),
                "/gate/envoy/{*path}" => paths.push("/gate/envoy/page".into()),
                "/mail/unsubscribe/{key}" => paths.push("/mail/unsubscribe/nothing".into()),
                "/pkg/{file}" => paths.push("/pkg/nothing.js".into()),
                pattern => {
                    let is_public = route.who == Access::Anybody && !pattern.starts_with("/rpc/");
                    assert!(
                        !(is_public && pattern.contains('{')),
                        "{pattern} is open to everybody: say here what stands in its place"
                    );
                    paths.push(self.filled(pattern));
                }
            }
        }
        paths.extend(leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()));
        paths
    }

    fn filled(&self, pattern: &str) -> String {
        let path = self.ids.iter().fold(pattern.to_owned(), |path, (variable, id)| {
            path.replace(variable, id)
        });
        crate::csrf::filled(&path)
    }
}

/// A single link, an assigned one, an invitation and a sign-in link, all of them unused.
async fn story(world: &World) -> Paths {
    let owner = world.set_up().await;
    let caller = world.caller(&owner).await;
    let collection = world.collection(&caller, "Boat safety").await;
    let (token, single) = world.single_token(&caller, collection, "1").await;
    let form = NewTokenForm {
        name: "Seats".into(),
        token_type: "multi".into(),
        no_of_tokens: "2".into(),
        collection: collection.to_string(),
        ..NewTokenForm::default()
    };
    let tokens = world.backend.access_tokens();
    let multi = tokens.create(&caller, &form).await.expect("a multi token").id;
    let codes = tokens
        .codes(&caller, multi, &CodeQuery::default())
        .await
        .expect("its codes");
    let code = codes.rows[0].id;
    tokens
        .assign(&caller, code, "grete@example.org")
        .await
        .expect("assigned");
    let assigned = world.code_of(&caller, code).await;
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
    let mut browser = world.browser();
    browser.post("/my/sign-in", &[("email", "ada@example.org")]).await;
    let sign_in_link = crate::redeem::link_in_mail(world).await;
    browser = world.browser();
    assert_eq!(browser.get(&sign_in_link).await.status(), StatusCode::OK);
    let (claim, credential) = claims(world, &caller).await;
    settled(world).await;
    Paths {
        claim,
        credential,
        issuer: format!("/issuers/{}/did.json", caller.organisation()),
        single: format!("/t/{single}"),
        assigned: format!("/t/{assigned}"),
        invitation: invitation
            .link
            .strip_prefix(&world.url)
            .expect("a path")
            .to_owned(),
        sign_in_link,
        ids: vec![
            ("{id}", token.to_string()),
            ("{collection}", collection.to_string()),
        ],
    }
}

/// A claim link that nobody used, and the public page of what somebody else claimed.
async fn claims(world: &World, caller: &backend::Caller) -> (String, String) {
    let campaigns = world.backend.campaigns();
    let form = CampaignForm {
        kind: "badge".into(),
        title: "Boat safety".into(),
        description: "Knows what to do.".into(),
        criteria: "Passed the test.".into(),
        ..CampaignForm::default()
    };
    let id = campaigns.create(caller, &form).await.expect("a draft").row.id;
    let recipients =
        domain::campaigns::pasted("Grete, grete@example.org\nAda, ada@example.org").expect("two");
    let added = campaigns
        .add_recipients(caller, id, &recipients)
        .await
        .expect("added");
    campaigns
        .set_state(caller, id, CampaignState::Live)
        .await
        .expect("started");
    let mut tokens = Vec::new();
    for recipient in added.ids {
        let (token, _) = campaigns.copy_token(caller, recipient).await.expect("copied");
        tokens.push(token.reveal().replace('-', ""));
    }
    let profile = Profile::mailbox("ada@example.org".parse().expect("an address"));
    let claimed = campaigns
        .claim(&tokens[1], &profile, &backend::Client::default())
        .await;
    let Ok(Claimed::Done(credential)) = claimed else {
        panic!("{claimed:?}")
    };
    (format!("/r/{}", tokens[0]), format!("/c/{credential}"))
}

/// Waits until no mail is on its way any more, and wrong codes that were noted down are counted.
pub async fn settled(world: &World) {
    // A busy machine takes its time, and a worker that stumbled rests for some seconds.
    for _ in 0..1_200 {
        let mut conn = world.backend.database().read().await.expect("a reader");
        let waiting = conn
            .query("SELECT CAST(COUNT(*) AS BIGINT) FROM mails WHERE state IN ('queued', 'sending')")
            .number()
            .await
            .expect("a count");
        if waiting == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
            return;
        }
        drop(conn);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("mail is still waiting");
}

/// Every row of every table, in an order that depends on nothing but the rows.
pub async fn dump(world: &World, without: &[&str]) -> Vec<String> {
    let mut conn = world.backend.database().read().await.expect("a reader");
    let tables = conn.either(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'",
    );
    let mut tables: Vec<(String,)> = conn.query(tables).all().await.expect("tables");
    tables.sort();
    assert!(tables.len() > 15, "{tables:?}");
    let mut rows = Vec::new();
    for (table,) in tables
        .iter()
        .filter(|(table,)| !without.contains(&table.as_str()))
    {
        let of_postgres = fixed(format!("SELECT CAST(t AS TEXT) FROM {table} t ORDER BY 1"));
        let of_sqlite = match conn.either("sqlite", "postgres") {
            "sqlite" => sqlite_rows(&mut conn, table).await,
            _ => "",
        };
        let statement = conn.either(of_sqlite, of_postgres);
        let found: Vec<(String,)> = conn.query(statement).all().await.expect("rows");
        rows.extend(found.into_iter().map(|(row,)| format!("{table}: {row}")));
    }
    rows
}

async fn sqlite_rows(conn: &mut database::Conn, table: &str) -> &'static str {
    let columns = fixed(format!("SELECT name FROM pragma_table_info('{table}')"));
    let columns: Vec<(String,)> = conn.query(columns).all().await.expect("columns");
    let quoted: Vec<String> = columns
        .iter()
        .map(|(name,)| format!("quote(\"{name}\")"))
        .collect();
    fixed(format!(
        "SELECT {} FROM {table} ORDER BY 1",
        quoted.join(" || ', ' || ")
    ))
}

/// The product's statements are all fixed texts, and its query type takes no others. These are made of the names
/// of tables, once in a test.
fn fixed(statement: String) -> &'static str {
    Box::leak(statement.into_boxed_str())
}
