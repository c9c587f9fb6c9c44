//! Apps and sign-ins to test with.

use domain::mobile_sessions::{AuthorizeForm, Device, MobileAppForm, TokenForm};

use super::{AskingApp, Issued, Signer, TokenError};
use crate::{Backend, Caller, Client, Secret};

/// The verifier of the example of RFC 7636, and its challenge.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where the app of the tests is called back.
pub(crate) const REDIRECT: &str = "org.example.harbour:/signed-in";

/// A phone.
pub(crate) fn phone() -> Client {
    Client {
        address: Some("192.0.2.44".parse().expect("an address")),
        user_agent: "Harbour/3.2 (Pixel 9; Android 16)".into(),
        device: None,
    }
}

/// What the phone says of itself.
pub(crate) fn device() -> Device {
    Device::told([None; 3], &phone().user_agent)
}

/// A registered app.
pub(crate) async fn app(backend: &Backend, caller: &Caller) -> AskingApp {
    let form = MobileAppForm {
        name: "Harbour".into(),
        redirects: REDIRECT.into(),
    };
    let sessions = backend.mobile_sessions();
    let row = sessions.add_app(caller, &form).await.expect("an app");
    let found = sessions.asking_app(&row.id.to_string()).await.expect("looked up");
    found.expect("registered")
}

/// What the app asks for.
pub(crate) fn asks(app: &AskingApp, scope: &str) -> AuthorizeForm {
    AuthorizeForm {
        response_type: "code".into(),
        client_id: app.id.to_string(),
        redirect_uri: REDIRECT.into(),
        code_challenge: CHALLENGE.into(),
        code_challenge_method: "S256".into(),
        scope: scope.into(),
        state: "xyz".into(),
    }
}

/// A code that somebody allowed.
pub(crate) async fn code(backend: &Backend, caller: &Caller, app: &AskingApp, scope: &str) -> Secret {
    let signer = Signer::admin(caller).expect("an admin");
    let granted = asks(app, scope).asked().expect("a good request");
    let code = backend
        .mobile_sessions()
        .allow(&signer, app, REDIRECT, &granted)
        .await;
    code.expect("a code")
}

/// How the app exchanges a code.
pub(crate) fn exchanges(app: &AskingApp, code: &Secret) -> TokenForm {
    TokenForm {
        grant_type: "authorization_code".into(),
        client_id: app.id.to_string(),
        code: code.reveal().to_owned(),
        redirect_uri: REDIRECT.into(),
        code_verifier: VERIFIER.into(),
        ..TokenForm::default()
    }
}

/// Somebody signs in to an app on a phone.
pub(crate) async fn sign_in(backend: &Backend, caller: &Caller, app: &AskingApp, scope: &str) -> Issued {
    let code = code(backend, caller, app, scope).await;
    let issued = backend
        .mobile_sessions()
        .exchange(&exchanges(app, &code), &device(), &phone())
        .await;
    issued.expect("signed in")
}

/// The app refreshes.
pub(crate) async fn refresh(backend: &Backend, app: &AskingApp, token: &str) -> Result<Issued, TokenError> {
    let form = TokenForm {
        grant_type: "refresh_token".into(),
        client_id: app.id.to_string(),
        refresh_token: token.into(),
        ..TokenForm::default()
    };
    backend
        .mobile_sessions()
        .refresh(&form, &device(), &phone())
        .await
}
