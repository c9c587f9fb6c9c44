//! Lists as tables for a spreadsheet.

use domain::access_tokens::NewTokenForm;
use reqwest::StatusCode;

use crate::world::on_each_engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_list_of_tokens_is_taken_as_it_is_filtered() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let make = async |name: &str| {
            let form = NewTokenForm {
                name: name.into(),
                token_type: "single".into(),
                usage_limit: "7".into(),
                expires: "2031-03-31".into(),
                collection: collection.to_string(),
                ..NewTokenForm::default()
            };
            let tokens = world.backend.access_tokens();
            tokens.create(&caller, &form).await.expect("a token").id
        };
        for number in 0..230 {
            make(&format!("Intake {number}")).await;
        }
        // What a spreadsheet would compute is text there.
        let formula = make("=cmd|' /C calc'!A0").await;
        let code = world.code_of(&caller, formula).await;

        let answer = owner.get("/tokens.csv?order=name").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(
            answer.headers()["content-type"],
            "text/csv; charset=utf-8; header=present"
        );
        let table = answer.text().await.expect("a table");
        let mut lines = table.lines();
        let head = lines.next().expect("a head");
        assert!(
            head.starts_with("\u{feff}Name,Type,Collection,State,Uses,Limit,Starts ("),
            "{head}"
        );
        assert_eq!(lines.clone().count(), 231, "more than a page, each once");
        let intake = lines.find(|line| line.starts_with("Intake 7,")).expect("a line");
        assert!(
            intake.contains(",single,Boat safety,live,0,7,,\"31 Mar 2031, 23:59\""),
            "{intake}"
        );
        let dangerous = table.lines().find(|line| line.contains("calc")).expect("a line");
        assert!(
            dangerous.starts_with("\"'=cmd") || dangerous.starts_with("'=cmd"),
            "{dangerous}"
        );
        assert!(!table.contains(&code), "a secret stands in the list");

        let one = owner
            .get("/tokens.csv?q=Intake+211")
            .await
            .text()
            .await
            .expect("a table");
        assert_eq!(one.lines().count(), 2, "{one}");
        let none = owner
            .get("/tokens.csv?list=deleted")
            .await
            .text()
            .await
            .expect("a table");
        assert_eq!(none.lines().count(), 1, "{none}");
        let stranger = world.browser().get("/tokens.csv").await;
        assert!(!stranger.text().await.expect("a page").contains("Intake"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_chosen_is_taken_alone_and_codes_are_printed() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let tokens = world.backend.access_tokens();
        let make = async |name: &str, token_type: &str| {
            let form = NewTokenForm {
                name: name.into(),
                token_type: token_type.into(),
                no_of_tokens: "3".into(),
                collection: collection.to_string(),
                ..NewTokenForm::default()
            };
            tokens.create(&caller, &form).await.expect("a token").id
        };
        let (one, other) = (make("Intake", "single").await, make("Evening", "single").await);
        make("Neither", "single").await;
        let multi = make("Seats", "multi").await;
        let codes = tokens
            .codes(&caller, multi, &Default::default())
            .await
            .expect("codes");

        let ids = format!("{one},{other}");
        let answer = owner.post("/tokens.csv", &[("ids", &ids)]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let table = answer.text().await.expect("a table");
        assert_eq!(table.lines().count(), 3, "{table}");
        assert!(!table.contains("Neither"), "{table}");
        let answer = owner.post("/tokens.csv", &[("ids", "all of them")]).await;
        assert!(answer.status().is_client_error(), "{}", answer.status());

        let path = format!("/tokens/{multi}/codes.csv");
        let code = codes.rows[1].id.to_string();
        let table = owner
            .post(&path, &[("ids", &code)])
            .await
            .text()
            .await
            .expect("a table");
        assert_eq!(table.lines().count(), 2, "{table}");
        let table = owner
            .get(&format!("{path}?show=used"))
            .await
            .text()
            .await
            .expect("a table");
        assert_eq!(table.lines().count(), 1, "{table}");

        let sheet = owner.get(&format!("/tokens/{multi}/sheet?paper=letter")).await;
        assert_eq!(sheet.status(), StatusCode::OK);
        assert!(
            sheet.headers()["content-type"]
                .to_str()
                .expect("text")
                .starts_with("text/html")
        );
        let sheet = sheet.text().await.expect("a page");
        assert_eq!(sheet.matches("class=\"qr\"").count(), 3, "{sheet}");
        assert!(sheet.contains("sheet letter"));

        let used = owner
            .get(&format!("/tokens/{one}/uses.csv"))
            .await
            .text()
            .await
            .expect("a table");
        assert!(used.starts_with("\u{feff}Number,Used by,Used on ("), "{used}");
    })
    .await;
}
