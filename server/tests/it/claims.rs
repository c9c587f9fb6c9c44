//! A certificate from its mail to its public page, over HTTP, without a script.

use backend::Caller;
use backend::campaigns::Form;
use domain::campaigns::{CampaignForm, CampaignState, ClaimState, pasted};
use domain::{CampaignId, RecipientId};
use reqwest::StatusCode;

use crate::links::LOOKERS;
use crate::world::{Browser, PRESS, World, hidden, location, mistyped, on_each_engine};

/// A campaign with one recipient.
pub struct Story {
    caller: Caller,
    campaign: CampaignId,
    /// The recipient.
    pub recipient: RecipientId,
    /// Their claim token, as it stands in a link.
    pub token: String,
}

async fn live(world: &World) -> Story {
    let owner = world.set_up().await;
    live_of(world, &world.caller(&owner).await).await
}

/// A campaign that began, with a recipient, of an organisation.
pub async fn live_of(world: &World, caller: &Caller) -> Story {
    let campaigns = world.backend.campaigns();
    let form = CampaignForm {
        kind: "certificate".into(),
        title: "Safety at work".into(),
        description: "Knows what to do.".into(),
        criteria: "Passed the test.".into(),
        ..CampaignForm::default()
    };
    let campaign = campaigns.create(caller, &form).await.expect("a draft").row.id;
    let recipients = pasted("Zoë Müller, zoe@example.org").expect("one");
    let added = campaigns
        .add_recipients(caller, campaign, &recipients)
        .await
        .expect("added");
    campaigns
        .set_state(caller, campaign, CampaignState::Live)
        .await
        .expect("started");
    let recipient = added.ids[0];
    let (token, _) = campaigns.copy_token(caller, recipient).await.expect("copied");
    Story {
        caller: caller.clone(),
        campaign,
        recipient,
        token: token.reveal().replace('-', ""),
    }
}

/// Six digits from the newest mail with a code to an address: the line that consists of them. What else has six digits may
/// be a part of the message's own marks.
async fn mailed_code(world: &World, email: &str) -> String {
    crate::scanners::settled(world).await;
    let mails = world.mails();
    let mail = mails
        .iter()
        .rfind(|mail| mail.contains(email) && mail.contains("Your code "))
        .expect("a mail with a code");
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.lines().find(is_code).expect("six digits").to_owned()
}

/// Opens the link, asks for a code and claims; says where that leads.
pub async fn claim(world: &World, browser: &Browser, token: &str, email: &str) -> reqwest::Response {
    let (path, page) = browser.follow(&format!("/r/{token}")).await;
    let html = page.text().await.expect("a page");
    let kept = hidden(&html, "token").unwrap_or_default();
    let action = if kept.is_empty() { path } else { "/r/at".to_owned() };
    assert!(kept.is_empty() || !action.contains(token));
    let answer = browser
        .post(
            &action,
            &[PRESS, ("step", "send"), ("token", &kept), ("email", email)],
        )
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let html = answer.text().await.expect("a page");
    let attempt = hidden(&html, "attempt").expect("the attempt");
    let code = mailed_code(world, email).await;
    let fields = [
        PRESS,
        ("step", "claim"),
        ("token", &kept),
        ("attempt", &attempt),
        ("email", email),
        ("code", &code),
    ];
    browser.post(&action, &fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_recipient_claims_without_a_script_and_everybody_can_check_it() {
    on_each_engine(async |world| {
        let story = live(world).await;
        let answer = claim(world, &world.browser(), &story.token, "zoe@example.org").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let path = location(&answer).expect("the public page");
        let path = path.split('?').next().expect("a path").to_owned();

        let stranger = world.browser();
        let html = |accept: &'static str| {
            let request = stranger
                .request(reqwest::Method::GET, &path)
                .header("accept", accept);
            async move { request.send().await.expect("an answer") }
        };
        let page = html("text/html").await;
        assert_eq!(page.status(), StatusCode::OK);
        let text = page.text().await.expect("a page");
        assert!(text.contains("Zoë Müller") && text.contains("Valid."), "{text}");
        assert!(text.len() < 40 * 1024, "{}", text.len());
        assert!(!text.contains("logo.png"), "{text}");
        let logo = "<svg xmlns='http://www.w3.org/2000/svg' width='10' height='5'><rect width='10' height='5'/></svg>";
        let mail = world.backend.mail();
        mail.set_logo(&story.caller, Some(logo.into()))
            .await
            .expect("a logo");
        let text = html("text/html").await.text().await.expect("a page");
        let (_, logo) = text.split_once("src=\"/issuers/").expect("the issuer's logo");
        let logo = format!("/issuers/{}", logo.split('"').next().expect("an address"));
        let logo = stranger.get(&logo).await;
        assert_eq!(logo.headers()["content-type"], "image/png");
        let json = html("application/json").await;
        assert_eq!(json.headers()["access-control-allow-origin"], "*");
        let json: serde_json::Value = json.json().await.expect("JSON");
        assert_eq!(json["id"], format!("{}{path}", world.url));
        let jwt = html("application/vc+jwt").await.text().await.expect("a JWT");
        assert_eq!(jwt.split('.').count(), 3);
        for (ending, begins) in [
            ("json", "{"),
            ("jwt", "ey"),
            ("pdf", "%PDF"),
            ("svg", "<svg"),
            ("png", "\u{fffd}PNG"),
        ] {
            let answer = stranger.get(&format!("{path}.{ending}")).await;
            assert_eq!(answer.status(), StatusCode::OK, "{ending}");
            let bytes = answer.bytes().await.expect("bytes");
            assert!(String::from_utf8_lossy(&bytes).starts_with(begins), "{ending}");
        }
        let id = path.trim_start_matches("/c/").to_owned();
        let checked = stranger
            .get(&format!("/verify?credential={id}"))
            .await
            .text()
            .await
            .expect("a page");
        assert!(checked.contains("every step passed"), "{checked}");
        assert!(checked.contains("Zoë Müller"), "it says to whom: {checked}");

        // Whatever it is taken along as, each step is made and told.
        let by_form = async |form: reqwest::multipart::Form| {
            let request = stranger
                .request(reqwest::Method::POST, "/verify")
                .header("sec-fetch-site", "same-origin");
            let answer = request.multipart(form).send().await.expect("an answer");
            answer.text().await.expect("a page")
        };
        for ending in ["json", "jwt", "pdf", "png", "svg"] {
            let file = stranger
                .get(&format!("{path}.{ending}"))
                .await
                .bytes()
                .await
                .expect("bytes")
                .to_vec();
            let part =
                reqwest::multipart::Part::bytes(file.clone()).file_name(format!("credential.{ending}"));
            let mut forms = vec![reqwest::multipart::Form::new().part("file", part)];
            if let Ok(text) = String::from_utf8(file) {
                forms.push(
                    reqwest::multipart::Form::new()
                        .text("file", "")
                        .text("credential", text),
                );
            }
            for form in forms {
                let checked = by_form(form).await;
                assert!(checked.contains("every step passed"), "{ending}: {checked}");
                for step in ["Open Badge", "Issuer", "Signature", "Dates", "Revocation"] {
                    assert!(
                        checked.contains(&format!("{step} (passed)")),
                        "{ending}, {step}: {checked}"
                    );
                }
            }
        }
        // So is what is kept of it for old backpacks, without a request to anybody.
        let kept = stranger.get(&format!("{path}.ob2.json")).await.text().await;
        let kept = kept.expect("an assertion");
        let checked = by_form(reqwest::multipart::Form::new().text("credential", kept.clone())).await;
        assert!(checked.contains("every step passed"), "{checked}");
        for step in ["Open Badge", "Where it is kept", "What it is for", "Issuer", "Dates", "Revocation"] {
            assert!(
                checked.contains(&format!("{step} (passed)")),
                "{step}: {checked}"
            );
        }
        let forged = kept.replace("sha256$", "sha256$0");
        assert_ne!(forged, kept);
        let checked = by_form(reqwest::multipart::Form::new().text("credential", forged)).await;
        assert!(
            checked.contains("Not valid.") && checked.contains("Where it is kept (failed)"),
            "{checked}"
        );
        for text in [&json.to_string(), &kept] {
            for (email, said) in [(" Zoe@example.org", "Recipient (passed)"), ("eve@example.org", "Recipient (failed)")] {
                let asked = reqwest::multipart::Form::new()
                    .text("credential", text.clone())
                    .text("email", email);
                let checked = by_form(asked).await;
                assert!(checked.contains(said), "{email}: {checked}");
            }
        }
        let address = format!("{}{path}", world.url);
        let checked = by_form(reqwest::multipart::Form::new().text("credential", address)).await;
        assert!(checked.contains("every step passed"), "{checked}");
        let forged = json.to_string().replace("Zoë Müller", "Eve");
        let checked = by_form(reqwest::multipart::Form::new().text("credential", forged)).await;
        assert!(
            checked.contains("Not valid.") && checked.contains("Signature (failed)"),
            "{checked}"
        );

        let by_address = async |address: String| {
            let form = reqwest::multipart::Form::new()
                .text("credential", "")
                .text("address", address);
            let request = stranger
                .request(reqwest::Method::POST, "/verify")
                .header("sec-fetch-site", "same-origin");
            let answer = request.multipart(form).send().await.expect("an answer");
            (answer.status(), answer.text().await.expect("a page"))
        };
        let (status, checked) = by_address(format!("{}{path}?claimed=1", world.url)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            checked.contains("every step passed") && checked.contains("Zoë Müller"),
            "{checked}"
        );
        // Nobody looks around with the server's requests where they cannot go themselves.
        for (elsewhere, words) in [
            ("https://127.0.0.1:1/", "its address is not public"),
            ("https://[::1]/c/1", "its address is not public"),
            (
                "https://169.254.169.254/latest/meta-data",
                "its address is not public",
            ),
            ("http://127.0.0.1:1/", "begin with https://"),
            ("file:///etc/passwd", "begin with https://"),
            ("c", "begin with https://"),
        ] {
            let (status, checked) = by_address(elsewhere.into()).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{elsewhere}");
            assert!(checked.contains(words), "{elsewhere}: {checked}");
        }

        let campaigns = world.backend.campaigns();
        let action = domain::campaigns::actions::RecipientAction::RevokeCredential;
        campaigns
            .act(&story.caller, story.recipient, action, "Issued by mistake")
            .await
            .expect("revoked");
        let text = html("text/html").await.text().await.expect("a page");
        assert!(
            text.contains("Revoked by the issuer") && text.contains("Issued by mistake"),
            "{text}"
        );
        let checked = stranger
            .get(&format!("/verify?credential={id}"))
            .await
            .text()
            .await
            .expect("a page");
        assert!(checked.contains("Not valid."), "{checked}");

        let action = domain::campaigns::actions::RecipientAction::DeleteRecipient;
        campaigns
            .act(&story.caller, story.recipient, action, "")
            .await
            .expect("deleted");
        for path in [path.clone(), format!("{path}.json"), format!("{path}.png")] {
            let gone = stranger.get(&path).await;
            assert_eq!(gone.status(), StatusCode::NOT_FOUND);
            let text = gone.text().await.expect("a page");
            assert!(
                text.contains("does not validate") && !text.contains("Zoë"),
                "{text}"
            );
        }
        let credential = id.parse().expect("an id");
        assert!(
            campaigns
                .document(credential, Form::Json)
                .await
                .expect("read")
                .is_none()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_profile_is_told_and_can_ask_to_unlock_also_without_cookies() {
    on_each_engine(async |world| {
        let story = live(world).await;
        let first = claim(world, &world.browser(), &story.token, "wrong@example.org").await;
        assert_eq!(first.status(), StatusCode::SEE_OTHER);

        let second = Browser::without_cookies(&world.url);
        let answer = claim(world, &second, &story.token, "zoe@example.org").await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let text = answer.text().await.expect("a page");
        assert!(
            text.contains("already in use by another account") && text.contains("w…g@example.org"),
            "{text}"
        );
        let token = hidden(&text, "token").expect("the token");
        let asked = second
            .post("/r/at", &[PRESS, ("step", "unlock"), ("token", &token)])
            .await;
        assert!(
            asked
                .text()
                .await
                .expect("a page")
                .contains("The issuer was asked")
        );
        let row = world
            .backend
            .campaigns()
            .recipient(&story.caller, story.recipient)
            .await
            .expect("there");
        assert!(row.unlock_asked.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_that_look_or_send_forms_lock_nothing() {
    on_each_engine(async |world| {
        let story = live(world).await;
        for looker in LOOKERS {
            let browser = world.browser();
            let mut path = format!("/r/{}", story.token);
            for _ in 0..4 {
                let request = browser
                    .request(reqwest::Method::GET, &path)
                    .header("user-agent", looker);
                let answer = request.send().await.expect("an answer");
                assert!(answer.status().as_u16() < 400, "{looker}: {}", answer.status());
                match location(&answer) {
                    Some(next) => path = next,
                    None => break,
                }
            }
            // A form that is sent without a press of its button.
            let answer = browser
                .post(&path, &[("step", "send"), ("email", "zoe@example.org")])
                .await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{looker}");
        }
        let campaigns = world.backend.campaigns();
        let row = campaigns
            .recipient(&story.caller, story.recipient)
            .await
            .expect("there");
        assert_eq!((row.claim, row.lock), (ClaimState::Waiting, None));
        let view = campaigns
            .view(&story.caller, story.campaign)
            .await
            .expect("there");
        assert_eq!(view.row.claimed, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_public_page_has_a_form_for_frames_of_other_sites_and_no_other_page_does() {
    on_each_engine(async |world| {
        let story = live(world).await;
        let stranger = world.browser();
        let claimed = claim(world, &stranger, &story.token, "zoe@example.org").await;
        let path = claimed.headers()["location"].to_str().expect("a path").to_owned();
        let path = path.split('?').next().expect("a path").to_owned();
        let html = |path: String| {
            let request = stranger.request(reqwest::Method::GET, &path);
            async move {
                request
                    .header("accept", "text/html")
                    .send()
                    .await
                    .expect("an answer")
            }
        };
        let page = html(path.clone()).await;
        assert_eq!(page.headers()["x-frame-options"], "DENY");
        let framed = html(format!("{path}?embed")).await;
        assert_eq!(framed.status(), StatusCode::OK);
        assert!(!framed.headers().contains_key("x-frame-options"));
        let policy = framed.headers()["content-security-policy"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(
            policy.contains("frame-ancestors *") && policy.contains("form-action 'none'"),
            "{policy}"
        );
        let text = framed.text().await.expect("a page");
        assert!(
            text.contains("Open its page") && !text.contains("<form"),
            "{text}"
        );
        let gone = html(format!("/c/{}?embed", uuid::Uuid::nil())).await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
        assert!(!gone.headers().contains_key("x-frame-options"));
        assert_eq!(
            html("/verify?embed".into()).await.headers()["x-frame-options"],
            "DENY"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_shared_from_the_public_page_is_counted_by_a_press_alone() {
    on_each_engine(async |world| {
        let story = live(world).await;
        let claimed = claim(world, &world.browser(), &story.token, "zoe@example.org").await;
        let path = location(&claimed).expect("the public page");
        let path = path.split('?').next().expect("a path").to_owned();
        let shared = async || {
            let campaigns = world.backend.campaigns();
            let view = campaigns
                .view(&story.caller, story.campaign)
                .await
                .expect("there");
            view.row.shared
        };
        let action = format!("{path}/share");
        let stranger = world.browser();
        let page = stranger
            .request(reqwest::Method::GET, &path)
            .header("accept", "text/html");
        let page = page.send().await.expect("an answer");
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(
            policy.contains("form-action 'self' https://www.linkedin.com;"),
            "{policy}"
        );
        assert!(page.text().await.expect("a page").contains(&action));
        assert_eq!(
            stranger.get(&action).await.status(),
            StatusCode::METHOD_NOT_ALLOWED
        );
        // A form that is sent without a press of its button, and one that leads nowhere.
        let by_nobody = stranger.post(&action, &[("to", "profile")]).await;
        assert_eq!(by_nobody.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let elsewhere = stranger
            .post(&action, &[PRESS, ("to", "https://evil.example")])
            .await;
        assert_eq!(elsewhere.status(), StatusCode::BAD_REQUEST);
        assert_eq!(shared().await, 0);

        for (to, begins) in [
            ("profile", "https://www.linkedin.com/profile/add?"),
            ("post", "https://www.linkedin.com/sharing/share-offsite/?url="),
        ] {
            let answer = stranger.post(&action, &[PRESS, ("to", to)]).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{to}");
            let there = location(&answer).expect("an address");
            assert!(there.starts_with(begins), "{there}");
            assert!(!answer.headers().contains_key("set-cookie"), "nobody is followed");
        }
        let answer = stranger.post(&action, &[PRESS, ("to", "address")]).await;
        let text = answer.text().await.expect("a page");
        assert!(
            text.contains(&format!("{}{path}", world.url)) && text.contains("?embed"),
            "{text}"
        );
        assert_eq!(shared().await, 1, "it was shared, however often");

        let campaigns = world.backend.campaigns();
        let revoke = domain::campaigns::actions::RecipientAction::RevokeCredential;
        campaigns
            .act(&story.caller, story.recipient, revoke, "By mistake")
            .await
            .expect("revoked");
        let refused = stranger.post(&action, &[PRESS, ("to", "post")]).await;
        assert_eq!(
            location(&refused),
            Some(path),
            "what does not validate is not passed on"
        );
        let nothing = format!("/c/{}/share", uuid::Uuid::nil());
        let gone = stranger.post(&nothing, &[PRESS, ("to", "post")]).await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_typed_token_opens_the_same_page_and_a_slip_is_told_at_the_field() {
    on_each_engine(async |world| {
        let story = live(world).await;
        let browser = world.browser();
        let page = browser.get("/recipient-view").await.text().await.expect("a page");
        assert!(page.contains("Recipient View"), "{page}");
        let slip = mistyped(&story.token);
        let refused = browser.post("/recipient-view", &[("token", slip.as_str())]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let refused = refused.text().await.expect("a page");
        assert!(refused.contains("A token has 20 letters"), "{refused}");
        let link = format!(
            "https://mail.example/open?to={}%2Fr%2F{}",
            "claims.test", story.token
        );
        for typed in [
            story.token.to_lowercase(),
            format!("{}/r/{}", world.url, story.token),
            link,
        ] {
            let answer = browser
                .post("/recipient-view", &[("token", typed.as_str())])
                .await;
            assert_eq!(answer.status(), StatusCode::OK, "the card stands at once");
            assert!(
                answer.text().await.expect("a page").contains("Safety at work"),
                "{typed}"
            );
        }
    })
    .await;
}
