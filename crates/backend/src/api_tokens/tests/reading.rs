//! Tokens that are not known yet, presented at the same moment.

use super::*;

/// Everything that is presented, all at once: which of them are let in, and as which token.
async fn all_at_once(backend: &Backend, secrets: &[String]) -> Vec<Option<domain::TokenId>> {
    let presented = secrets.iter().map(async |secret| {
        let tokens = backend.api_tokens();
        let known = tokens.authenticate(secret, &from("192.0.2.7")).await.ok()?;
        Some(tokens.myself(&known.caller).ok()?.id)
    });
    futures::future::join_all(presented).await
}

#[tokio::test]
async fn each_of_many_gets_its_own_and_what_opens_nothing_stays_out() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let mut tokens = Vec::new();
        // More than are read at once.
        for n in 0..150 {
            tokens.push(made(backend, &ada, &form(&format!("Token {n}"))).await);
        }
        let replaced = made(backend, &ada, &form("Rotated")).await;
        let grace = RotateForm {
            grace: "24h".into(),
            until_first_use: false,
        };
        let new = backend.api_tokens().rotate(&ada, replaced.id, &grace).await;
        let new = new.expect("rotated");
        let revoked = made(backend, &ada, &form("Revoked")).await;
        backend
            .api_tokens()
            .revoke(&ada, revoked.id)
            .await
            .expect("revoked");

        let mut secrets: Vec<String> = tokens.iter().map(|token| token.secret.clone()).collect();
        let mut expected: Vec<_> = tokens.iter().map(|token| Some(token.id)).collect();
        let unknown = crate::clock::Random.prefixed(domain::prefixed::Prefix::API);
        for (secret, id) in [
            (replaced.secret.clone(), Some(replaced.id)),
            (new.secret.clone(), Some(replaced.id)),
            (revoked.secret.clone(), None),
            (unknown.reveal().to_owned(), None),
            // The same twice.
            (tokens[7].secret.clone(), Some(tokens[7].id)),
        ] {
            secrets.insert(secrets.len() / 2, secret);
            expected.insert(expected.len() / 2, id);
        }
        backend.keep_tokens_in_memory(10_000);
        assert_eq!(all_at_once(backend, &secrets).await, expected, "none was known");
        assert_eq!(all_at_once(backend, &secrets).await, expected, "most are known");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_keeps_nobody_else_out() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let [one, damaged, other] = [
            made(backend, &ada, &form("One")).await,
            made(backend, &ada, &form("Damaged")).await,
            made(backend, &ada, &form("Other")).await,
        ];
        let mut tx = backend.database().write().await.expect("a transaction");
        tx.query("UPDATE tokens SET kind = 'nothing_of_this_kind' WHERE id = $1")
            .bind(damaged.id)
            .run()
            .await
            .expect("damaged");
        tx.commit().await.expect("committed");
        backend.keep_tokens_in_memory(10_000);
        let secrets = [&one, &damaged, &other].map(|token| token.secret.clone());
        assert_eq!(
            all_at_once(backend, &secrets).await,
            [Some(one.id), None, Some(other.id)]
        );
        let fault = let_in(backend, &damaged).await;
        assert!(matches!(fault, Err(Denied::Fault(_))), "it is told as what it is");
    })
    .await;
}

#[tokio::test]
async fn what_a_token_is_told_is_the_same_until_something_about_it_changes() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let token = made(backend, &ada, &form("Nightly")).await;
        let tokens = backend.api_tokens();
        let caller = let_in(backend, &token).await.expect("let in");
        let before = tokens.told(&caller).expect("a token");
        assert_eq!(tokens.told(&caller).as_ref(), Some(&before));
        assert_eq!(before.token(), token.id);
        assert_eq!(before.view(), tokens.myself(&caller).expect("itself"));
        assert_eq!(tokens.told(&ada), None, "a person is told something else");

        let mut blind = caller.clone();
        blind.permissions = domain::Permissions::NONE;
        assert_ne!(tokens.told(&blind), Some(before.clone()), "it may do less");

        let renamed = form("Weekly").parse().expect("a good form");
        tokens.edit(&ada, token.id, &renamed).await.expect("renamed");
        let caller = let_in(backend, &token).await.expect("let in");
        let after = tokens.told(&caller).expect("a token");
        assert_ne!(after, before);
        assert_eq!(after.view().name, "Weekly");
    })
    .await;
}
