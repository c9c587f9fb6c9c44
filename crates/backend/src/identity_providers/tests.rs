//! Stories of sign-in providers, on both engines. No network is used: the providers' metadata is recorded.

use domain::Refusal;
use domain::identity_providers::ProviderForm;
use openid::{Answering, Ask, Request, Response, Trouble};
use serde_json::json;

use crate::error::Error;
use crate::people::testing::owner;
use crate::testing::{World, on_each_engine};
use crate::{Backend, Caller};

/// A provider at this address, and at no other.
const ISSUER: &str = "https://login.example.org";

struct Recorded;

impl Ask for Recorded {
    fn ask(&self, request: Request<Vec<u8>>) -> Answering<'_> {
        Box::pin(async move {
            let address = request.uri().to_string();
            let Some(path) = address.strip_prefix(ISSUER) else {
                return Err(Trouble::Unreachable("nobody is there".into()));
            };
            let body = match path {
                "/.well-known/openid-configuration" => json!({
                    "issuer": ISSUER,
                    "authorization_endpoint": format!("{ISSUER}/authorize"),
                    "token_endpoint": format!("{ISSUER}/token"),
                    "jwks_uri": format!("{ISSUER}/keys"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                }),
                _ => json!({ "keys": [] }),
            };
            let answer = Response::builder().header("content-type", "application/json");
            Ok(answer.body(body.to_string().into_bytes()).expect("an answer"))
        })
    }
}

fn form() -> ProviderForm {
    ProviderForm {
        template: "other".into(),
        label: "School".into(),
        issuer: ISSUER.into(),
        client_id: "tokenwright".into(),
        client_secret: "canary client secret".into(),
        enabled: "on".into(),
    }
}

async fn ready(world: &World) -> (&Backend, Caller) {
    world.backend.providers.let_answer(Recorded);
    (&world.backend, owner(&world.backend).await)
}

fn field<T: std::fmt::Debug>(answer: crate::Result<T>) -> String {
    match answer {
        Err(Error::Refused(Refusal::Invalid(problems))) => {
            problems.first_field().unwrap_or_default().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_provider_is_set_up_changed_and_removed_and_its_secret_is_never_seen_again() {
    on_each_engine(async |world| {
        let (backend, ada) = ready(world).await;
        let providers = backend.identity_providers();
        let row = providers.add(&ada, &form()).await.expect("set up");
        let list = providers.list(&ada).await.expect("a list");
        assert_eq!(list.rows, std::slice::from_ref(&row));
        assert_eq!(list.redirect, "https://tokens.example.org/r/connected");
        assert!(!format!("{list:?}").contains("canary"));

        let renamed = ProviderForm {
            label: "The school".into(),
            ..row.form()
        };
        let row = providers
            .edit(&ada, row.id, &renamed)
            .await
            .expect("the secret stays");
        assert_eq!(row.label, "The school");
        let begun = super::begin(backend, ada.organisation(), row.id)
            .await
            .expect("the way");
        assert!(
            begun.address.starts_with(&format!("{ISSUER}/authorize?")),
            "{}",
            begun.address
        );
        assert!(!begun.address.contains("canary"));

        // A secret goes only to the party that it was typed for.
        let other_client = ProviderForm {
            client_id: "another".into(),
            ..row.form()
        };
        assert_eq!(
            field(providers.edit(&ada, row.id, &other_client).await),
            "client_secret"
        );

        let off = ProviderForm {
            enabled: String::new(),
            ..row.form()
        };
        providers.edit(&ada, row.id, &off).await.expect("not offered");
        let begun = super::begin(backend, ada.organisation(), row.id).await;
        assert!(matches!(begun, Err(Error::Refused(Refusal::NotFound))));

        providers.remove(&ada, row.id).await.expect("removed");
        assert!(providers.list(&ada).await.expect("a list").rows.is_empty());
        let gone = providers.get(&ada, row.id).await;
        assert!(matches!(gone, Err(Error::Refused(Refusal::NotFound))));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_provider_is_refused_at_its_field() {
    on_each_engine(async |world| {
        let (backend, ada) = ready(world).await;
        let providers = backend.identity_providers();
        let nobody = ProviderForm {
            issuer: "https://nobody.example.org".into(),
            ..form()
        };
        assert_eq!(field(providers.add(&ada, &nobody).await), "issuer");
        // Its name for itself differs: with a trailing slash it would be a different provider.
        let slash = ProviderForm {
            issuer: format!("{ISSUER}/"),
            ..form()
        };
        assert_eq!(field(providers.add(&ada, &slash).await), "issuer");
        let no_secret = ProviderForm {
            client_secret: String::new(),
            ..form()
        };
        assert_eq!(field(providers.add(&ada, &no_secret).await), "client_secret");
        assert!(providers.list(&ada).await.expect("a list").rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn secrets_are_moved_to_the_key_that_makes() {
    on_each_engine(async |world| {
        let (backend, ada) = ready(world).await;
        let row = backend
            .identity_providers()
            .add(&ada, &form())
            .await
            .expect("set up");
        let before = backend.keys.making();
        let mut conn = backend.db.read().await.expect("a reader");
        assert_eq!((super::KEPT.keys)(&mut conn).await.expect("keys"), [before]);
        assert_eq!((super::KEPT.count)(&mut conn, before).await.expect("a count"), 1);
        assert_eq!(
            (super::KEPT.samples)(&mut conn, before)
                .await
                .expect("samples")
                .len(),
            1
        );
        drop(conn);

        let keys = [backend.keys.held(), vec![crate::keys::Key::new(before + 1, None)]].concat();
        backend.keys.take(keys);
        assert!(backend.keys.make_with(before + 1));
        let slice = (super::KEPT.move_slice)(backend, before, uuid::Uuid::nil())
            .await
            .expect("moved");
        assert_eq!((slice.moved, slice.unreadable.len()), (1, 0));
        let mut conn = backend.db.read().await.expect("a reader");
        assert_eq!((super::KEPT.keys)(&mut conn).await.expect("keys"), [before + 1]);
        drop(conn);
        let begun = super::begin(backend, ada.organisation(), row.id).await;
        assert!(begun.is_ok(), "it is opened as before");
    })
    .await;
}
