//! `/c/{id}`: the public page of a credential.

use domain::campaigns::CredentialState;
use domain::campaigns::claims::PublicCredential;
use leptos::prelude::*;

use crate::plain::{Art, Card, PageContext, Preview};

/// The public page of a credential. `is_theirs`: it is opened by the person who just claimed it.
pub fn credential_page(context: &PageContext<'_>, credential: &PublicCredential, is_theirs: bool) -> String {
    let card = Card {
        title: format!("{}: {}", credential.title, credential.recipient),
        art: Art::Mark,
        heading: credential.title.clone(),
    };
    let preview = Preview {
        title: format!("{}: {}", credential.title, credential.recipient),
        description: credential.description.clone(),
        address: credential.address.clone(),
        image: format!("{}.png", credential.address),
    };
    card.public_page(context, preview, || {
        let path = format!("/c/{}", credential.id);
        let claimed = is_theirs.then(|| {
            view! { <div class="notice" role="status"><p>"It is yours. This is its public page: share its address."</p></div> }
        });
        view! {
            {claimed} {verdict(credential)}
            <p class="lead">
                "Awarded to " <b>{credential.recipient.clone()}</b> " by " <b>{credential.issuer.clone()}</b> " on "
                {credential.awarded.date.clone()} "."
            </p>
            <img class="credential" src=format!("{path}.png") alt=format!("{} of {}", credential.title, credential.recipient) />
            <p>{credential.description.clone()}</p>
            <h2>"What had to be done for it"</h2>
            <p>{credential.criteria.clone()}</p>
            <h2>"Download"</h2>
            <ul class="downloads">
                {[("pdf", "PDF"), ("png", "PNG"), ("svg", "SVG"), ("json", "JSON"), ("jwt", "JWT")]
                    .map(|(ending, label)| {
                        view! { <li><a download href=format!("{path}.{ending}")>{label}</a></li> }
                    })}
            </ul>
            <p class="fine">
                "Social networks and chats remove the proof from pictures that they copy. Pass on this address, or the original file."
            </p>
            {(credential.state == CredentialState::Valid && credential.signature_is_good).then(|| view! {
                {linked_in(credential)} {frame(&credential.address)}
            })}
            <p class="fine">
                "Issuer: " <code>{credential.issuer_id.clone()}</code> " · " <a href=format!("/verify?credential={}", credential.id)>"Check each step"</a>
            </p>
        }
    })
}

fn verdict(credential: &PublicCredential) -> impl IntoView + use<> {
    let (class, sentence) = match (credential.state, credential.signature_is_good) {
        (_, false) => (
            "notice wrong",
            "The signature does not match. Do not rely on this page.".to_owned(),
        ),
        (CredentialState::Valid, true) => (
            "notice good",
            match &credential.until {
                Some(until) => format!("Valid until {}. The signature was checked just now.", until.date),
                None => "Valid. The signature was checked just now.".into(),
            },
        ),
        (CredentialState::Expired, true) => (
            "notice wrong",
            match &credential.until {
                Some(until) => format!("Expired: it was valid until {}.", until.date),
                None => "Expired.".into(),
            },
        ),
        (CredentialState::Revoked, true) => (
            "notice wrong",
            match &credential.revoked {
                Some((at, reason)) => format!("Revoked by the issuer on {}: {reason}", at.date),
                None => "Revoked by the issuer.".into(),
            },
        ),
    };
    view! { <div class=class role="status"><p>{sentence}</p></div> }
}

/// The button that fills in a professional network's form, and the values to copy where it does not.
fn linked_in(credential: &PublicCredential) -> impl IntoView + use<> {
    let (year, month) = credential.issued_month;
    let mut address = format!(
        "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name={}&organizationName={}\
         &issueYear={year}&issueMonth={month}",
        encoded(&credential.title),
        encoded(&credential.issuer)
    );
    if let Some((year, month)) = credential.expires_month {
        address.push_str(&format!("&expirationYear={year}&expirationMonth={month}"));
    }
    address.push_str(&format!(
        "&certUrl={}&certId={}",
        encoded(&credential.address),
        credential.id
    ));
    let facts = [
        ("Name", credential.title.clone()),
        ("Issuing organization", credential.issuer.clone()),
        ("Issue date", format!("{month}/{year}")),
        ("Credential ID", credential.id.to_string()),
        ("Credential URL", credential.address.clone()),
    ];
    view! {
        <p><a class="button" href=address rel="noopener noreferrer">"Add to LinkedIn"</a></p>
        <details>
            <summary>"The same, to copy"</summary>
            <dl class="facts">
                {facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })}
            </dl>
        </details>
    }
}

/// The HTML to embed the credential in another site's page.
fn frame(address: &str) -> impl IntoView + use<> {
    let code = format!(
        "<iframe src=\"{address}?embed\" title=\"Credential\" width=\"420\" height=\"640\" loading=\"lazy\"></iframe>"
    );
    view! {
        <details>
            <summary>"Show it on another site"</summary>
            <p>"Write this into the page. It says at each look whether the credential is valid."</p>
            <p><code>{code}</code></p>
        </details>
    }
}

/// The credential in a frame of another site: what it is, whether it is valid, and one link, to its page. Covering it
/// with something else gains no click that does more than open that page.
pub fn embedded_page(context: &PageContext<'_>, credential: Option<&PublicCredential>) -> String {
    let heading = credential.map_or("This credential does not validate", |credential| {
        credential.title.as_str()
    });
    let card = Card {
        title: heading.to_owned(),
        art: Art::Mark,
        heading: heading.to_owned(),
    };
    card.page(context, || {
        credential.map(|credential| {
            let picture = format!("/c/{}.png", credential.id);
            view! {
                {verdict(credential)}
                <p class="lead">
                    "Awarded to " <b>{credential.recipient.clone()}</b> " by " <b>{credential.issuer.clone()}</b> " on "
                    {credential.awarded.date.clone()} "."
                </p>
                <img class="credential" src=picture alt=format!("{} of {}", credential.title, credential.recipient) />
                <p><a href=credential.address.clone() target="_blank" rel="noopener">"Open its page"</a></p>
            }
        })
    })
}

/// Percent-encoded, as one value in a URL.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The page of an address that validates nothing: it was deleted, or never existed. Neither names anybody.
pub fn gone_page(context: &PageContext<'_>) -> String {
    let heading = "This credential does not validate";
    let card = Card {
        title: heading.into(),
        art: Art::Mark,
        heading: heading.into(),
    };
    card.page(context, || {
        view! {
            <p class="lead">"Nothing valid stands under this address. Whoever shows it to you cannot prove it with it."</p>
            <p class="fine"><a href="/verify">"Check another credential"</a></p>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};
    use domain::campaigns::CampaignKind;
    use domain::{CredentialId, When};

    fn credential(state: CredentialState) -> PublicCredential {
        let when = When {
            at: chrono::DateTime::UNIX_EPOCH,
            date: "27 Nov 2026".into(),
            minute: String::new(),
            input: String::new(),
            relative: String::new(),
        };
        PublicCredential {
            id: CredentialId(uuid::Uuid::nil()),
            address: "https://claims.test/c/0".into(),
            state,
            signature_is_good: true,
            kind: CampaignKind::Certificate,
            recipient: HOSTILE.into(),
            title: HOSTILE.into(),
            description: HOSTILE.into(),
            criteria: HOSTILE.into(),
            issuer: "Acme & Söhne".into(),
            issuer_id: HOSTILE.into(),
            awarded: when.clone(),
            until: Some(when.clone()),
            revoked: (state == CredentialState::Revoked).then(|| (when, "Issued by mistake".into())),
            issued_month: (2026, 11),
            expires_month: Some((2027, 1)),
        }
    }

    #[test]
    fn every_state_is_said_and_hostile_text_stays_text() {
        for (state, words) in [
            (CredentialState::Valid, "Valid until 27 Nov 2026."),
            (
                CredentialState::Expired,
                "Expired: it was valid until 27 Nov 2026.",
            ),
            (
                CredentialState::Revoked,
                "Revoked by the issuer on 27 Nov 2026: Issued by mistake",
            ),
        ] {
            let html = credential_page(&CONTEXT, &credential(state), true);
            assert_safe(&html);
            assert!(html.contains(words), "{words} in {html}");
            assert!(html.contains("property=\"og:image\""), "{html}");
            assert!(html.len() < 40 * 1024);
        }
        assert_safe(&gone_page(&CONTEXT));
    }

    #[test]
    fn the_button_of_the_professional_network_has_every_value_encoded() {
        let html = credential_page(&CONTEXT, &credential(CredentialState::Valid), false);
        for needed in [
            "organizationName=Acme%20%26%20S%C3%B6hne",
            "issueYear=2026",
            "issueMonth=11",
            "expirationMonth=1",
            "certUrl=https%3A%2F%2Fclaims.test%2Fc%2F0",
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
    }

    #[test]
    fn what_stands_in_a_frame_has_one_link_and_no_form() {
        for state in [CredentialState::Valid, CredentialState::Revoked] {
            let html = embedded_page(&CONTEXT, Some(&credential(state)));
            assert_safe(&html);
            assert_eq!(html.matches("<a ").count(), 1, "{html}");
            assert!(!html.contains("<form") && !html.contains("<button"), "{html}");
            assert!(html.contains("target=\"_blank\""), "{html}");
        }
        let gone = embedded_page(&CONTEXT, None);
        assert!(
            gone.contains("does not validate") && !gone.contains("<a "),
            "{gone}"
        );
        let page = credential_page(&CONTEXT, &credential(CredentialState::Valid), false);
        assert!(page.contains("/c/0?embed"), "{page}");
    }

    #[test]
    fn what_does_not_validate_is_not_offered_to_the_professional_network() {
        let wrong = PublicCredential {
            signature_is_good: false,
            ..credential(CredentialState::Valid)
        };
        for refused in [
            credential(CredentialState::Revoked),
            credential(CredentialState::Expired),
            wrong,
        ] {
            let html = credential_page(&CONTEXT, &refused, false);
            assert!(
                !html.contains("linkedin.com") && !html.contains("Add to LinkedIn"),
                "{html}"
            );
        }
    }

    #[test]
    fn a_credential_whose_signature_is_wrong_is_not_called_valid() {
        let wrong = PublicCredential {
            signature_is_good: false,
            ..credential(CredentialState::Valid)
        };
        let html = credential_page(&CONTEXT, &wrong, false);
        assert!(
            html.contains("The signature does not match") && !html.contains("Valid until"),
            "{html}"
        );
    }
}
