//! The examples of the documentation, made one after the other against a server, with their answers compared.
//!
//! Ids and instants are others each time, so what is compared is the status, the fields and the form of each value, and
//! that both fit the document. With `WRITE_EXAMPLES` set, what was answered is written into `docs/api`.

mod narrowed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::CollectionId;
use domain::api_tokens::ApiTokenForm;
use reqwest::Method;
use serde_json::{Map, Value, json};
use server::rest::ROUTES;
use server::rest::examples::{EXAMPLES, Example};
use uuid::Uuid;

use super::call;
use super::tokens::token;
use crate::claims::claim;
use crate::connected::{Here, SignIn};
use crate::world::{Browser, World, on_each_engine};

/// What stands in the examples, and what stands for it here.
#[derive(Default)]
struct Meant(BTreeMap<String, String>);

impl Meant {
    /// A text of an example, as it is meant here.
    fn here(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (there, here)| text.replace(there, here))
    }

    /// The other way round.
    fn there(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (there, here)| text.replace(here, there))
    }

    /// Learns which id stands for which.
    fn learn(&mut self, there: &Value, here: &Value) {
        match (there, here) {
            (Value::Object(there), Value::Object(here)) => {
                for (name, there) in there {
                    self.learn(there, here.get(name).unwrap_or(&Value::Null));
                }
            }
            (Value::Array(there), Value::Array(here)) => {
                for (there, here) in there.iter().zip(here) {
                    self.learn(there, here);
                }
            }
            (Value::String(there), Value::String(here))
                if [there, here].iter().all(|text| Uuid::parse_str(text).is_ok()) =>
            {
                self.0.insert(there.clone(), here.clone());
            }
            _ => {}
        }
    }
}

/// The fields and the kinds of their values; what can be nothing at times is not told from it.
fn form(there: &Value, here: &Value, at: &str) {
    match (there, here) {
        (Value::Object(there), Value::Object(here)) => {
            let names = |fields: &Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(there), names(here), "{at}");
            for (name, there) in there {
                form(there, &here[name], &format!("{at}/{name}"));
            }
        }
        (Value::Array(there), Value::Array(here)) => {
            assert_eq!(there.is_empty(), here.is_empty(), "{at}");
            if let (Some(there), Some(here)) = (there.first(), here.first()) {
                form(there, here, &format!("{at}/0"));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (there, here) => assert_eq!(
            std::mem::discriminant(there),
            std::mem::discriminant(here),
            "{at}: {there} is {here}"
        ),
    }
}

/// Why a value does not fit a schema of the document, if it does not.
fn misfit(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(to) = schema["$ref"].as_str() {
        let there = document.pointer(to.trim_start_matches('#')).expect("it is there");
        return misfit(document, there, value, at);
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(some) = schema[several].as_array() {
            let mut misfits = some.iter().map(|one| misfit(document, one, value, at));
            return misfits
                .all(|misfit| misfit.is_some())
                .then(|| format!("{at}: {value} is none of them"));
        }
    }
    let wrong = |what: &str| Some(format!("{at}: {value} {what}"));
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        return wrong("is no choice");
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return wrong("is another constant");
    }
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    let is_one = match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    };
    if !is_one {
        return wrong("is of another type");
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !fields.contains_key(name) {
                return wrong(&format!("lacks {name}"));
            }
        }
        for (name, value) in fields {
            let at = format!("{at}/{name}");
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(schema), _) => {
                    if let Some(misfit) = misfit(document, schema, value, &at) {
                        return Some(misfit);
                    }
                }
                (None, Value::Object(others)) => {
                    if let Some(misfit) = misfit(document, &Value::Object(others.clone()), value, &at) {
                        return Some(misfit);
                    }
                }
                (None, _) if schema["properties"].is_object() => {
                    return Some(format!("{at} is not in the document"));
                }
                _ => {}
            }
        }
    }
    let items = value.as_array().into_iter().flatten();
    items
        .filter(|_| schema["items"].is_object())
        .find_map(|item| misfit(document, &schema["items"], item, &format!("{at}/-")))
}

fn file(name: &str) -> PathBuf {
    Path::new("../docs/api").join(name)
}

/// What the examples need that no program makes: a person, who claimed a credential, in an app and in a browser.
async fn given(world: &World, owner: &Browser) -> BTreeMap<&'static str, String> {
    let caller = world.caller(owner).await;
    let collection = world.collection(&caller, "Boat safety").await;
    let people = world.backend.people();
    let invitation = domain::people::InvitationForm {
        email: "bob@example.org".into(),
        user_type: "administrator".into(),
        department: String::new(),
    };
    let link = people.invite(&caller, &invitation).await.expect("invited").link;
    let path = link.strip_prefix(&world.url).expect("a link here");
    let bob = world.browser();
    bob.get(path).await;
    let fields = [
        crate::world::PRESS,
        ("name", "Bob"),
        ("password", "a few words in a row"),
    ];
    bob.post(path, &fields).await;
    let (_, session) = crate::oauth::signed_in(world, owner, "Library").await;
    let (_, other) = crate::oauth::signed_in(world, owner, "Archive").await;
    let (_, own) = crate::oauth::signed_in(world, owner, "Museum").await;
    let story = crate::claims::live_of(world, &caller).await;
    let claimed = claim(world, &world.browser(), &story.token, "zoe@example.org").await;
    assert!(claimed.status().is_redirection() || claimed.status().is_success());
    let bob = world.caller(&bob).await.person().expect("a person");
    let (used_token, used_code) = used_code(owner, collection).await;
    BTreeMap::from([
        ("used_token", used_token),
        ("used_code", used_code),
        ("issuer", Here::begin().await.issuer()),
        ("person", bob.to_string()),
        ("collection", collection.to_string()),
        ("session", session.session.to_string()),
        ("other_session", other.session.to_string()),
        ("own_session", own.session.to_string()),
        ("recipient", story.recipient.to_string()),
    ])
}

/// A code that somebody used, and its token.
async fn used_code(owner: &Browser, collection: CollectionId) -> (String, String) {
    let id = |value: &Value| value["id"].as_str().expect("an id").to_owned();
    let new = json!({"name": "Used", "type": "multi", "number_of_tokens": 1, "collection_id": collection.to_string()});
    let (_, token) = call(owner, Method::POST, "/api/v1/access-tokens", new).await;
    let codes = format!("/api/v1/access-tokens/{}/codes", id(&token));
    let (_, list) = call(owner, Method::GET, &codes, Value::Null).await;
    let code = id(&list["data"][0]);
    let (_, shared) = call(owner, Method::POST, &format!("{codes}/{code}/share"), json!({})).await;
    let link = shared["link"].as_str().expect("a link");
    let (site, secret) = link.rsplit_once("/t/").expect("a link with a code");
    let answer = Browser::at(site).redeem(secret, "Mia", "mia@example.org").await;
    assert!(answer.status().is_redirection(), "{answer:?}");
    (id(&token), code)
}

/// What is written of an answer: no secret, and not more than one likes to read.
fn readable(value: &Value, meant: &Meant, url: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), readable(value, meant, url)));
            fields.collect()
        }
        Value::Array(rows) => rows.iter().take(2).map(|row| readable(row, meant, url)).collect(),
        Value::String(text) => {
            let text = meant.there(text).replace(url, "https://tokens.example.org");
            match text.char_indices().nth(160) {
                Some((end, _)) => json!(format!("{}…", &text[..end])),
                None => json!(text),
            }
        }
        other => other.clone(),
    }
}

async fn make(
    world: &World,
    owner: &Browser,
    secret: &str,
    example: &Example,
    meant: &Meant,
) -> (u16, Value) {
    let (method, address) = example.parts();
    let method: Method = method.parse().expect("a method");
    let browser = match example.by.as_deref() {
        Some("person") => owner,
        _ => &Browser::without_cookies(&world.url),
    };
    let request = browser.request(method, &meant.here(address));
    let request = match example.by.as_deref() {
        Some("person") => request.header("sec-fetch-site", "same-origin"),
        _ => request.bearer_auth(secret),
    };
    let request = match &example.body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(meant.here(&body.to_string())),
        None => request,
    };
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_example_answers_as_it_says_and_fits_the_document() {
    let writes = std::env::var_os("WRITE_EXAMPLES").is_some();
    let recorded = std::fs::read_to_string(file("examples.json")).expect("the examples");
    let recorded: Value = serde_json::from_str(&recorded).expect("JSON");
    let written = std::sync::Mutex::new(Vec::new());
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let mut meant = Meant::default();
        for (name, here) in given(world, &owner).await {
            let there = recorded["given"][name].as_str().expect("an id");
            meant.0.insert(there.to_owned(), here);
        }
        let secret = token(world, &owner, ApiTokenForm::default()).await.secret;
        let document: Value = world
            .browser()
            .get("/api/v1/openapi.json")
            .await
            .json()
            .await
            .expect("JSON");
        let mut wrong = Vec::new();
        let mut made = Vec::new();
        for (example, said) in EXAMPLES
            .iter()
            .zip(recorded["examples"].as_array().expect("examples"))
        {
            let (mut status, mut answer) = make(world, &owner, &secret, example, &meant).await;
            // A mail that is on its way is not sent again.
            for _ in 0..100 {
                if status == example.status || !example.call.ends_with("/send-again") {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                (status, answer) = make(world, &owner, &secret, example, &meant).await;
            }
            if status != example.status {
                wrong.push(format!("{}: {status} {answer}", example.call));
            }
            let there = example.answer.clone().unwrap_or_default();
            meant.learn(&there, &answer);
            let rest = ROUTES
                .iter()
                .find(|rest| example.is_of(rest))
                .expect("an operation");
            let operation = &document["paths"][rest.path][rest.method.as_str().to_lowercase()];
            let schema = |place: &Value| place["content"]["application/json"]["schema"].clone();
            let taken = schema(&operation["requestBody"]);
            let given = schema(&operation["responses"][status.to_string()]);
            for (schema, value) in [(taken, example.body.as_ref()), (given, Some(&answer))] {
                if let (Value::Object(_), Some(value)) = (&schema, value)
                    && let Some(misfit) = misfit(&document, &schema, value, "")
                {
                    wrong.push(format!("{}: {misfit}", example.call));
                }
            }
            let is_told = answer.is_object() && !rest.path.ends_with("openapi.json");
            if writes {
                let mut said = said.clone();
                if is_told {
                    said["answer"] = readable(&answer, &meant, &world.url);
                }
                made.push(said);
            } else if is_told {
                form(&there, &answer, &example.call);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        *written.lock().expect("a lock") = made;
    })
    .await;
    if writes {
        let mut all = recorded.clone();
        all["examples"] = written.into_inner().expect("a lock").into();
        let text = serde_json::to_string_pretty(&all).expect("JSON");
        std::fs::write(file("examples.json"), text + "\n").expect("written");
    }
}

#[test]
fn the_document_is_as_it_was_written_down() {
    let text = serde_json::to_string_pretty(&*server::rest::document::DOCUMENT).expect("JSON") + "\n";
    let kept = file("openapi.json");
    if std::env::var_os("WRITE_EXAMPLES").is_some() {
        std::fs::write(&kept, &text).expect("written");
    }
    let before = std::fs::read_to_string(&kept).unwrap_or_default();
    let change = before
        .lines()
        .zip(text.lines())
        .find(|(before, now)| before != now);
    assert!(
        before == text,
        "The API is another than docs/api/openapi.json says, from here on: {change:?}. If that is meant, run this test \
         once more with WRITE_EXAMPLES=1, and look at the difference."
    );
}
