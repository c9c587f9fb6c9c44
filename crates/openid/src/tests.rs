//! A provider that answers by itself: as it should, and in every way that it must not be believed in.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{Answer, Answering, Ask, Manners, Peer, Pending, Provider, Registration, Trouble};

const ISSUER: &str = "https://login.example.org";
const SECRET: &str = "canary client secret";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("an instant")
}

/// A key pair of a provider.
struct Signer {
    pair: EcdsaKeyPair,
    name: &'static str,
}

impl Signer {
    fn new(name: &'static str) -> Self {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key pair");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Self {
            pair: pair.expect("a key pair"),
            name,
        }
    }

    fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (
            URL_SAFE_NO_PAD.encode(&point[1..33]),
            URL_SAFE_NO_PAD.encode(&point[33..]),
        );
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name, "x": x, "y": y })
    }

    fn sign(&self, claims: &Value) -> String {
        let head = json!({ "alg": "ES256", "kid": self.name, "typ": "JWT" });
        let text = format!("{}.{}", part(&head), part(claims));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), text.as_bytes())
            .expect("signed");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What a provider answers, and what it was asked.
struct Recorded {
    metadata: Mutex<Value>,
    keys: Mutex<Value>,
    id_token: Mutex<String>,
    asked: Mutex<Vec<Request<Vec<u8>>>>,
}

struct Stage {
    recorded: std::sync::Arc<Recorded>,
    peer: Peer,
    signer: Signer,
    pending: Pending,
}

struct Handle(std::sync::Arc<Recorded>);

impl Ask for Handle {
    fn ask(&self, request: Request<Vec<u8>>) -> Answering<'_> {
        let body = match request.uri().path() {
            "/.well-known/openid-configuration" => self.0.metadata.lock().expect("a lock").clone(),
            "/keys" => json!({ "keys": [self.0.keys.lock().expect("a lock").clone()] }),
            "/token" => json!({
                "access_token": "access", "token_type": "Bearer", "expires_in": 60,
                "id_token": *self.0.id_token.lock().expect("a lock"),
            }),
            "/me" => json!({ "sub": "248289761001", "name": "Zoë Müller", "email": "zoe@example.org" }),
            other => panic!("{other} is nothing that a provider is asked for"),
        };
        self.0.asked.lock().expect("a lock").push(request);
        let answer = Response::builder().header("content-type", "application/json");
        Box::pin(async move { Ok(answer.body(body.to_string().into_bytes()).expect("an answer")) })
    }
}

impl Stage {
    fn new() -> Self {
        let signer = Signer::new("first");
        let recorded = std::sync::Arc::new(Recorded {
            metadata: Mutex::new(json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "userinfo_endpoint": format!("{ISSUER}/me"),
                "jwks_uri": format!("{ISSUER}/keys"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                // It would take anything; here nothing of that is believed.
                "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            })),
            keys: Mutex::new(signer.public()),
            id_token: Mutex::default(),
            asked: Mutex::default(),
        });
        Self {
            peer: Peer::new(Handle(recorded.clone())),
            recorded,
            signer,
            pending: Pending::new(&std::array::from_fn(|n| u8::try_from(n).expect("small"))),
        }
    }

    fn registration(&self) -> Registration {
        Registration {
            client_id: "tokenwright".into(),
            client_secret: Zeroizing::new(SECRET.into()),
            redirect: "https://tokens.example.org/r/connected".into(),
            manners: Manners::default(),
        }
    }

    /// What the provider was told to put into the ID token.
    fn nonce(&self) -> String {
        let way = self.way("nonce");
        way.expect("a nonce")
    }

    fn way(&self, name: &str) -> Option<String> {
        let provider = futures_now(Provider::discover(&self.peer, ISSUER)).expect("a provider");
        let way = provider
            .way(&self.registration(), &self.pending)
            .expect("an address");
        parameter(&way, name)
    }

    fn claims(&self) -> Value {
        json!({
            "iss": ISSUER, "aud": "tokenwright", "sub": "248289761001", "nonce": self.nonce(),
            "iat": now().timestamp(), "exp": now().timestamp() + 300,
            "name": "Zoë Müller", "email": "zoe@example.org", "email_verified": true,
        })
    }

    fn answer(&self) -> Answer {
        Answer {
            code: "the code".into(),
            state: self.pending.state().into(),
            ..Answer::default()
        }
    }

    async fn identify(&self, id_token: String, answer: &Answer) -> Result<crate::Identity, Trouble> {
        self.identify_with(id_token, answer, self.registration()).await
    }

    async fn identify_with(
        &self,
        id_token: String,
        answer: &Answer,
        registration: Registration,
    ) -> Result<crate::Identity, Trouble> {
        let provider = Provider::discover(&self.peer, ISSUER).await.expect("a provider");
        *self.recorded.id_token.lock().expect("a lock") = id_token;
        provider
            .identify(&self.peer, &registration, &self.pending, answer, now())
            .await
    }

    fn times_asked(&self, path: &str) -> usize {
        let asked = self.recorded.asked.lock().expect("a lock");
        asked
            .iter()
            .filter(|request| request.uri().path() == path)
            .count()
    }

    async fn distrusts(&self, what: &str, id_token: String, why: &str) {
        let refused = self.identify(id_token, &self.answer()).await;
        let Err(Trouble::Distrusted(said)) = refused else {
            panic!("{what}: {refused:?}")
        };
        assert!(said.contains(why), "{what}: {said}");
    }
}

/// What recorded answers come to: they never wait.
fn futures_now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("recorded answers do not wait"),
    }
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{name}=")))
        .map(str::to_owned)
}

#[tokio::test]
async fn a_profile_is_proven_with_everything_that_belongs_to_it() {
    let stage = Stage::new();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "tokenwright"),
        ("prompt", "select_account"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https%3A%2F%2Ftokens.example.org%2Fr%2Fconnected"),
        ("scope", "openid+profile+email"),
        ("state", stage.pending.state()),
    ] {
        assert_eq!(stage.way(name).as_deref(), Some(value), "{name}");
    }
    let id_token = stage.signer.sign(&stage.claims());
    let identity = stage
        .identify(id_token, &stage.answer())
        .await
        .expect("a profile");
    assert_eq!(
        (identity.issuer.as_str(), identity.subject.as_str()),
        (ISSUER, "248289761001")
    );
    assert_eq!(identity.email.as_deref(), Some("zoe@example.org"));
    assert!(identity.is_email_proven);

    let asked = stage.recorded.asked.lock().expect("a lock");
    let request = asked
        .iter()
        .find(|request| request.uri().path() == "/token")
        .expect("asked");
    let body = String::from_utf8(request.body().clone()).expect("text");
    for needed in [
        "grant_type=authorization_code",
        "code=the+code",
        "code_verifier=",
        "redirect_uri=https",
    ] {
        assert!(body.contains(needed), "{needed} in {body}");
    }
    let basic = STANDARD.encode("tokenwright:canary+client+secret");
    assert_eq!(request.headers()["authorization"], format!("Basic {basic}"));
    assert!(!body.contains("canary"), "the secret stands in one place");
}

#[tokio::test]
async fn an_answer_to_another_try_is_sent_nowhere() {
    let stage = Stage::new();
    let good = stage.signer.sign(&stage.claims());
    let wrong_state = Answer {
        state: "another".into(),
        ..stage.answer()
    };
    let no_state = Answer {
        state: String::new(),
        ..stage.answer()
    };
    for answer in [wrong_state, no_state] {
        assert_eq!(
            stage.identify(good.clone(), &answer).await,
            Err(Trouble::OtherState)
        );
    }
    let mixed_up = Answer {
        iss: "https://evil.example".into(),
        ..stage.answer()
    };
    let refused = stage.identify(good.clone(), &mixed_up).await;
    assert!(matches!(refused, Err(Trouble::Distrusted(_))), "{refused:?}");
    let denied = Answer {
        error: "access_denied".into(),
        code: String::new(),
        ..stage.answer()
    };
    let refused = stage.identify(good.clone(), &denied).await;
    assert_eq!(refused, Err(Trouble::Refused("access_denied".into())));
    assert_eq!(stage.times_asked("/token"), 0, "nothing was sent");

    // A provider that says it names itself in each answer is not believed when it does not.
    stage.recorded.metadata.lock().expect("a lock")["authorization_response_iss_parameter_supported"] =
        true.into();
    let refused = stage.identify(good.clone(), &stage.answer()).await;
    assert!(matches!(refused, Err(Trouble::Distrusted(_))), "{refused:?}");
    let named = Answer {
        iss: ISSUER.into(),
        ..stage.answer()
    };
    assert!(stage.identify(good, &named).await.is_ok());
}

#[tokio::test]
async fn an_id_token_is_believed_only_when_everything_in_it_is_right() {
    let stage = Stage::new();
    let with = |field: &str, value: Value| {
        let mut claims = stage.claims();
        claims[field] = value;
        stage.signer.sign(&claims)
    };
    let another = || json!("another");
    stage
        .distrusts("nonce", with("nonce", another()), "another try")
        .await;
    stage
        .distrusts("no nonce", with("nonce", Value::Null), "which try")
        .await;
    let evil = json!("https://evil.example");
    stage
        .distrusts("issuer", with("iss", evil), "another provider")
        .await;
    stage
        .distrusts("audience", with("aud", another()), "somebody else")
        .await;
    let two = json!(["tokenwright", "another"]);
    stage
        .distrusts("two audiences", with("aud", two), "somebody else")
        .await;
    let over = json!((now() - TimeDelta::seconds(1)).timestamp());
    stage
        .distrusts("expired", with("exp", over), "time is over")
        .await;

    let unsigned = |algorithm: &str, signature: &str| {
        let head = json!({ "alg": algorithm, "typ": "JWT" });
        format!("{}.{}.{signature}", part(&head), part(&stage.claims()))
    };
    for (what, id_token) in [
        ("none", unsigned("none", "")),
        ("None", unsigned("None", "")),
        ("hmac", hmac_signed(&stage)),
        ("another's key", Signer::new("first").sign(&stage.claims())),
    ] {
        let refused = stage.identify(id_token, &stage.answer()).await;
        assert!(refused.is_err(), "{what}: {refused:?}");
        assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
    }
    let good = stage.signer.sign(&stage.claims());
    let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    let mut claims = stage.claims();
    claims["sub"] = json!("1");
    parts[1] = part(&claims);
    stage
        .distrusts("changed claims", parts.join("."), "signature")
        .await;
    assert!(
        stage.identify(good, &stage.answer()).await.is_ok(),
        "the same without a change"
    );
}

/// Signed with the secret that both sides share, which the provider says it may do.
fn hmac_signed(stage: &Stage) -> String {
    let head = json!({ "alg": "HS256", "typ": "JWT" });
    let text = format!("{}.{}", part(&head), part(&stage.claims()));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = ring::hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

#[tokio::test]
async fn a_key_that_is_new_is_asked_for_once() {
    let stage = Stage::new();
    let second = Signer::new("second");
    let claims = stage.claims();
    let provider = Provider::discover(&stage.peer, ISSUER).await.expect("a provider");
    *stage.recorded.id_token.lock().expect("a lock") = second.sign(&claims);
    *stage.recorded.keys.lock().expect("a lock") = second.public();
    let before = stage.times_asked("/keys");
    let identity = provider
        .identify(
            &stage.peer,
            &stage.registration(),
            &stage.pending,
            &stage.answer(),
            now(),
        )
        .await;
    assert!(identity.is_ok(), "{identity:?}");
    assert_eq!(stage.times_asked("/keys"), before + 1);

    *stage.recorded.id_token.lock().expect("a lock") = Signer::new("third").sign(&claims);
    let refused = provider
        .identify(
            &stage.peer,
            &stage.registration(),
            &stage.pending,
            &stage.answer(),
            now(),
        )
        .await;
    assert!(matches!(refused, Err(Trouble::Distrusted(_))), "{refused:?}");
    assert_eq!(stage.times_asked("/keys"), before + 2);
}

#[tokio::test]
async fn name_and_address_come_from_the_profile_where_the_id_token_has_none() {
    let stage = Stage::new();
    let mut claims = stage.claims();
    for field in ["name", "email", "email_verified"] {
        claims[field] = Value::Null;
    }
    let identity = stage
        .identify(stage.signer.sign(&claims), &stage.answer())
        .await
        .expect("a profile");
    assert_eq!(identity.name.as_deref(), Some("Zoë Müller"));
    assert_eq!(identity.email.as_deref(), Some("zoe@example.org"));
    assert!(!identity.is_email_proven, "the provider does not say so");

    // What is said of another profile is not taken over.
    claims["sub"] = json!("another");
    let identity = stage
        .identify(stage.signer.sign(&claims), &stage.answer())
        .await
        .expect("a profile");
    assert_eq!((identity.name, identity.email), (None, None));
}

#[tokio::test]
async fn a_provider_with_manners_of_its_own_is_spoken_to_in_its_way() {
    let stage = Stage::new();
    let registration = Registration {
        manners: Manners {
            secret_in_body: true,
            no_pkce: true,
            no_nonce: true,
        },
        ..stage.registration()
    };
    let mut claims = stage.claims();
    claims["nonce"] = Value::Null;
    let id_token = stage.signer.sign(&claims);
    let identity = stage
        .identify_with(id_token, &stage.answer(), registration.clone())
        .await;
    assert!(identity.is_ok(), "{identity:?}");
    {
        let asked = stage.recorded.asked.lock().expect("a lock");
        let request = asked
            .iter()
            .find(|request| request.uri().path() == "/token")
            .expect("asked");
        let body = String::from_utf8(request.body().clone()).expect("text");
        assert!(body.contains("client_secret=canary") && !body.contains("code_verifier"));
        assert!(!request.headers().contains_key("authorization"));
    }
    claims["nonce"] = json!("another");
    let refused = stage
        .identify_with(stage.signer.sign(&claims), &stage.answer(), registration)
        .await;
    assert!(
        matches!(refused, Err(Trouble::Distrusted(_))),
        "a wrong one: {refused:?}"
    );
}

#[tokio::test]
async fn a_provider_is_the_one_that_it_should_be() {
    let stage = Stage::new();
    stage.recorded.metadata.lock().expect("a lock")["issuer"] = json!("https://evil.example");
    let refused = Provider::discover(&stage.peer, ISSUER).await;
    assert!(matches!(refused, Err(Trouble::Strange(_))), "{refused:?}");
    *stage.recorded.metadata.lock().expect("a lock") = json!({ "issuer": ISSUER });
    let refused = Provider::discover(&stage.peer, ISSUER).await;
    assert!(matches!(refused, Err(Trouble::Strange(_))), "{refused:?}");
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let stage = Stage::new();
    let printed = format!(
        "{:?} {:?} {:?}",
        stage.registration(),
        stage.pending,
        stage.answer()
    );
    assert!(
        !printed.contains("canary") && !printed.contains(stage.pending.state()),
        "{printed}"
    );
    assert!(!printed.contains("the code"), "{printed}");
}
