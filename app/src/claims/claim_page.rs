//! `/r/{token}`: what a claim link opens, and proving a profile.

use domain::campaigns::CampaignKind;
use domain::campaigns::claims::{ClaimLink, ClaimOffer};
use domain::{Problems, Refusal};
use leptos::prelude::*;

use super::asking_page;
use crate::plain::{Art, Card, Confirmation, Field, Kind, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[("email", "E-mail"), ("code", "Code"), ("name", "Name")];

/// The input of a claim page.
#[derive(Debug, Clone, Copy)]
pub struct ClaimPage<'a> {
    /// What the link opens.
    pub link: &'a ClaimLink,
    /// Where its forms are sent.
    pub action: &'a str,
    /// The token, if no cookie holds it.
    pub token: Option<&'a str>,
    /// The address as typed last time.
    pub email: &'a str,
    /// The requested name, as typed last time.
    pub name: &'a str,
    /// Why the last attempt was refused.
    pub refusal: Option<&'a Refusal>,
    /// How the page asks for the confirmation.
    pub press: Confirmation,
}

/// The page behind a claim link.
pub fn claim_page(context: &PageContext<'_>, page: &ClaimPage<'_>) -> String {
    let context = &match page.link.offer() {
        Some(offer) => context.of(&offer.letterhead),
        None => *context,
    };
    match page.link {
        ClaimLink::Unknown => message(
            context,
            "This link opens nothing",
            "It was withdrawn, or there never was one like it. Check that it is whole, or reply to the mail it came with to ask its issuer.",
        ),
        ClaimLink::TooMany { seconds } => message(
            context,
            "Too many tries",
            &Refusal::TooMany { seconds: *seconds }.to_string(),
        ),
        ClaimLink::Paused(offer) => message(
            context,
            &offer.title,
            &format!(
                "{} paused this. Your token stays yours; try again later, or ask the issuer.",
                offer.organisation
            ),
        ),
        ClaimLink::Ended(offer) => message(
            context,
            &offer.title,
            &format!(
                "{} has ended this, so it can no longer be claimed. What was claimed stays valid.",
                offer.organisation
            ),
        ),
        ClaimLink::Revoked(offer) => message(
            context,
            &offer.title,
            &format!("{} revoked this {}.", offer.organisation, word(offer.kind)),
        ),
        ClaimLink::Expired(offer) => message(
            context,
            &offer.title,
            &format!("This {} of {} has expired.", word(offer.kind), offer.organisation),
        ),
        ClaimLink::Open(offer) => open(context, page, offer),
        ClaimLink::Taken {
            offer, holder, at, ..
        } => taken(context, page, offer, holder, &at.date),
    }
}

/// The language of a text that its issuer wrote, where that is known; the rest of the page is in its own.
pub(super) fn lang(language: &str) -> Option<String> {
    (!language.is_empty()).then(|| language.to_owned())
}

pub(super) fn word(kind: CampaignKind) -> &'static str {
    match kind {
        CampaignKind::Certificate => "certificate",
        CampaignKind::Badge => "badge",
    }
}

fn message(context: &PageContext<'_>, heading: &str, sentence: &str) -> String {
    let card = Card {
        title: heading.to_owned(),
        art: Art::Mark,
        heading: heading.to_owned(),
    };
    let sentence = sentence.to_owned();
    card.page(context, || {
        view! {
            <p class="lead">{sentence}</p>
            <p class="fine"><a href="/recipient-view">"Type a token"</a></p>
        }
    })
}

fn open(context: &PageContext<'_>, page: &ClaimPage<'_>, offer: &ClaimOffer) -> String {
    let card = Card {
        title: form_title(&offer.title, page.refusal),
        art: Art::Mark,
        heading: offer.title.clone(),
    };
    card.page(context, || {
        view! {
            <p class="lead">
                {offer.organisation.clone()} " awards this " {word(offer.kind)} " to " <b>{offer.recipient.clone()}</b> "."
            </p>
            <p lang=lang(&offer.language)>{offer.description.clone()}</p>
            {page.press.notice()}
            {notice(page.refusal, FIELDS)}
            <p>
                "Connect the profile that shall hold it. The token is locked to this one profile; nobody else can claim it then."
            </p>
            {profiles(page, offer)}
            {asking_page::requests(page, offer)}
        }
    })
}

/// The ways to prove a profile.
fn profiles(page: &ClaimPage<'_>, offer: &ClaimOffer) -> impl IntoView + use<> {
    let (action, token) = (page.action.to_owned(), page.token.map(str::to_owned));
    let others: Vec<_> = offer
        .providers
        .iter()
        .map(|provider| {
            let (id, label) = (provider.id.to_string(), &provider.label);
            view! {
                <form class="form" method="post" action=action.clone()>
                    {hidden_token(token.clone())} <input type="hidden" name="step" value="connect" />
                    <input type="hidden" name="provider" value=id />
                    {Confirmation::labelled(format!("Connect {label}"))}
                </form>
            }
        })
        .collect();
    let email = Field {
        name: "email",
        label: "Your e-mail address",
        kind: Kind::Email,
        value: page.email,
        hint: None,
        first: true,
    };
    let sent_to = format!(
        "The link was sent to {}. We can send a code there, or to any mailbox of yours.",
        offer.masked
    );
    view! {
        {others}
        <form class="form" method="post" action=action novalidate>
            {hidden_token(token)} <input type="hidden" name="step" value="send" />
            {email.view(page.refusal.and_then(Refusal::problems))} <small>{sent_to}</small>
            {page.press.button("Send me a code")}
        </form>
    }
}

pub(super) fn hidden_token(token: Option<String>) -> impl IntoView + use<> {
    token.map(|token| view! { <input type="hidden" name="token" value=token /> })
}

fn taken(
    context: &PageContext<'_>,
    page: &ClaimPage<'_>,
    offer: &ClaimOffer,
    holder: &str,
    since: &str,
) -> String {
    let heading = "This token is already in use by another account";
    let card = Card {
        title: form_title(heading, page.refusal),
        art: Art::Mark,
        heading: offer.title.clone(),
    };
    card.page(context, || {
        let (action, token) = (page.action.to_owned(), page.token.map(str::to_owned));
        view! {
            <p class="lead">
                "This token is already in use by another account: " <b class="address">{holder.to_owned()}</b> ", since "
                {since.to_owned()} "."
            </p>
            {page.press.notice()}
            {notice(page.refusal, FIELDS)}
            <p>"Is that you? Prove the same profile again, and you are led to it."</p>
            {profiles(page, offer)}
            <form class="form" method="post" action=action>
                {hidden_token(token)} <input type="hidden" name="step" value="unlock" />
                <p>{format!("Not you? {} can unlock it, so that you connect your own profile.", offer.organisation)}</p>
                {Confirmation::labelled("Ask the issuer to unlock".into())}
            </form>
            {asking_page::requests(page, offer)}
        }
    })
}

/// The page that takes the code that was mailed.
pub fn code_page(context: &PageContext<'_>, page: &ClaimPage<'_>, attempt: &str, typed: &str) -> String {
    let card = Card {
        title: form_title("Check your mailbox", page.refusal),
        art: Art::Mark,
        heading: "Check your mailbox".into(),
    };
    card.page(context, || {
        let (action, token) = (page.action.to_owned(), page.token.map(str::to_owned));
        let (problems, address): (Option<&Problems>, _) =
            (page.refusal.and_then(Refusal::problems), page.email.to_owned());
        let code = Field {
            name: "code",
            label: "Code",
            kind: Kind::Code,
            value: typed,
            hint: Some("Six digits."),
            first: true,
        };
        let again = address.clone();
        view! {
            <p class="lead">
                "A code is on its way to " <b class="address">{address.clone()}</b> ". It works for 15 minutes, once."
            </p>
            {page.press.notice()}
            {notice(page.refusal, FIELDS)}
            <form class="form" method="post" action=action.clone() novalidate>
                {hidden_token(token.clone())} <input type="hidden" name="step" value="claim" />
                <input type="hidden" name="attempt" value=attempt.to_owned() />
                <input type="hidden" name="email" value=address /> {code.view(problems)}
                <p>"You are about to lock this token to this address. Nobody else can claim it then."</p>
                {page.press.button("Claim")}
            </form>
            <form class="form" method="post" action=action>
                {hidden_token(token)} <input type="hidden" name="step" value="send" />
                <input type="hidden" name="email" value=again /> {Confirmation::labelled("Send another code".into())}
            </form>
        }
    })
}

/// The answer to a request to unlock.
pub fn unlock_asked_page(context: &PageContext<'_>) -> String {
    message(
        context,
        "The issuer was asked",
        "They see your request next to the name. Once they have unlocked it, the same link works again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};
    use domain::identity_providers::ProviderChoice;
    use domain::mail::{Contact, Letterhead, Logo};
    use domain::{CredentialId, IdentityProviderId, When};

    fn offer() -> ClaimOffer {
        ClaimOffer {
            organisation: HOSTILE.into(),
            title: HOSTILE.into(),
            description: HOSTILE.into(),
            kind: CampaignKind::Badge,
            recipient: HOSTILE.into(),
            masked: HOSTILE.into(),
            language: HOSTILE.into(),
            providers: vec![ProviderChoice {
                id: IdentityProviderId(uuid::Uuid::nil()),
                label: HOSTILE.into(),
            }],
            letterhead: Letterhead {
                name: HOSTILE.into(),
                logo: Some(Logo {
                    address: HOSTILE.into(),
                    width: 120,
                    height: 40,
                }),
                style: Some(HOSTILE.into()),
                contact: Contact {
                    email: Some(HOSTILE.into()),
                    phone: None,
                    url: Some(HOSTILE.into()),
                },
            },
        }
    }

    fn links() -> Vec<ClaimLink> {
        let at = When {
            at: chrono::DateTime::UNIX_EPOCH,
            date: HOSTILE.into(),
            minute: String::new(),
            input: String::new(),
            relative: String::new(),
        };
        vec![
            ClaimLink::Unknown,
            ClaimLink::TooMany { seconds: 3 },
            ClaimLink::Paused(offer()),
            ClaimLink::Ended(offer()),
            ClaimLink::Open(offer()),
            ClaimLink::Taken {
                offer: offer(),
                holder: HOSTILE.into(),
                at,
                credential: CredentialId(uuid::Uuid::nil()),
            },
            ClaimLink::Revoked(offer()),
            ClaimLink::Expired(offer()),
        ]
    }

    #[test]
    fn hostile_text_stays_text_on_every_page() {
        let refusal = Refusal::at("email", HOSTILE);
        for link in links() {
            for press in [Confirmation::Asked, Confirmation::AskedAgain] {
                let page = ClaimPage {
                    link: &link,
                    action: HOSTILE,
                    token: Some(HOSTILE),
                    email: HOSTILE,
                    name: HOSTILE,
                    refusal: Some(&refusal),
                    press,
                };
                let html = claim_page(&CONTEXT, &page);
                assert_safe(&html);
                assert!(html.len() < 40 * 1024);
                assert_safe(&code_page(&CONTEXT, &page, HOSTILE, HOSTILE));
            }
        }
        assert_safe(&unlock_asked_page(&CONTEXT));
    }

    #[test]
    fn who_holds_a_token_is_told_in_the_words_of_the_help_page() {
        let links = links();
        let taken = links
            .iter()
            .find(|link| matches!(link, ClaimLink::Taken { .. }))
            .expect("one");
        let page = ClaimPage {
            link: taken,
            action: "/r/at",
            token: None,
            email: "",
            name: "",
            refusal: None,
            press: Confirmation::Asked,
        };
        let html = claim_page(&CONTEXT, &page);
        assert!(html.contains("already in use by another account"), "{html}");
        assert!(html.contains("Ask the issuer to unlock"), "{html}");
    }
}
