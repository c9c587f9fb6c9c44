//! `/c/{id}`: the public page of a credential.

use domain::campaigns::CredentialState;
use domain::campaigns::claims::{PublicCredential, ShareTo};
use leptos::prelude::*;

use super::claim_page::lang;
use crate::plain::{Art, Card, Confirmation, PageContext, Preview};

/// The network of professionals that pages offer to share to: a form that is counted leads there.
pub const NETWORK: &str = "https://www.linkedin.com";

/// The files of a credential, by their endings. The last one is what old backpacks ask the address of.
const FILES: [(&str, &str); 6] = [
    ("pdf", "PDF"),
    ("png", "PNG"),
    ("svg", "SVG"),
    ("json", "JSON"),
    ("jwt", "JWT"),
    ("ob2.json", "Open Badges 2.0"),
];

/// How the public page offers to share what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// By forms, which this site counts, and how they ask for a press.
    Counted(Confirmation),
    /// By links: nobody takes the forms of a page that is a file.
    Linked,
}

/// The public page of a credential. `is_theirs`: somebody who just claimed it looks at it.
pub fn credential_page(
    context: &PageContext<'_>,
    credential: &PublicCredential,
    is_theirs: bool,
    sharing: Sharing,
) -> String {
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
    let context = &context.of(&credential.letterhead);
    card.public_page(context, preview, || {
        let path = format!("/c/{}", credential.id);
        let claimed = is_theirs.then(|| {
            view! { <div class="notice" role="status"><p>"It is yours. This is its public page: share its address."</p></div> }
        });
        let again = match sharing {
            Sharing::Counted(press) => press.notice(),
            Sharing::Linked => None,
        };
        view! {
            {claimed} {again} {verdict(credential)}
            <p class="lead">
                "Awarded to " <b>{credential.recipient.clone()}</b> " by " <b>{credential.issuer.clone()}</b> " on "
                {credential.awarded.date.clone()} "."
            </p>
            <img class="credential" src=format!("{path}.png") alt=format!("{} of {}", credential.title, credential.recipient) />
            <p lang=lang(&credential.language)>{credential.description.clone()}</p>
            <h2>"What had to be done for it"</h2>
            <p lang=lang(&credential.language)>{credential.criteria.clone()}</p>
            {issuer(credential)}
            <h2>"Download"</h2>
            <ul class="downloads">
                {FILES
                    .map(|(ending, label)| {
                        view! { <li><a download href=format!("{path}.{ending}")>{label}</a></li> }
                    })}
            </ul>
            <p class="fine">
                "Social networks and chats remove the proof from pictures that they copy. Pass on this address, or the original file."
            </p>
            {credential.is_good().then(|| share(credential, sharing))}
            <p class="fine">
                "Issuer: " <code>{credential.issuer_id.clone()}</code> " · " <a href=format!("/verify?credential={}", credential.id)>"Check each step"</a>
            </p>
        }
    })
}

/// What the issuer says of itself, where it says anything.
fn issuer(credential: &PublicCredential) -> impl IntoView + use<> {
    let about = credential.issuer_about.clone();
    let url = credential.issuer_url.clone();
    let shown = url.clone();
    (!about.is_empty()).then(|| {
        view! {
            <h2>"Who awards it"</h2>
            <p lang=lang(&credential.language)>{about}</p>
            <p><a href=url rel="noopener noreferrer">{shown}</a></p>
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

/// The ways to share it, and the values to copy where the network's form is not filled in by them.
fn share(credential: &PublicCredential, sharing: Sharing) -> impl IntoView + use<> {
    let (year, month) = credential.issued_month;
    let ends = credential
        .expires_month
        .map(|(year, month)| ("Expiration date", format!("{month}/{year}")));
    let facts: Vec<_> = [
        Some(("Name", credential.title.clone())),
        Some(("Issuing organization", credential.issuer.clone())),
        Some(("Issue date", format!("{month}/{year}"))),
        ends,
        Some(("Credential ID", credential.id.to_string())),
        Some(("Credential URL", credential.address.clone())),
    ]
    .into_iter()
    .flatten()
    .collect();
    let ways = match sharing {
        Sharing::Counted(press) => counted(credential, press).into_any(),
        Sharing::Linked => linked(credential).into_any(),
    };
    view! {
        <h2>"Share it"</h2>
        {ways}
        <details>
            <summary>"The values for LinkedIn, to copy"</summary>
            <dl class="facts">
                {facts
                    .into_iter()
                    .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                    .collect::<Vec<_>>()}
            </dl>
        </details>
    }
}

/// A form for each way. The issuer learns that something was shared, and no more.
fn counted(credential: &PublicCredential, press: Confirmation) -> impl IntoView + use<> {
    let action = format!("/c/{}/share", credential.id);
    let forms = ShareTo::ALL.map(|to| {
        let button = match to {
            // The word that is typed where a press is not told has its field once on a page.
            ShareTo::Profile => press.button(to.label()).into_any(),
            ShareTo::Post | ShareTo::Address => Confirmation::labelled(to.label().to_owned()).into_any(),
        };
        view! {
            <form method="post" action=action.clone()>
                <input type="hidden" name="to" value=to.key() /> {button}
            </form>
        }
    });
    view! {
        <div class="ways">{forms}</div>
        <p class="fine">"The issuer counts what was shared at all. Who did it, where and how often is not noted."</p>
    }
}

fn linked(credential: &PublicCredential) -> impl IntoView + use<> {
    let links: Vec<_> = ShareTo::ALL
        .into_iter()
        .filter_map(|to| Some((share_address(credential, to)?, to.label())))
        .map(
            |(address, label)| view! { <a class="button" href=address rel="noopener noreferrer">{label}</a> },
        )
        .collect();
    view! {
        <div class="ways">{links}</div>
        <details>
            <summary>"Show it on another site"</summary>
            {frame(&credential.address)}
        </details>
    }
}

/// Where sharing leads; nowhere for an address, which is shown.
pub fn share_address(credential: &PublicCredential, to: ShareTo) -> Option<String> {
    match to {
        ShareTo::Profile => Some(profile_form(credential)),
        ShareTo::Post => Some(format!(
            "{NETWORK}/sharing/share-offsite/?url={}",
            encoded(&credential.address)
        )),
        ShareTo::Address => None,
    }
}

/// The network's own form for what stands in a profile, filled in.
fn profile_form(credential: &PublicCredential) -> String {
    let (year, month) = credential.issued_month;
    let mut address = format!(
        "{NETWORK}/profile/add?startTask=CERTIFICATION_NAME&name={}&organizationName={}\
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
    address
}

/// The HTML to embed the credential in another site's page.
fn frame(address: &str) -> impl IntoView + use<> {
    let code = format!(
        "<iframe src=\"{address}?embed\" title=\"Credential\" width=\"420\" height=\"640\" loading=\"lazy\"></iframe>"
    );
    view! {
        <p>"Write this into the page. It says at each look whether the credential is valid."</p>
        <p><code>{code}</code></p>
    }
}

/// The address to pass on, and what shows it on another site.
pub fn share_page(context: &PageContext<'_>, credential: &PublicCredential) -> String {
    let heading = ShareTo::Address.label();
    let card = Card {
        title: format!("{heading}: {}", credential.title),
        art: Art::Mark,
        heading: heading.to_owned(),
    };
    card.page(&context.of(&credential.letterhead), || {
        let address = credential.address.clone();
        view! {
            <p class="lead">"Whoever opens it sees whether the credential is valid at that moment."</p>
            <p><code>{address}</code></p>
            <h2>"Show it on another site"</h2>
            {frame(&credential.address)}
            <p><a href=format!("/c/{}", credential.id)>"Back to the credential"</a></p>
        }
    })
}

/// The credential in a frame of another site: what it is, whether it is valid, and one link, to its page. Whoever puts
/// it under something else gains no click that does more than open that.
pub fn embedded_page(context: &PageContext<'_>, credential: Option<&PublicCredential>) -> String {
    let heading = credential.map_or("This credential does not validate", |credential| {
        credential.title.as_str()
    });
    let card = Card {
        title: heading.to_owned(),
        art: Art::Mark,
        heading: heading.to_owned(),
    };
    let of_issuer = credential.map(|credential| context.of(&credential.letterhead));
    card.page(of_issuer.as_ref().unwrap_or(context), || {
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
    use domain::mail::{Contact, Letterhead, Logo};
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
            issuer_url: HOSTILE.into(),
            issuer_about: HOSTILE.into(),
            language: HOSTILE.into(),
            awarded: when.clone(),
            until: Some(when.clone()),
            revoked: (state == CredentialState::Revoked).then(|| (when, "Issued by mistake".into())),
            issued_month: (2026, 11),
            expires_month: Some((2027, 1)),
            letterhead: Letterhead {
                name: HOSTILE.into(),
                logo: Some(Logo {
                    address: "/issuers/1/logo.png?v=1".into(),
                    width: 120,
                    height: 40,
                }),
                style: Some("/issuers/1/style.css?v=1".into()),
                contact: Contact::default(),
            },
        }
    }

    const COUNTED: Sharing = Sharing::Counted(Confirmation::Asked);
    const EACH: [Sharing; 3] = [
        COUNTED,
        Sharing::Counted(Confirmation::AskedAgain),
        Sharing::Linked,
    ];

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
            for sharing in EACH {
                let html = credential_page(&CONTEXT, &credential(state), true, sharing);
                assert_safe(&html);
                assert!(html.contains(words), "{words} in {html}");
                assert!(html.contains("property=\"og:image\""), "{html}");
                for (ending, label) in FILES {
                    assert!(
                        html.contains(&format!(".{ending}\">{label}</a>")),
                        "{label}: {html}"
                    );
                }
                assert!(html.len() < 40 * 1024);
            }
        }
        assert_safe(&share_page(&CONTEXT, &credential(CredentialState::Valid)));
        assert_safe(&gone_page(&CONTEXT));
        assert!(!gone_page(&CONTEXT).contains("logo.png"), "it is nobody's");
    }

    #[test]
    fn the_issuers_logo_and_colour_stand_on_each_page_of_its_credential() {
        let good = credential(CredentialState::Valid);
        for html in [
            credential_page(&CONTEXT, &good, false, COUNTED),
            embedded_page(&CONTEXT, Some(&good)),
            share_page(&CONTEXT, &good),
        ] {
            assert_safe(&html);
            assert!(html.contains("src=\"/issuers/1/logo.png?v=1\""), "{html}");
            assert!(html.contains("href=\"/issuers/1/style.css?v=1\""), "{html}");
        }
    }

    #[test]
    fn what_leads_to_the_professional_network_has_every_value_encoded() {
        let good = credential(CredentialState::Valid);
        let address = share_address(&good, ShareTo::Profile).expect("a form of the network");
        for needed in [
            "organizationName=Acme%20%26%20S%C3%B6hne",
            "issueYear=2026",
            "issueMonth=11",
            "expirationMonth=1",
            "certUrl=https%3A%2F%2Fclaims.test%2Fc%2F0",
        ] {
            assert!(address.contains(needed), "{needed} in {address}");
        }
        let post = share_address(&good, ShareTo::Post).expect("another one");
        assert!(post.ends_with("?url=https%3A%2F%2Fclaims.test%2Fc%2F0"), "{post}");
        assert_eq!(share_address(&good, ShareTo::Address), None);
        assert!(
            [address, post]
                .iter()
                .all(|address| address.starts_with(NETWORK) && address.is_ascii())
        );
    }

    #[test]
    fn what_is_shared_is_counted_by_a_form_and_of_a_file_by_nobody() {
        let good = credential(CredentialState::Valid);
        let html = credential_page(&CONTEXT, &good, false, COUNTED);
        for to in ShareTo::ALL {
            let field = format!("name=\"to\" value=\"{}\"", to.key());
            assert!(
                html.contains(&field) && html.contains(to.label()),
                "{field} in {html}"
            );
            assert_eq!(ShareTo::from_key(to.key()), Some(to));
        }
        assert_eq!(html.matches("action=\"/c/").count(), 3, "{html}");
        assert!(
            html.contains("<dt>Expiration date</dt><dd>1/2027</dd>"),
            "what the network asks for, to copy: {html}"
        );
        assert!(
            !html.contains("href=\"https://www.linkedin.com"),
            "a link is not counted: {html}"
        );
        let file = credential_page(&CONTEXT, &good, false, Sharing::Linked);
        assert!(
            !file.contains("<form") && file.contains("href=\"https://www.linkedin.com"),
            "{file}"
        );
        assert!(file.contains("/c/0?embed"), "{file}");
        let page = share_page(&CONTEXT, &good);
        assert!(page.contains("/c/0?embed"), "{page}");
        let again = credential_page(&CONTEXT, &good, false, Sharing::Counted(Confirmation::AskedAgain));
        assert!(again.contains("Nothing has happened yet."), "{again}");
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
            for sharing in EACH {
                let html = credential_page(&CONTEXT, &refused, false, sharing);
                assert!(
                    !html.contains("linkedin.com")
                        && !html.contains("Add to LinkedIn")
                        && !html.contains("<form"),
                    "{html}"
                );
            }
        }
    }

    #[test]
    fn a_credential_whose_signature_is_wrong_is_not_called_valid() {
        let wrong = PublicCredential {
            signature_is_good: false,
            ..credential(CredentialState::Valid)
        };
        let html = credential_page(&CONTEXT, &wrong, false, COUNTED);
        assert!(
            html.contains("The signature does not match") && !html.contains("Valid until"),
            "{html}"
        );
    }
}
