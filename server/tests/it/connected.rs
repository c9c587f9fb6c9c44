//! Claiming with a profile at a provider of OpenID Connect: the whole way, over HTTP, without a script, with a provider that
//! stands here. [`crate::foreign_provider`] tells the same with one that others wrote.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{CampaignForm, CampaignState, ClaimState, RecipientRow, pasted};
use domain::identity_providers::ProviderForm;
use domain::{CampaignId, RecipientId};
use reqwest::StatusCode;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::links::LOOKERS;
use crate::world::{Browser, PRESS, World, hidden, location, on_each_engine};

/// The secret that the organisation has with its provider.
pub const SECRET: &str = "a secret of the judge, with + and % in it";

/// A provider, and how somebody signs in there: from the address that their browser is led to, to the one that it is sent
/// back to.
pub trait SignIn {
    /// Where it is.
    fn issuer(&self) -> String;
    /// Signs in as an account.
    async fn sign_in(&self, address: &str, account: &str) -> String;
}

/// A live campaign with a recipient, and a provider that is offered.
pub struct Story<'w, P> {
    pub world: &'w World,
    pub provider: P,
    caller: backend::Caller,
    campaign: CampaignId,
    recipient: RecipientId,
    token: String,
    provider_id: String,
}

/// Somebody who was led to a provider and is back.
pub struct Returned {
    pub browser: Browser,
    /// The path that they came back to.
    pub path: String,
}

impl<'w, P: SignIn> Story<'w, P> {
    pub async fn begin(world: &'w World, provider: P) -> Self {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let campaigns = world.backend.campaigns();
        let form = CampaignForm {
            kind: "badge".into(),
            title: "Safety at work".into(),
            description: "Knows what to do.".into(),
            criteria: "Passed the test.".into(),
            ..CampaignForm::default()
        };
        let campaign = campaigns.create(&caller, &form).await.expect("a draft").row.id;
        let recipients = pasted("Zoë Müller, zoe@example.org").expect("one");
        let added = campaigns.add_recipients(&caller, campaign, &recipients).await;
        let recipient = added.expect("added").ids[0];
        campaigns
            .set_state(&caller, campaign, CampaignState::Live)
            .await
            .expect("started");
        let (token, _) = campaigns.copy_token(&caller, recipient).await.expect("copied");
        let form = ProviderForm {
            template: "other".into(),
            label: "The School".into(),
            issuer: provider.issuer(),
            client_id: "tokenwright".into(),
            client_secret: SECRET.into(),
            enabled: "on".into(),
        };
        let row = world.backend.identity_providers().add(&caller, &form).await;
        Self {
            world,
            provider,
            caller,
            campaign,
            recipient,
            token: token.reveal().replace('-', ""),
            provider_id: row.expect("a provider").id.to_string(),
        }
    }

    pub async fn row(&self) -> RecipientRow {
        let campaigns = self.world.backend.campaigns();
        campaigns
            .recipient(&self.caller, self.recipient)
            .await
            .expect("there")
    }

    pub async fn act(&self, action: RecipientAction) {
        let campaigns = self.world.backend.campaigns();
        campaigns
            .act(&self.caller, self.recipient, action, "")
            .await
            .expect("done");
    }

    /// Opens the link, and presses *Connect*: the address of the provider.
    pub async fn set_out(&self, browser: &Browser) -> String {
        let (path, page) = browser.follow(&format!("/r/{}", self.token)).await;
        let html = page.text().await.expect("a page");
        assert!(html.contains("Connect The School"), "{html}");
        let fields = [
            PRESS,
            ("step", "connect"),
            ("provider", self.provider_id.as_str()),
        ];
        let answer = browser.post(&path, &fields).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let refresh = answer.headers()["refresh"].to_str().expect("text").to_owned();
        let html = answer.text().await.expect("a page");
        assert!(html.contains("Continue to The School"), "{html}");
        refresh.strip_prefix("0; url=").expect("an address").to_owned()
    }

    pub async fn return_as(&self, account: &str) -> Returned {
        let browser = self.world.browser();
        let address = self.set_out(&browser).await;
        let back = self.provider.sign_in(&address, account).await;
        let path = back.strip_prefix(&self.world.url).expect("back here").to_owned();
        assert!(path.starts_with("/r/connected?"), "{path}");
        Returned { browser, path }
    }

    /// The proof in the question whether it is this profile.
    pub async fn asked(&self, returned: &Returned, who: &str) -> String {
        let page = returned.browser.get(&returned.path).await;
        let status = page.status();
        let html = page.text().await.expect("a page");
        assert_eq!(status, StatusCode::OK, "{html}");
        assert!(html.contains("You are about to bind this badge as"), "{html}");
        assert!(html.contains(who) && html.contains("The School"), "{html}");
        assert!(html.len() < 40 * 1024);
        hidden(&html, "proof").expect("the proof")
    }

    pub async fn confirm(&self, returned: &Returned, proof: &str) -> reqwest::Response {
        let fields = [PRESS, ("proof", proof)];
        returned.browser.post("/r/connected", &fields).await
    }

    /// The whole of it, as a recipient, the wrong one, and an admin live it.
    pub async fn lives(&self) {
        let zoe = self.return_as("zoe").await;
        let proof = self.asked(&zoe, "zoe@school.example").await;
        // Neither coming back, nor a form without a press, nor another browser binds anything.
        let other = self.world.browser();
        let stranger = other.get(&zoe.path).await;
        assert_eq!(stranger.status(), StatusCode::CONFLICT);
        let stranger = stranger.text().await.expect("a page");
        assert!(stranger.contains("This took too long"), "{stranger}");
        let stranger = other.post("/r/connected", &[PRESS, ("proof", &proof)]).await;
        assert_eq!(stranger.status(), StatusCode::CONFLICT);
        let unpressed = zoe.browser.post("/r/connected", &[("proof", &proof)]).await;
        assert_eq!(unpressed.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let again = unpressed.text().await.expect("a page");
        assert_eq!(hidden(&again, "proof").as_deref(), Some(proof.as_str()));
        let row = self.row().await;
        assert_eq!((row.claim, row.lock), (ClaimState::Waiting, None));

        let claimed = self.confirm(&zoe, &proof).await;
        assert_eq!(claimed.status(), StatusCode::SEE_OTHER);
        let page = location(&claimed).expect("the public page");
        assert!(page.starts_with("/c/") && page.ends_with("?claimed=1"), "{page}");
        let row = self.row().await;
        let lock = row.lock.expect("a lock");
        assert_eq!(
            (row.claim, lock.holder.as_str()),
            (ClaimState::Claimed, "z…e@school.example")
        );

        // The same profile comes back to it, from any browser.
        let same = self.return_as("zoe").await;
        let led = same.browser.get(&same.path).await;
        assert_eq!(location(&led), Some(page.clone()));
        self.second_profile_asks_to_unlock(&page).await;
    }

    async fn second_profile_asks_to_unlock(&self, page: &str) {
        let pat = self.return_as("pat").await;
        let taken = pat.browser.get(&pat.path).await;
        assert_eq!(taken.status(), StatusCode::CONFLICT);
        let html = taken.text().await.expect("a page");
        assert!(
            html.contains("already in use by another account") && html.contains("z…e@school.example"),
            "{html}"
        );
        let action = action(&html);
        let asked = pat.browser.post(&action, &[PRESS, ("step", "unlock")]).await;
        let html = asked.text().await.expect("a page");
        assert!(html.contains("The issuer was asked"), "{html}");
        assert!(self.row().await.unlock_asked.is_some(), "the admin sees it");

        self.act(RecipientAction::Reset).await;
        assert!(self.row().await.unlock_asked.is_none());
        let pat = self.return_as("pat").await;
        let proof = self.asked(&pat, "pat@school.example").await;
        let claimed = self.confirm(&pat, &proof).await;
        assert_eq!(
            location(&claimed).as_deref(),
            Some(page),
            "it is the same credential"
        );
        let lock = self.row().await.lock.expect("a lock");
        assert_eq!(lock.holder, "p…t@school.example");
    }
}

/// Where the first form of a page is sent.
fn action(html: &str) -> String {
    let (_, rest) = html.split_once("action=\"").expect("a form");
    rest.split_once('"').expect("its end").0.to_owned()
}

/// A provider that stands here.
#[derive(Clone)]
pub struct Here(Arc<Inner>);

struct Inner {
    issuer: String,
    pair: Ed25519KeyPair,
    /// What codes were given for: the account, the nonce and the challenge.
    codes: Mutex<HashMap<String, (String, String, String)>>,
    /// What its ID tokens say otherwise than they should.
    otherwise: Mutex<Value>,
}

impl Here {
    pub async fn begin() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let document = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("keys");
        let here = Self(Arc::new(Inner {
            issuer,
            pair: Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("keys"),
            codes: Mutex::default(),
            otherwise: Mutex::new(json!({})),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(Self::metadata))
            .route("/keys", get(Self::keys))
            .route("/authorize", get(Self::authorize))
            .route("/token", post(Self::token))
            .with_state(here.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        here
    }

    async fn metadata(State(here): State<Self>) -> Json<Value> {
        let issuer = &here.0.issuer;
        Json(json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
        }))
    }

    async fn keys(State(here): State<Self>) -> Json<Value> {
        let public = URL_SAFE_NO_PAD.encode(here.0.pair.public_key().as_ref());
        Json(
            json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k", "x": public }] }),
        )
    }

    /// Anyone who asks is signed in by the name that stands in a parameter of its own.
    async fn authorize(State(here): State<Self>, Query(asked): Query<HashMap<String, String>>) -> Redirect {
        assert_eq!(asked["prompt"], "select_account");
        assert_eq!(asked["code_challenge_method"], "S256");
        let code = format!("code-{}", here.0.codes.lock().expect("a lock").len());
        let given = (
            asked["account"].clone(),
            asked["nonce"].clone(),
            asked["code_challenge"].clone(),
        );
        here.0.codes.lock().expect("a lock").insert(code.clone(), given);
        let (redirect, state) = (&asked["redirect_uri"], &asked["state"]);
        Redirect::to(&format!("{redirect}?code={code}&state={state}"))
    }

    async fn token(
        State(here): State<Self>,
        Form(sent): Form<HashMap<String, String>>,
    ) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
        use sha2::Digest;
        let given = here.0.codes.lock().expect("a lock").remove(&sent["code"]);
        let digest = sha2::Sha256::digest(sent["code_verifier"].as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(digest);
        let Some((account, nonce, _)) = given.filter(|(_, _, given)| *given == challenge) else {
            return Err((StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))));
        };
        let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).timestamp();
        let mut claims = json!({
            "iss": here.0.issuer, "aud": "tokenwright", "sub": account, "nonce": nonce, "iat": now, "exp": now + 60,
            "name": format!("Account {account}"), "email": format!("{account}@school.example"), "email_verified": true,
        });
        for (name, value) in here
            .0
            .otherwise
            .lock()
            .expect("a lock")
            .as_object()
            .expect("claims")
        {
            claims[name] = value.clone();
        }
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(json!({ "alg": "EdDSA", "kid": "k" })), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(here.0.pair.sign(text.as_bytes()).as_ref());
        Ok(Json(json!({
            "access_token": "canary-access", "token_type": "Bearer", "id_token": format!("{text}.{signature}"),
        })))
    }
}

impl SignIn for Here {
    fn issuer(&self) -> String {
        self.0.issuer.clone()
    }

    async fn sign_in(&self, address: &str, account: &str) -> String {
        let path = address.strip_prefix(&self.0.issuer).expect("an address there");
        let browser = Browser::at(&self.0.issuer);
        let answer = browser.get(&format!("{path}&account={account}")).await;
        location(&answer).expect("the way back")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_profile_at_a_provider_claims_and_another_one_is_told_and_unlocked() {
    on_each_engine(async |world| {
        let story = Story::begin(world, Here::begin().await).await;
        story.lives().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_does_not_hold_binds_nothing_and_says_so() {
    on_each_engine(async |world| {
        let story = Story::begin(world, Here::begin().await).await;
        for (otherwise, why) in [
            (json!({ "nonce": "another" }), "another try"),
            (json!({ "iss": "https://evil.example" }), "another provider"),
            (json!({ "aud": "another" }), "somebody else"),
            (json!({ "exp": 1 }), "time is over"),
        ] {
            *story.provider.0.otherwise.lock().expect("a lock") = otherwise;
            let returned = story.return_as("zoe").await;
            let page = returned.browser.get(&returned.path).await;
            assert_eq!(page.status(), StatusCode::CONFLICT);
            let html = page.text().await.expect("a page");
            assert!(
                html.contains("did not connect your profile") && html.contains(why),
                "{why}: {html}"
            );
            assert!(
                !html.contains("canary") && hidden(&html, "proof").is_none(),
                "{html}"
            );
        }
        *story.provider.0.otherwise.lock().expect("a lock") = json!({});
        let returned = story.return_as("zoe").await;
        let wrong_state = returned.path.replace("state=", "state=x");
        let no_code = returned.path.replace("code=", "error=access_denied&x=");
        for path in [wrong_state.as_str(), no_code.as_str(), "/r/connected"] {
            let page = returned.browser.get(path).await;
            assert_eq!(page.status(), StatusCode::CONFLICT, "{path}");
        }
        // The true answer still works after that; once, as codes do.
        let proof = story.asked(&returned, "zoe@school.example").await;
        let replayed = returned.browser.get(&returned.path).await;
        assert_eq!(replayed.status(), StatusCode::CONFLICT);
        let mended = proof.replacen(|c: char| c.is_ascii_lowercase(), "Z", 1);
        let forged = story.confirm(&returned, &mended).await;
        assert_eq!(forged.status(), StatusCode::CONFLICT);
        // A proof belongs to the way that it came by.
        let other = story.return_as("pat").await;
        let swapped = story.confirm(&other, &proof).await;
        assert_eq!(swapped.status(), StatusCode::CONFLICT);
        assert_eq!(story.row().await.claim, ClaimState::Waiting);
        let campaigns = world.backend.campaigns();
        let view = campaigns
            .view(&story.caller, story.campaign)
            .await
            .expect("there");
        assert_eq!(view.row.claimed, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_that_look_are_led_to_no_provider() {
    on_each_engine(async |world| {
        let story = Story::begin(world, Here::begin().await).await;
        for looker in LOOKERS {
            let browser = world.browser();
            let (path, _) = browser.follow(&format!("/r/{}", story.token)).await;
            let fields = [("step", "connect"), ("provider", story.provider_id.as_str())];
            let request = browser
                .request(reqwest::Method::POST, &path)
                .header("user-agent", looker)
                .header("sec-fetch-site", "same-origin")
                .form(&fields);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{looker}");
            assert!(!answer.headers().contains_key("refresh"), "{looker}");
        }
        // Who keeps no cookies would not be known again, and is told before the way and not after it.
        let forgetful = Browser::without_cookies(&world.url);
        let (_, page) = forgetful.follow(&format!("/r/{}", story.token)).await;
        let token = hidden(&page.text().await.expect("a page"), "token").expect("the token");
        let fields = [
            PRESS,
            ("step", "connect"),
            ("provider", story.provider_id.as_str()),
            ("token", token.as_str()),
        ];
        let answer = forgetful.post("/r/at", &fields).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let html = answer.text().await.expect("a page");
        assert!(html.contains("keeps no cookies"), "{html}");
        assert_eq!(story.row().await.claim, ClaimState::Waiting);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_profiles_at_once_one_has_it() {
    on_each_engine(async |world| {
        let story = Story::begin(world, Here::begin().await).await;
        let mut ready = Vec::new();
        for n in 0..12 {
            let returned = story.return_as(&format!("account-{n}")).await;
            let proof = story
                .asked(&returned, &format!("account-{n}@school.example"))
                .await;
            ready.push((returned, proof));
        }
        let story = &story;
        let answers = ready
            .iter()
            .map(|(returned, proof)| async move { story.confirm(returned, proof).await.status() });
        let answers = futures::future::join_all(answers).await;
        let count = |status| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!(
            (count(StatusCode::SEE_OTHER), count(StatusCode::CONFLICT)),
            (1, 11),
            "{answers:?}"
        );
        assert_eq!(story.row().await.claim, ClaimState::Claimed);
    })
    .await;
}
