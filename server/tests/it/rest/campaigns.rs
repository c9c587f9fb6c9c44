//! The whole life of a campaign over the API, with what its recipients see in between.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::api_tokens::ApiTokenForm;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::tokens::{call, token};
use crate::claims::claim;
use crate::world::{World, location, on_each_engine};

/// A program with a token.
struct Program<'w> {
    world: &'w World,
    secret: String,
}

impl Program<'_> {
    async fn get(&self, path: &str) -> Value {
        let (status, body) = call(self.world, &self.secret, Method::GET, path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        call(self.world, &self.secret, Method::POST, path, body).await
    }

    async fn done(&self, path: &str) -> Value {
        let (status, body) = self.post(path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// The claim token of a recipient, as it stands in a link.
    async fn claim_token(&self, recipient: &str) -> String {
        let copied = self.done(&format!("{recipient}/copy-token")).await;
        let link = copied["link"].as_str().expect("a link");
        let token = copied["token"].as_str().expect("a token").replace('-', "");
        assert_eq!(link, format!("{}/r/{token}", self.world.url));
        token
    }
}

fn new() -> Value {
    json!({
        "title": "Safety at work", "type": "badge", "description": "Knows what to do.", "criteria": "Passed the test.",
        "valid_days": 365
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_campaign_lives_from_its_draft_to_its_last_recipient() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let program = Program {
            world,
            secret: api.secret.clone(),
        };

        let (status, made) = program.post("/api/v1/campaigns", new()).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!((&made["state"], &made["type"]), (&json!("draft"), &json!("badge")));
        let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().expect("an id"));
        let (status, resumed) = program.post(&format!("{campaign}/resume"), json!({})).await;
        assert_eq!((status, &resumed["code"]), (StatusCode::CONFLICT, &json!("conflict")));
        assert_eq!((&made["achievement_type"], &made["languages"]), (&json!("Badge"), &json!([])));
        for (wrong, pointer) in [
            (json!({ "achievement_type": "Medal" }), "/achievement_type"),
            (json!({ "achievement_type": "ext:a b" }), "/achievement_type"),
            (json!({ "languages": ["german"] }), "/languages"),
        ] {
            let (status, problem) = call(world, &program.secret, Method::PATCH, &campaign, wrong).await;
            assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)));
        }
        let said = json!({ "achievement_type": "ext:FirstAid", "languages": ["de", "en"] });
        let (status, changed) = call(world, &program.secret, Method::PATCH, &campaign, said).await;
        assert_eq!((status, &changed["achievement_type"]), (StatusCode::OK, &json!("ext:FirstAid")), "{changed}");
        let issuer = json!({ "url": "https://acme.example", "email": "courses@acme.example" });
        let (status, issuer) = call(world, &program.secret, Method::PUT, "/api/v1/issuer", issuer).await;
        assert_eq!((status, &issuer["phone"]), (StatusCode::OK, &Value::Null), "{issuer}");
        assert_eq!(program.get("/api/v1/issuer").await, issuer);
        let wrong = json!({ "image": "javascript:alert(1)" });
        let (status, problem) = call(world, &program.secret, Method::PUT, "/api/v1/issuer", wrong).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/image")));
        let change = json!({ "title": "Safety first", "valid_days": null });
        let (status, changed) = call(world, &program.secret, Method::PATCH, &campaign, change).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        assert_eq!((&changed["title"], &changed["valid_days"]), (&json!("Safety first"), &Value::Null));
        assert_eq!(changed["criteria"], "Passed the test.", "what is not said stays");
        assert_eq!((&changed["achievement_type"], &changed["languages"]), (&json!("ext:FirstAid"), &json!(["de", "en"])));

        let people = json!({ "recipients": [
            { "name": "Zoë Müller", "email": "zoe@example.org" }, { "name": "Pat", "email": "pat@example.org" },
            { "name": "Zoë again", "email": "zoe@example.org" },
        ] });
        let (status, added) = program.post(&format!("{campaign}/recipients"), people).await;
        assert_eq!(status, StatusCode::OK, "{added}");
        assert_eq!((&added["added"], &added["skipped"]), (&json!(2), &json!(1)));
        let started = program.done(&format!("{campaign}/start")).await;
        assert_eq!((&started["state"], &started["recipients"], &started["unsent"]), (&json!("live"), &json!(2), &json!(0)));

        let list = program.get(&format!("{campaign}/recipients")).await;
        let zoe = &list["data"][0];
        for (field, value) in [
            ("name", json!("Zoë Müller")), ("email", json!("zoe@example.org")), ("claim_state", json!("waiting")),
            ("lock", Value::Null), ("credential_id", Value::Null),
        ] {
            assert_eq!(zoe[field], value, "{field}: {zoe}");
        }
        assert!(zoe["mail_state"].is_string(), "{zoe}");
        let found = program.get(&format!("{campaign}/recipients?q=pat")).await;
        assert_eq!(found["data"].as_array().map(Vec::len), Some(1), "{found}");
        let recipient = format!("/api/v1/recipients/{}", zoe["id"].as_str().expect("an id"));
        let pat = format!("/api/v1/recipients/{}", list["data"][1]["id"].as_str().expect("an id"));

        let zoes = program.claim_token(&recipient).await;
        let answer = claim(world, &world.browser(), &zoes, "zoe@example.org").await;
        let page = location(&answer).expect("the public page");
        let page = page.split('?').next().expect("a path").to_owned();
        let zoe = program.get(&recipient).await;
        assert_eq!((&zoe["claim_state"], &zoe["credential_state"]), (&json!("claimed"), &json!("valid")));
        assert_eq!(zoe["lock"]["holder"], "z…e@example.org", "{zoe}");
        assert_eq!(format!("/c/{}", zoe["credential_id"].as_str().expect("an id")), page);
        for (ending, begins) in [("json", "{"), ("jwt", "ey"), ("pdf", "%PDF"), ("png", "\u{fffd}PNG"), ("svg", "<svg")] {
            let file = world.browser().get(&format!("{page}.{ending}")).await;
            assert_eq!(file.status(), StatusCode::OK, "{ending}");
            let bytes = file.bytes().await.expect("bytes");
            assert!(String::from_utf8_lossy(&bytes).starts_with(begins), "{ending}");
        }
        let signed = world.browser().get(&format!("{page}.json")).await.json::<Value>().await.expect("JSON");
        let achievement = &signed["credentialSubject"]["achievement"];
        assert_eq!((&achievement["achievementType"], &achievement["inLanguage"]), (&json!("ext:FirstAid"), &json!("de")));
        assert_eq!(signed["issuer"]["email"], "courses@acme.example");
        let credentials = program.get("/api/v1/credentials").await;
        let credential = &credentials["data"][0];
        assert_eq!((&credential["name"], &credential["state"]), (&json!("Zoë Müller"), &json!("valid")), "{credentials}");
        assert_eq!(credential["url"], format!("{}{page}", world.url));
        let one = format!("/api/v1/credentials/{}", credential["id"].as_str().expect("an id"));
        assert_eq!(&program.get(&one).await, credential);
        let none = program.get(&format!("/api/v1/credentials?campaign_id={}", uuid::Uuid::nil())).await;
        assert_eq!(none["data"], json!([]));

        let reset = program.done(&format!("{recipient}/reset")).await;
        assert_eq!((&reset["claim_state"], &reset["lock"]), (&json!("unlocked"), &Value::Null), "{reset}");
        let corrected = json!({ "name": "Zoë Meier" });
        let (status, corrected) = call(world, &program.secret, Method::PATCH, &recipient, corrected).await;
        assert_eq!((status, &corrected["email"]), (StatusCode::OK, &json!("zoe@example.org")), "{corrected}");
        assert_eq!(program.get(&one).await["name"], "Zoë Meier", "it was signed anew under the same id");
        let redate = async |body: Value| program.post(&format!("{recipient}/change-expiry"), body).await;
        let (status, redated) = redate(json!({ "expires_on": "2099-12-31" })).await;
        assert_eq!((status, &redated["credential_state"]), (StatusCode::OK, &json!("valid")), "{redated}");
        let credential = program.get(&one).await;
        assert!(credential["expires_at"].as_str().is_some_and(|end| end.starts_with("2099-12-31")), "{credential}");
        let (status, redated) = redate(json!({ "expires_on": null })).await;
        assert_eq!(status, StatusCode::OK, "{redated}");
        assert_eq!(program.get(&one).await["expires_at"], Value::Null);
        let (status, problem) = redate(json!({ "expires_on": "2001-12-31" })).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/expires_on")));
        for wrong in [json!({}), json!({ "expires_on": "soon" }), json!({ "expires": "2099-12-31" })] {
            let (status, problem) = redate(wrong).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        }
        let (status, sent) = program.post(&format!("{recipient}/send"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{sent}");

        let revoked = program.done(&format!("{pat}/revoke-token")).await;
        assert_eq!(revoked["claim_state"], "token_revoked");
        let (status, _) = program.post(&format!("{pat}/send"), json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "its link opens nothing");
        assert_eq!(program.done(&format!("{pat}/enable-token")).await["claim_state"], "waiting");
        let boxes = json!({ "name": "山田 Pat" });
        let (status, problem) = call(world, &program.secret, Method::PATCH, &pat, boxes).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert!(detail.contains("山田 Pat (山田)") && detail.contains("Noto Sans SC"), "{problem}");
        assert_ne!(program.get(&pat).await["name"], "山田 Pat");
        let meant = json!({ "name": "山田 Pat", "allow_undrawable": true });
        let (status, corrected) = call(world, &program.secret, Method::PATCH, &pat, meant).await;
        assert_eq!((status, &corrected["name"]), (StatusCode::OK, &json!("山田 Pat")), "{corrected}");
        let early = program.post(&format!("{pat}/revoke-credential"), json!({ "reason": "x" })).await;
        assert_eq!(early.0, StatusCode::CONFLICT, "nothing was issued");
        let early = program.post(&format!("{pat}/change-expiry"), json!({ "expires_on": null })).await;
        assert_eq!(early.0, StatusCode::CONFLICT, "nothing expires");

        for (verb, state) in [("pause", "paused"), ("resume", "live"), ("end", "ended")] {
            assert_eq!(program.done(&format!("{campaign}/{verb}")).await["state"], state);
        }
        let (status, problem) = program.post(&format!("{recipient}/revoke-credential"), json!({ "reason": " " })).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/reason")));
        let (status, revoked) = program
            .post(&format!("{recipient}/revoke-credential"), json!({ "reason": "Issued by mistake" }))
            .await;
        assert_eq!((status, &revoked["credential_state"]), (StatusCode::OK, &json!("revoked")), "{revoked}");
        let credential = program.get(&one).await;
        assert_eq!((&credential["state"], &credential["reason"]), (&json!("revoked"), &json!("Issued by mistake")));

        let (status, _) = call(world, &program.secret, Method::DELETE, &recipient, Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        for path in [&recipient, &one] {
            let (status, _) = call(world, &program.secret, Method::GET, path, Value::Null).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(world.browser().get(&page).await.status(), StatusCode::NOT_FOUND);
        let listed = &program.get("/api/v1/campaigns").await["data"][0];
        for (count, number) in [("recipients", 1), ("sent", 1), ("opened", 0), ("claimed", 0), ("shared", 0), ("bounced", 0)] {
            assert_eq!(listed[count], number, "{count}: {listed}");
        }
        let table = world.browser().request(Method::GET, "/api/v1/campaigns.csv").bearer_auth(&program.secret);
        let table = table.send().await.expect("an answer").text().await.expect("a table");
        let lines: Vec<_> = table.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines.len(), 2, "{table}");
        assert_eq!(lines[0], "id,type,state,title,recipients,sent,opened,claimed,shared,bounced,created_at");
        assert!(lines[1].contains(",Safety first,1,1,0,0,0,0,"), "{table}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_recipient_that_does_not_fit_is_named_and_nobody_is_added() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let program = Program {
            world,
            secret: api.secret.clone(),
        };
        let (_, made) = program.post("/api/v1/campaigns", new()).await;
        let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().expect("an id"));
        let people = json!({ "recipients": [
            { "name": "Ada", "email": "ada@example.org" }, { "name": "", "email": "bob" }, { "name": "Carl", "email": "carl@" },
        ] });
        let (status, problem) = program.post(&format!("{campaign}/recipients"), people).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let pointers: Vec<_> = problem["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|error| error["pointer"].as_str().expect("a pointer"))
            .collect();
        assert_eq!(
            pointers,
            ["/recipients/1/name", "/recipients/1/email", "/recipients/2/email"]
        );
        for wrong in [
            json!({ "recipients": [] }),
            json!({ "recipients": [{ "name": "Ada" }] }),
            json!({ "people": [] }),
        ] {
            let (status, problem) = program.post(&format!("{campaign}/recipients"), wrong).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        }
        assert_eq!(program.get(&campaign).await["recipients"], 0);

        let (status, problem) = program.post("/api/v1/campaigns", json!({ "title": "A", "type": "medal" })).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/type")));
        let mut long = new();
        long["colour"] = json!("red");
        let (status, problem) = program.post("/api/v1/campaigns", long).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/colour")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn recipients_are_added_once_per_key_and_walked_by_cursors() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let program = Program {
            world,
            secret: api.secret.clone(),
        };
        let (_, made) = program.post("/api/v1/campaigns", new()).await;
        let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().expect("an id"));
        let people: Vec<Value> = (0..5)
            .map(|n| json!({ "name": format!("Person {n}"), "email": format!("p{n}@example.org") }))
            .collect();
        for replayed in [false, true] {
            let answer = world
                .browser()
                .request(Method::POST, &format!("{campaign}/recipients"))
                .bearer_auth(&program.secret)
                .header("idempotency-key", "once")
                .json(&json!({ "recipients": people }))
                .send()
                .await
                .expect("an answer");
            assert_eq!(answer.headers().contains_key("idempotency-replayed"), replayed);
            let body: Value = answer.json().await.expect("JSON");
            assert_eq!((&body["added"], &body["skipped"]), (&json!(5), &json!(0)));
        }
        let mut names = Vec::new();
        let mut address = format!("{campaign}/recipients?limit=2");
        loop {
            let body = program.get(&address).await;
            let rows = body["data"].as_array().expect("rows");
            assert!(rows.len() <= 2);
            names.extend(
                rows.iter()
                    .map(|row| row["name"].as_str().expect("a name").to_owned()),
            );
            match body["page"]["next_cursor"].as_str() {
                Some(cursor) => address = format!("{campaign}/recipients?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(names, (0..5).map(|n| format!("Person {n}")).collect::<Vec<_>>());

        for _ in 0..2 {
            program.post("/api/v1/campaigns", new()).await;
        }
        let first = program.get("/api/v1/campaigns?limit=2").await;
        let cursor = first["page"]["next_cursor"].as_str().expect("more");
        let rest = program
            .get(&format!("/api/v1/campaigns?limit=2&cursor={cursor}"))
            .await;
        assert_eq!(rest["data"].as_array().map(Vec::len), Some(1), "{rest}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_needs_every_permission_and_another_organisations_are_not_found() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let program = Program {
            world,
            secret: api.secret.clone(),
        };
        let (_, made) = program.post("/api/v1/campaigns", new()).await;
        let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().expect("an id"));
        let people = json!({ "recipients": [{ "name": "Ada", "email": "ada@example.org" }] });
        let (_, added) = program
            .post(&format!("{campaign}/recipients"), people.clone())
            .await;
        let recipient = format!("/api/v1/recipients/{}", added["ids"][0].as_str().expect("an id"));

        let narrow = |permissions: &str| ApiTokenForm {
            permissions: permissions.into(),
            ..ApiTokenForm::default()
        };
        let reads = token(world, &owner, narrow("campaigns:read")).await;
        let reveals = token(world, &owner, narrow("campaigns:read tokens:reveal")).await;
        let manages = token(world, &owner, narrow("campaigns:read campaigns:manage")).await;
        for (secret, path) in [
            (&reads.secret, format!("{campaign}/start")),
            (&reads.secret, format!("{recipient}/reset")),
            (&reads.secret, format!("{recipient}/change-expiry")),
            (&reads.secret, format!("{recipient}/copy-token")),
            (&reveals.secret, format!("{recipient}/copy-token")),
            (&manages.secret, format!("{recipient}/copy-token")),
            (&manages.secret, "/api/v1/identity-providers".into()),
        ] {
            let (status, problem) = call(world, secret, Method::POST, &path, json!({})).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {problem}");
        }
        let foreign = world.set_up_another().await;
        let foreign = token(world, &foreign, ApiTokenForm::default()).await;
        for (method, path, body) in [
            (Method::GET, campaign.clone(), Value::Null),
            (Method::PATCH, campaign.clone(), json!({ "title": "Mine" })),
            (Method::POST, format!("{campaign}/start"), json!({})),
            (Method::GET, format!("{campaign}/recipients"), Value::Null),
            (Method::POST, format!("{campaign}/recipients"), people),
            (Method::GET, recipient.clone(), Value::Null),
            (Method::PATCH, recipient.clone(), json!({ "name": "Mine" })),
            (Method::POST, format!("{recipient}/copy-token"), json!({})),
            (Method::POST, format!("{recipient}/revoke-token"), json!({})),
            (
                Method::POST,
                format!("{recipient}/revoke-credential"),
                json!({ "reason": "x" }),
            ),
            (
                Method::POST,
                format!("{recipient}/change-expiry"),
                json!({ "expires_on": null }),
            ),
            (Method::POST, format!("{recipient}/send"), json!({})),
            (Method::DELETE, recipient.clone(), Value::Null),
        ] {
            let (status, problem) = call(world, &foreign.secret, method.clone(), &path, body).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {problem}");
        }
        let row = program.get(&recipient).await;
        assert_eq!(
            (&row["name"], &row["claim_state"]),
            (&json!("Ada"), &json!("waiting"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_in_providers_are_refused_in_words_and_never_show_their_secret() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let program = Program {
            world,
            secret: api.secret.clone(),
        };
        let list = program.get("/api/v1/identity-providers").await;
        assert_eq!(list["redirect_uri"], format!("{}/r/connected", world.url));
        let new = json!({
            "template": "other", "label": "School", "issuer": "http://127.0.0.1:9", "client_id": "x",
            "client_secret": "canary client secret"
        });
        let (status, problem) = program.post("/api/v1/identity-providers", new).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/issuer")),
            "{problem}"
        );
        assert!(!problem.to_string().contains("canary"));
        let new = json!({ "template": "microsoft", "client_id": "x", "client_secret": "y" });
        let (status, problem) = program.post("/api/v1/identity-providers", new).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains("TENANT-ID"))
        );
    })
    .await;
}

/// Asks again and again until a job is done.
async fn when_done(program: &Program<'_>, path: &str) -> Value {
    for _ in 0..600 {
        program
            .world
            .backend
            .jobs()
            .run_one_slice()
            .await
            .expect("worked");
        let body = program.get(path).await;
        if body["state"] != "running" {
            return body;
        }
    }
    panic!("{path} does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_program_imports_a_file_and_works_on_many_at_once() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let program = Program {
            world,
            secret: api.secret.clone(),
        };
        let mut draft = new();
        draft["reminders"] = json!([2, 5]);
        let (_, made) = program.post("/api/v1/campaigns", draft).await;
        assert_eq!(made["reminders"], json!([2, 5]), "{made}");
        let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().expect("an id"));
        let change = json!({ "reminders": [] });
        let (_, changed) = call(world, &program.secret, Method::PATCH, &campaign, change).await;
        assert_eq!(changed["reminders"], json!([]), "{changed}");
        let change = json!({ "reminders": [0] });
        let (status, problem) = call(world, &program.secret, Method::PATCH, &campaign, change).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/reminders")),
            "{problem}"
        );

        // As a spreadsheet of an older system writes it: with semicolons, in Windows-1252.
        let file = b"Name;E-Mail;Kurs\r\nZo\xeb M\xfcller;zoe@example.org;A\r\nPat;pat@;B\r\nKim;kim@example.org;C\r\n";
        let file = BASE64_STANDARD.encode(file);
        let imports = format!("{campaign}/imports");
        let columns = json!({ "Name": "name", "E-Mail": "email", "Kurs": "placeholder" });
        let send = async |good_only: bool, dry_run: bool| {
            let body = json!({
                "file_name": "course.csv", "content": file, "columns": columns, "good_only": good_only,
                "dry_run": dry_run
            });
            let (status, begun) = program.post(&imports, body).await;
            assert_eq!(status, StatusCode::OK, "{begun}");
            assert_eq!((&begun["check"]["good"], &begun["check"]["bad"]), (&json!(2), &json!(1)), "{begun}");
            assert_eq!(begun["check"]["bad_rows"][0]["line"], 3, "{begun}");
            begun
        };
        for (good_only, dry_run) in [(true, true), (false, false)] {
            assert_eq!(send(good_only, dry_run).await["state"], "read", "nobody is added");
        }
        let begun = send(true, false).await;
        let import = format!("{imports}/{}", begun["id"].as_str().expect("an id"));
        let done = when_done(&program, &import).await;
        for (field, value) in [("state", json!("done")), ("added", json!(2)), ("bad", json!(1))] {
            assert_eq!(done[field], value, "{field}: {done}");
        }
        let list = program.get(&format!("{campaign}/recipients")).await;
        assert_eq!(list["data"][0]["name"], "Zoë Müller", "{list}");
        let (status, _) = call(world, &program.secret, Method::DELETE, &import, Value::Null).await;
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "it is over");
        let (status, problem) = program.post(&imports, json!({ "content": "a\nb" })).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/content")),
            "{problem}"
        );

        program.done(&format!("{campaign}/start")).await;
        let batches = format!("{campaign}/batches");
        let (status, begun) = program.post(&batches, json!({ "action": "revoke-token", "all": true })).await;
        assert_eq!((status, &begun["total"]), (StatusCode::OK, &json!(2)), "{begun}");
        let batch = format!("{batches}/{}", begun["id"].as_str().expect("an id"));
        let done = when_done(&program, &batch).await;
        assert_eq!((&done["done"], &done["refused"]), (&json!(2), &json!(0)), "{done}");
        let zoe = list["data"][0]["id"].clone();
        let refused = json!({ "action": "revoke-credential", "reason": "By mistake", "ids": [zoe] });
        let (_, begun) = program.post(&batches, refused).await;
        let batch = format!("{batches}/{}", begun["id"].as_str().expect("an id"));
        let done = when_done(&program, &batch).await;
        assert_eq!((&done["done"], &done["refused"]), (&json!(0), &json!(1)), "{done}");
        assert_eq!(done["refusals"][0]["recipient_id"], zoe, "{done}");
        let (status, problem) = program.post(&batches, json!({ "action": "reset" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "nobody is named: {problem}");

        let foreign = world.set_up_another().await;
        let foreign = token(world, &foreign, ApiTokenForm::default()).await;
        for (method, path, body) in [
            (Method::POST, imports.clone(), json!({ "content": file })),
            (Method::GET, import.clone(), Value::Null),
            (Method::DELETE, import.clone(), Value::Null),
            (Method::POST, batches.clone(), json!({ "action": "reset", "all": true })),
            (Method::GET, batch.clone(), Value::Null),
        ] {
            let (status, problem) = call(world, &foreign.secret, method.clone(), &path, body).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {problem}");
        }
    })
    .await;
}
