//! What everybody may fetch of a credential: its page, its forms, its issuer's keys, and the lists of what was revoked.

use app::claims::{
    NETWORK, Sharing, VerifyPage, VerifyStep, credential_page, embedded_page, gone_page, share_address,
    share_page, verify_page,
};
use app::plain::{Confirmation, Wrong};
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::Error;
use backend::campaigns::Form;
use credentials::verification::Report;
use domain::campaigns::CampaignForm;
use domain::campaigns::claims::{PublicCredential, ShareTo};
use domain::{CredentialId, OrganisationId, Refusal};
use http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderName, VARY,
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::confirmation::Confirmed;
use super::fields::At;
use crate::failure::Failure;
use crate::layers::headers;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::Admin;

static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The longest file that is verified.
pub const LARGEST: usize = 4 * 1024 * 1024;

/// How the page was reached.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Reached {
    claimed: String,
    /// `?embed`: in a frame of another site.
    embed: Option<String>,
}

/// A credential: its page for people, its document for programs, and its files by their endings.
pub async fn credential(
    State(server): State<Server>,
    visit: RequestContext,
    At(name): At<String>,
    Query(reached): Query<Reached>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (id, form) = match name.split_once('.') {
        Some((id, ending)) => (id, Form::from_ending(ending).map(Some)),
        None => (name.as_str(), Some(wanted(&headers))),
    };
    let (Ok(id), Some(form)) = (id.parse::<CredentialId>(), form) else {
        return Ok(gone(&server, &visit));
    };
    match form {
        Some(form) => document(&server, &visit, id, form).await,
        None if reached.embed.is_some() => embedded(&server, &visit, id).await,
        None => match server.backend.campaigns().public(id).await? {
            Some(credential) => {
                let is_theirs = !reached.claimed.is_empty();
                Ok(page(&server, &visit, &credential, is_theirs, Confirmation::Asked))
            }
            None => Ok(gone(&server, &visit)),
        },
    }
}

/// The public page, whose forms lead on to the network of professionals.
fn page(
    server: &Server,
    visit: &RequestContext,
    credential: &PublicCredential,
    is_theirs: bool,
    press: Confirmation,
) -> Response {
    let html = credential_page(
        &visit.page(server),
        credential,
        is_theirs,
        Sharing::Counted(press),
    );
    let head = [
        (VARY, "accept".to_owned()),
        (CONTENT_SECURITY_POLICY, headers::plain_leading_to(NETWORK)),
    ];
    (head, Html(html)).into_response()
}

/// Where somebody shares a credential.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shared {
    to: String,
}

/// Counts that a credential was shared, and leads where it is.
pub async fn share(
    State(server): State<Server>,
    visit: RequestContext,
    At(id): At<CredentialId>,
    sent: Confirmed<Shared>,
) -> Result<Response, Failure> {
    let campaigns = server.backend.campaigns();
    let (Confirmed::ByPerson(Shared { to }) | Confirmed::ByNobody(Shared { to })) = &sent;
    let to = ShareTo::from_key(to).ok_or(Failure(Wrong::Malformed))?;
    let found = match &sent {
        Confirmed::ByPerson(_) => campaigns.share(id).await?,
        Confirmed::ByNobody(_) => campaigns.public(id).await?,
    };
    let Some(credential) = found else {
        return Ok(gone(&server, &visit));
    };
    if !credential.is_good() {
        return Ok(Redirect::to(&format!("/c/{id}")).into_response());
    }
    if matches!(sent, Confirmed::ByNobody(_)) {
        let again = page(&server, &visit, &credential, false, Confirmation::AskedAgain);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    Ok(match share_address(&credential, to) {
        Some(address) => Redirect::to(&address).into_response(),
        None => Html(share_page(&visit.page(&server), &credential)).into_response(),
    })
}

/// The page for frames of other sites. What is gone is told there, too: an empty frame would say nothing.
async fn embedded(server: &Server, visit: &RequestContext, id: CredentialId) -> Result<Response, Failure> {
    let found = server.backend.campaigns().public(id).await?;
    let status = if found.is_some() {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let head = [
        (CONTENT_SECURITY_POLICY, headers::EMBEDDED),
        (RESOURCE_POLICY.clone(), "cross-origin"),
        (VARY, "accept"),
    ];
    let page = embedded_page(&visit.page(server), found.as_ref());
    Ok((status, head, Html(page)).into_response())
}

/// The form that a program asks for; `None` for a person, whose browser asks for a page.
fn wanted(headers: &HeaderMap) -> Option<Form> {
    let accept = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/json");
    for kind in accept.split(',') {
        match kind.split(';').next().unwrap_or_default().trim() {
            "text/html" | "application/xhtml+xml" => return None,
            "application/json"
            | "application/ld+json"
            | "application/vc+ld+json"
            | "application/vc"
            | "*/*" => {
                return Some(Form::Json);
            }
            "application/vc+jwt" | "application/jwt" | "text/plain" => return Some(Form::Jwt),
            "image/png" => return Some(Form::Png),
            "image/svg+xml" => return Some(Form::Svg),
            "application/pdf" => return Some(Form::Pdf),
            _ => {}
        }
    }
    Some(Form::Json)
}

async fn document(
    server: &Server,
    visit: &RequestContext,
    id: CredentialId,
    form: Form,
) -> Result<Response, Failure> {
    let Some(found) = server.backend.campaigns().document(id, form).await? else {
        return Ok(gone(server, visit));
    };
    let (media_type, ending) = match form {
        Form::Json => ("application/json", "json"),
        Form::Jwt => ("text/plain; charset=utf-8", "jwt"),
        Form::Pdf => ("application/pdf", "pdf"),
        Form::Png => ("image/png", "png"),
        Form::Svg => ("image/svg+xml", "svg"),
        Form::Hosted(hosted) => ("application/json", hosted.ending()),
    };
    let disposition = super::files::named("inline", &format!("{}.{ending}", found.name));
    let head = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (VARY, "accept".into()),
        (CACHE_CONTROL, "public, max-age=60".into()),
    ];
    Ok((for_everybody(), head, found.bytes).into_response())
}

/// Other sites may read it.
fn for_everybody() -> [(HeaderName, &'static str); 2] {
    [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (RESOURCE_POLICY.clone(), "cross-origin"),
    ]
}

fn gone(server: &Server, visit: &RequestContext) -> Response {
    (StatusCode::NOT_FOUND, Html(gone_page(&visit.page(server)))).into_response()
}

/// The document with an issuer's keys.
pub async fn issuer(
    State(server): State<Server>,
    At(organisation): At<OrganisationId>,
) -> Result<Response, Failure> {
    let found = server.backend.campaigns().issuer_document(organisation).await?;
    let text = found.ok_or_else(Failure::not_found)?;
    let head = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    Ok((for_everybody(), head, text).into_response())
}

/// A status list: `7` as JSON, `7.jwt` as JWT.
pub async fn status_list(State(server): State<Server>, At(name): At<String>) -> Result<Response, Failure> {
    let number = name.strip_suffix(".jwt").unwrap_or(&name);
    let as_jwt = number.len() < name.len();
    let number: i64 = number.parse().map_err(|_| Failure::not_found())?;
    let found = server.backend.campaigns().status_list(number, as_jwt).await?;
    let text = found.ok_or_else(Failure::not_found)?;
    let media_type = if as_jwt {
        "text/plain; charset=utf-8"
    } else {
        "application/json"
    };
    let head = [(CONTENT_TYPE, media_type), (CACHE_CONTROL, "public, max-age=60")];
    Ok((for_everybody(), head, text).into_response())
}

/// A design to look at.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    kind: String,
    template: String,
    colour: String,
}

/// A picture of a design, with a sample recipient.
pub async fn preview(
    State(server): State<Server>,
    Admin(caller): Admin,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let form = CampaignForm {
        kind: wanted.kind,
        template: wanted.template,
        colour: wanted.colour,
        title: "Safety at work".into(),
        description: "Knows what to do when something burns, leaks or falls.".into(),
        criteria: "Passed the test.".into(),
        ..CampaignForm::default()
    };
    let picture = server.backend.campaigns().preview(&caller, &form).await?;
    Ok(([(CONTENT_TYPE, "image/png")], picture).into_response())
}

/// What is to be checked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ToCheck {
    credential: String,
}

/// The form that takes a credential, and, for one of this installation, each step of its check.
pub async fn ask(
    State(server): State<Server>,
    visit: RequestContext,
    Query(wanted): Query<ToCheck>,
) -> Result<Response, Failure> {
    let page = visit.page(&server);
    let Ok(id) = wanted.credential.parse::<CredentialId>() else {
        return Ok(Html(verify_page(&page, None, None)).into_response());
    };
    let Some(found) = server.backend.campaigns().document(id, Form::Json).await? else {
        return Ok(gone(&server, &visit));
    };
    // Who looks has nothing fetched: it is this site's own.
    let text = String::from_utf8_lossy(&found.bytes);
    let report = server.backend.campaigns().verify(&text, &|_| None).await?;
    let checked = shown(&server, report).await?;
    Ok(Html(verify_page(&page, Some(&checked), None)).into_response())
}

/// Checks what was sent.
pub async fn verify(
    State(server): State<Server>,
    visit: RequestContext,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Failure> {
    let mut form = form.map_err(|_| Failure(Wrong::Malformed))?;
    let (mut sent, mut address, mut email) = (Vec::new(), String::new(), String::new());
    while let Some(field) = form.next_field().await.map_err(|_| Failure(Wrong::Malformed))? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|_| Failure(Wrong::TooLarge))?;
        let text = || String::from_utf8_lossy(&bytes).trim().to_owned();
        match name.as_str() {
            "address" => address = text(),
            "email" => email = text(),
            _ if sent.is_empty() => sent = bytes.to_vec(),
            _ => {}
        }
    }
    let page = visit.page(&server);
    let found = if !sent.is_empty() {
        credentials::verification::extract(&sent).map_err(|error| Refusal::at("file", error.to_string()))
    } else if !address.is_empty() {
        at_address(&server, &visit, &address).await?
    } else {
        let sentence = "Choose a file, paste the text of a credential, or write its address.";
        Err(Refusal::at("file", sentence))
    };
    let found = match found {
        // A text, or what a picture holds, may be the address of something of this site.
        Ok(text) if server.backend.campaigns().credential_at(&text).is_some() => {
            at_address(&server, &visit, &text).await?
        }
        found => found,
    };
    match found {
        Ok(text) => {
            let campaigns = server.backend.campaigns();
            let mut report = campaigns.verify_for(&text, &visit.client).await?;
            if !email.is_empty() {
                report.check_recipient(&email);
            }
            let checked = shown(&server, report).await?;
            Ok(Html(verify_page(&page, Some(&checked), None)).into_response())
        }
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok((status, Html(verify_page(&page, None, Some(&refusal)))).into_response())
        }
    }
}

/// The credential behind an address: of this site from the database, of another one from there.
async fn at_address(
    server: &Server,
    visit: &RequestContext,
    address: &str,
) -> Result<Result<String, Refusal>, Failure> {
    let campaigns = server.backend.campaigns();
    let Some(id) = campaigns.credential_at(address) else {
        return Ok(match campaigns.fetch_credential(address, &visit.client).await {
            Ok(file) => credentials::verification::extract(&file)
                .map_err(|error| Refusal::at("address", error.to_string())),
            Err(Error::Refused(refusal @ (Refusal::Invalid(_) | Refusal::TooMany { .. }))) => Err(refusal),
            Err(error) => return Err(error.into()),
        });
    };
    Ok(match campaigns.document(id, Form::Json).await? {
        Some(found) => Ok(String::from_utf8_lossy(&found.bytes).into_owned()),
        None => Err(Refusal::at(
            "address",
            "No credential validates under this address.",
        )),
    })
}

/// What a check came to, as the page shows it.
async fn shown(server: &Server, report: Report) -> Result<VerifyPage, Failure> {
    let campaigns = server.backend.campaigns();
    let is_valid = report.is_valid();
    let content = report.credential.unwrap_or_default();
    let text = |path: &str| {
        content
            .pointer(path)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let issuer_id = [text("/issuer/id"), text("/issuer")].concat();
    let own = match campaigns.credential_at(&text("/id")) {
        Some(id) => campaigns.public(id).await?,
        None => None,
    };
    // What this site keeps as an Open Badge 2.0 names its issuer by an address of its own. Anybody can sign any id, so it is
    // the issuer that tells.
    let own = own.filter(|own| {
        is_valid && (own.issuer_id == issuer_id || campaigns.credential_at(&issuer_id) == Some(own.id))
    });
    let facts = [
        ("Recipient", recipient_of(&content)),
        ("Issuer", text("/issuer/name")),
        ("Issuer's identifier", issuer_id),
        ("Issued", day(&text("/validFrom"))),
        ("Valid until", day(&text("/validUntil"))),
    ];
    Ok(VerifyPage {
        is_valid,
        is_known: own.is_some(),
        site: report.site,
        name: text("/name"),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        steps: report
            .steps
            .into_iter()
            .map(|step| VerifyStep {
                label: step.check.label(),
                passed: step.passed,
                found: step.found,
            })
            .collect(),
    })
}

/// The name that a credential tells of its recipient in words that are not hashed.
fn recipient_of(content: &serde_json::Value) -> String {
    let identifiers = content.pointer("/credentialSubject/identifier");
    let identifiers = match identifiers {
        Some(serde_json::Value::Array(many)) => many.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let name = identifiers
        .iter()
        .find(|one| one["identityType"] == "name" && one["hashed"] == false)
        .and_then(|one| one["identityHash"].as_str());
    let name = name.or_else(|| content.pointer("/credentialSubject/name")?.as_str());
    name.unwrap_or_default().to_owned()
}

/// The day of an instant as it stands in a credential; what is none, as it is.
fn day(instant: &str) -> String {
    match chrono::DateTime::parse_from_rfc3339(instant) {
        Ok(at) => at.format("%-d %b %Y").to_string(),
        Err(_) => instant.to_owned(),
    }
}
