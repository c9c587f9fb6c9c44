//! `/oauth/authorize`: a person lets an app in. It uses our own sign-in: a person who is not signed in signs in first,
//! and comes back.
//!
//! An app that is unknown, or gives a redirect address that it has not registered, gets no answer: the person is told.
//! Every other problem is the app's, and is reported to its redirect address.

use app::mobile_sign_in::{Consent, consent_page, refused_page};
use app::plain::Confirmation;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::mobile_sessions::{AskingApp, Signer};
use domain::mobile_sessions::{AuthorizeForm, Granted, OAuthError, OAuthProblem, with_parameters};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};

use super::AUTHORIZE;
use crate::failure::Failure;
use crate::layers::headers;
use crate::next;
use crate::pages::confirmation::Confirmed;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session;

/// Asks the person.
pub async fn show(
    State(server): State<Server>,
    visit: RequestContext,
    query: Result<Query<AuthorizeForm>, QueryRejection>,
) -> Result<Response, Failure> {
    // A parameter that appears twice is ambiguous, and must not be guessed.
    let form = query.map(|Query(form)| form).unwrap_or_default();
    match ask(&server, &visit, form).await? {
        Step::Answered(response) => Ok(response),
        Step::Asked(asked) => Ok(page(&server, &visit, &asked, Confirmation::Asked)),
    }
}

/// The person has decided: redirects to the app with a code.
pub async fn allow(
    State(server): State<Server>,
    visit: RequestContext,
    sent: Confirmed<AuthorizeForm>,
) -> Result<Response, Failure> {
    let (form, is_pressed) = match sent {
        Confirmed::ByPerson(form) => (form, true),
        Confirmed::ByNobody(form) => (form, false),
    };
    let asked = match ask(&server, &visit, form).await? {
        Step::Answered(response) => return Ok(response),
        Step::Asked(asked) => asked,
    };
    if !is_pressed {
        let mut response = page(&server, &visit, &asked, Confirmation::AskedAgain);
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    }
    let Asked {
        form,
        app,
        granted,
        signer,
    } = &*asked;
    let code = server
        .backend
        .mobile_sessions()
        .allow(signer, app, &form.redirect_uri, granted)
        .await?;
    Ok(called_back(&server, form, &[("code", code.reveal())]))
}

/// What is asked, by which app, of whom.
struct Asked {
    form: AuthorizeForm,
    app: AskingApp,
    granted: Granted,
    signer: Signer,
}

enum Step {
    /// Nothing is left to ask.
    Answered(Response),
    /// The person is asked.
    Asked(Box<Asked>),
}

async fn ask(server: &Server, visit: &RequestContext, form: AuthorizeForm) -> Result<Step, Failure> {
    let app = server
        .backend
        .mobile_sessions()
        .asking_app(&form.client_id)
        .await?;
    let Some(app) = app else {
        let sentence =
            "The app that sent you here is not known, or it was removed. Ask whoever gave you the app.";
        return Ok(refused(server, visit, sentence));
    };
    if !app.is_called_back_at(&form.redirect_uri) {
        let sentence = "The app that sent you here asks to be called back at an address that it is not registered with. \
                        Ask whoever gave you the app.";
        return Ok(refused(server, visit, sentence));
    }
    let granted = match form.asked() {
        Ok(granted) => granted,
        Err(problem) => return Ok(Step::Answered(called_back_with(server, &form, problem))),
    };
    let Some(signer) = signer(server, visit).await? else {
        let here = address(&form);
        return Ok(Step::Answered(
            Redirect::to(&next::sign_in(&here)).into_response(),
        ));
    };
    if signer.organisation != app.organisation {
        let sentence = format!(
            "{} belongs to {}, and you are signed in at {}. Sign out here, and sign in to the app again.",
            app.name, app.organisation_name, signer.organisation_name
        );
        return Ok(refused(server, visit, &sentence));
    }
    Ok(Step::Asked(Box::new(Asked {
        form,
        app,
        granted,
        signer,
    })))
}

/// The signed-in person: with a password, or with a proven mailbox.
async fn signer(server: &Server, visit: &RequestContext) -> Result<Option<Signer>, Failure> {
    if let Some(caller) = session::caller(server, visit).await? {
        return Ok(Signer::admin(&caller));
    }
    let recipient = session::recipient(server, visit).await?;
    Ok(recipient.as_ref().and_then(Signer::recipient))
}

fn page(server: &Server, visit: &RequestContext, asked: &Asked, press: Confirmation) -> Response {
    let consent = Consent {
        app: &asked.app.name,
        organisation: &asked.app.organisation_name,
        name: &asked.signer.name,
        email: &asked.signer.email,
        permissions: asked.granted.permissions,
        form: &asked.form,
        here: &address(&asked.form),
        cancel: &back(server, &asked.form, &[("error", OAuthError::AccessDenied.key())]),
    };
    let html = consent_page(&visit.page(server), &consent, press);
    let mut response = Html(html).into_response();
    // The form eventually leads to the app, which the browser checks against the policy, too.
    if let Ok(policy) = HeaderValue::try_from(headers::plain_leading_to(&source(&asked.form.redirect_uri))) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn refused(server: &Server, visit: &RequestContext, sentence: &str) -> Step {
    let html = refused_page(&visit.page(server), sentence);
    Step::Answered((StatusCode::BAD_REQUEST, Html(html)).into_response())
}

/// The address of this page with the app's parameters, and nothing else.
fn address(form: &AuthorizeForm) -> String {
    with_parameters(
        AUTHORIZE,
        &[
            ("response_type", &form.response_type),
            ("client_id", &form.client_id),
            ("redirect_uri", &form.redirect_uri),
            ("code_challenge", &form.code_challenge),
            ("code_challenge_method", &form.code_challenge_method),
            ("scope", &form.scope),
            ("state", &form.state),
        ],
    )
}

/// The redirect address of an app: with its state, and the issuer (RFC 9207).
fn back(server: &Server, form: &AuthorizeForm, said: &[(&str, &str)]) -> String {
    let more = [("state", &*form.state), ("iss", server.public_url.as_str())];
    with_parameters(&form.redirect_uri, &[said, &more[..]].concat())
}

fn called_back(server: &Server, form: &AuthorizeForm, said: &[(&str, &str)]) -> Response {
    Redirect::to(&back(server, form, said)).into_response()
}

fn called_back_with(server: &Server, form: &AuthorizeForm, problem: OAuthProblem) -> Response {
    let said = [
        ("error", problem.error.key()),
        ("error_description", problem.description),
    ];
    called_back(server, form, &said)
}

/// A registered address, as a policy names it: an app's own scheme, or the origin of a web site. A policy cannot
/// express `[::1]`, and ports on the device itself are the app's choice.
fn source(redirect: &str) -> String {
    let (scheme, rest) = redirect.split_once(':').unwrap_or((redirect, ""));
    match scheme {
        "https" => {
            let host = rest.trim_start_matches('/').split(['/', '?']).next();
            format!("https://{}", host.unwrap_or_default())
        }
        "http" if rest.starts_with("//127.0.0.1") => "http://127.0.0.1:*".into(),
        scheme => format!("{scheme}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_where_the_form_leads_and_no_more() {
        for (redirect, expected) in [
            ("com.example.app:/signed-in?x=1", "com.example.app:"),
            ("https://app.example.org:8443/in", "https://app.example.org:8443"),
            ("http://127.0.0.1:51004/in", "http://127.0.0.1:*"),
            ("http://[::1]:51004/in", "http:"),
        ] {
            assert_eq!(source(redirect), expected);
        }
    }
}
