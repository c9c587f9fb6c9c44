//! Lists are walked to their end and back: every list there is, in each of its orders.

use server::rest::document::DOCUMENT;

use super::*;

/// Pages that are walked of one list.
const PAGES: usize = 5;

/// What a row is told by.
fn key(row: &Value) -> String {
    let id = ["id", "version"].into_iter().find_map(|name| row.get(name));
    match id {
        Some(id) => id.to_string(),
        None => format!("{} {}", row["number"], row["code_id"]),
    }
}

fn keys(page: &Value) -> Vec<String> {
    page["data"].as_array().expect("rows").iter().map(key).collect()
}

/// Every list, with its orders.
fn lists() -> Vec<(String, Vec<String>)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let lists = paths.iter().filter_map(|(path, operations)| {
        let parameters = operations["get"]["parameters"].as_array()?;
        let named = |name: &str| parameters.iter().find(|one| one["name"] == name);
        named("cursor")?;
        let orders = named("sort").map(orders).unwrap_or_else(|| vec![String::new()]);
        Some((path.clone(), orders))
    });
    lists.collect()
}

/// The values of `sort`.
fn orders(parameter: &Value) -> Vec<String> {
    let text = parameter["schema"].to_string();
    let name = text
        .split("#/components/schemas/")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let schema = name.map_or(&parameter["schema"], |name| {
        &DOCUMENT["components"]["schemas"][name]
    });
    let choices = schema["oneOf"].as_array().or(schema["enum"].as_array());
    let choices = choices.unwrap_or_else(|| panic!("no orders in {schema}"));
    let orders: Vec<String> = choices
        .iter()
        .filter_map(|one| one["const"].as_str().or(one.as_str()))
        .map(|order| format!("&sort={order}"))
        .collect();
    assert!(orders.len() > 1, "{schema}");
    orders
}

/// Walks a list to its end, or for some pages, and back; says how many pages it had.
async fn walk(browser: &Browser, list: &str) -> usize {
    let get = async |cursor: &str, limit: usize| {
        let (status, page) = call(
            browser,
            Method::GET,
            &format!("{list}&limit={limit}{cursor}"),
            Value::Null,
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{list}: {page}");
        page
    };
    let cursor = |page: &Value, name: &str| {
        page["page"][name]
            .as_str()
            .map(|cursor| format!("&cursor={cursor}"))
    };
    let all = get("", 200).await;
    assert_eq!(
        cursor(&all, "prev_cursor"),
        None,
        "{list}: nothing comes before the first page"
    );
    let limit = (keys(&all).len() / 3).max(1);
    let mut pages = vec![get("", limit).await];
    while let Some(next) = cursor(&pages[pages.len() - 1], "next_cursor")
        && pages.len() < PAGES
    {
        pages.push(get(&next, limit).await);
    }
    let walked: Vec<String> = pages.iter().flat_map(keys).collect();
    // The longest page may be shorter than the pages together, or longer.
    let all = keys(&all);
    let both = walked.len().min(all.len());
    assert_eq!(walked[..both], all[..both], "{list}");
    let mut here = pages[pages.len() - 1].clone();
    for before in pages.iter().rev().skip(1) {
        let prev =
            cursor(&here, "prev_cursor").unwrap_or_else(|| panic!("{list}: no way back: {}", here["page"]));
        here = get(&prev, limit).await;
        assert_eq!(
            keys(&here),
            keys(before),
            "{list}: the same rows, in the same order"
        );
        assert_eq!(here["page"]["has_more"], true, "{list}");
    }
    // And on again, from a page that was come back to.
    if let Some(second) = pages.get(1) {
        let next = cursor(&here, "next_cursor").expect("a page that was walked");
        assert_eq!(keys(&get(&next, limit).await), keys(second), "{list}");
    }
    pages.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_list_is_walked_back_over_the_rows_that_were_walked() {
    on_each_engine(async |world| {
        let sign_in = world.backend.fill_with_demo().await.expect("an example");
        let browser = world.browser();
        let fields = [
            ("email", sign_in.email.as_str()),
            ("password", sign_in.password.reveal()),
        ];
        assert_eq!(
            browser.post("/sign-in", &fields).await.status(),
            StatusCode::SEE_OTHER
        );
        // Mails on their way add to the log while it is walked.
        for _ in 0..200 {
            let (_, queued) = call(&browser, Method::GET, "/api/v1/mails?state=queued", Value::Null).await;
            if keys(&queued).is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let first = async |list: &str, fits: &dyn Fn(&Value) -> bool| {
            let (_, page) = call(&browser, Method::GET, list, Value::Null).await;
            let found = page["data"]
                .as_array()
                .expect("rows")
                .iter()
                .find(|row| fits(row));
            let found = found.unwrap_or_else(|| panic!("nothing in {list} fits: {page}"));
            found["id"].as_str().expect("an id").to_owned()
        };
        let used = |row: &Value| row["uses"].as_i64() > Some(3);
        let single = first("/api/v1/access-tokens?type=single&sort=-uses", &used).await;
        let multi = first("/api/v1/access-tokens?type=multi&sort=-uses", &used).await;
        let claimed = |row: &Value| row["claimed"].as_i64() > Some(3);
        let campaign = first("/api/v1/campaigns?limit=200", &claimed).await;
        let mut walked = 0;
        for (list, orders) in lists() {
            let ids = match list.as_str() {
                "/api/v1/access-tokens/{id}/uses" => vec![&single, &multi],
                path if path.starts_with("/api/v1/access-tokens/{id}/") => vec![&multi],
                path if path.starts_with("/api/v1/campaigns/{id}/") => vec![&campaign],
                path => {
                    assert!(!path.contains('{'), "whose list is {path}?");
                    vec![&campaign]
                }
            };
            for id in ids {
                for order in &orders {
                    let path = list.replace("{id}", id);
                    walked += usize::from(walk(&browser, &format!("{path}?{order}")).await > 2);
                }
            }
        }
        for narrowed in [
            format!("/api/v1/access-tokens/{multi}/codes?show=used"),
            format!("/api/v1/access-tokens/{multi}/codes?q=example"),
            format!("/api/v1/campaigns/{campaign}/recipients?q=a"),
            "/api/v1/people?q=example".to_owned(),
            "/api/v1/mails?state=sent".to_owned(),
            "/api/v1/access-tokens?list=expired&sort=-expires_at".to_owned(),
        ] {
            walk(&browser, &narrowed).await;
        }
        assert!(walked > 20, "only {walked} of the lists have three pages");

        let (_, page) = call(&browser, Method::GET, "/api/v1/people?limit=3", Value::Null).await;
        let cursor = page["page"]["next_cursor"].as_str().expect("another page");
        let answer = browser
            .get(&format!("/api/v1/people?limit=3&cursor={cursor}"))
            .await;
        let link = answer.headers()["link"].to_str().expect("a header").to_owned();
        assert!(
            link.contains("rel=\"next\", </api/v1/people?limit=3&cursor="),
            "{link}"
        );
        assert!(link.ends_with("; rel=\"prev\""), "{link}");
        // The way back is signed as the way on is.
        let back: Value = answer.json().await.expect("JSON");
        let prev = back["page"]["prev_cursor"].as_str().expect("the page before");
        let (signature, place) = prev.split_once('.').expect("a signature");
        let forged = format!("{signature}.{}", place.trim_start_matches('~'));
        for (path, wrong) in [("people", forged.as_str()), ("collections", prev)] {
            let path = format!("/api/v1/{path}?cursor={wrong}");
            let (status, problem) = call(&browser, Method::GET, &path, Value::Null).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {problem}");
            assert_eq!(problem["errors"][0]["parameter"], "cursor");
        }
    })
    .await;
}
