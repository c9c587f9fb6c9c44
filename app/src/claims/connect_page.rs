//! `/r/connected`: the redirect to a provider, and the question whether to bind the token to this profile.

use domain::Refusal;
use domain::campaigns::claims::ClaimOffer;
use leptos::prelude::*;

use super::claim_page::word;
use crate::plain::{Art, Card, Confirmation, PageContext, form_title, notice};

/// The page that redirects to a provider. Browsers follow by themselves; for those that do not there is a link. A form
/// cannot redirect there itself: pages let forms go only to this site.
pub fn connect_page(context: &PageContext<'_>, provider: &str, address: &str) -> String {
    let heading = format!("On to {provider}");
    let card = Card {
        title: heading.clone(),
        art: Art::Mark,
        heading,
    };
    let (label, address) = (format!("Continue to {provider}"), address.to_owned());
    card.page(context, || {
        view! {
            <p class="lead">"Choose there the profile that shall hold it. Nothing is locked before you confirm it here."</p>
            <p><a class="button primary" href=address rel="noreferrer">{label}</a></p>
        }
    })
}

/// The input of the question.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmPage<'a> {
    /// What is claimed.
    pub offer: &'a ClaimOffer,
    /// The person's name at the provider.
    pub who: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The sealed proof that the form sends.
    pub proof: &'a str,
    /// Where they came from.
    pub back: &'a str,
    /// How the page asks for the confirmation.
    pub press: Confirmation,
}

/// The question whether it is this profile.
pub fn confirm_page(context: &PageContext<'_>, page: &ConfirmPage<'_>) -> String {
    let context = &context.of(&page.offer.letterhead);
    let heading = "Is this the right profile?";
    let card = Card {
        title: heading.into(),
        art: Art::Mark,
        heading: page.offer.title.clone(),
    };
    card.page(context, || {
        let bind = format!("You are about to bind this {} as ", word(page.offer.kind));
        let (who, provider) = (page.who.to_owned(), format!(" ({}).", page.provider));
        let (proof, back) = (page.proof.to_owned(), page.back.to_owned());
        view! {
            <p class="lead">
                {bind} <b class="address">{who}</b> {provider}
            </p>
            <p>"It is locked to this one profile then. Nobody else can claim it, and you cannot move it yourself."</p>
            {page.press.notice()}
            <form class="form" method="post" action="/r/connected">
                <input type="hidden" name="proof" value=proof />
                {page.press.button("Bind and claim")}
            </form>
            <p class="fine"><a href=back>"No, choose another profile"</a></p>
        }
    })
}

/// The provider did not say who the person is, or the attempt began in another browser.
pub fn not_connected_page(
    context: &PageContext<'_>,
    provider: Option<&str>,
    refusal: &Refusal,
    back: &str,
) -> String {
    let heading = match provider {
        Some(provider) => format!("{provider} did not connect your profile"),
        None => "This took too long".to_owned(),
    };
    let card = Card {
        title: form_title(&heading, Some(refusal)),
        art: Art::Mark,
        heading,
    };
    let back = back.to_owned();
    card.page(context, || {
        view! {
            {notice(Some(refusal), &[])}
            <p>"Nothing was locked. Try it again, or have a code sent to your mailbox."</p>
            <p><a class="button" href=back>"Try again"</a></p>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};
    use domain::campaigns::CampaignKind;

    #[test]
    fn hostile_text_stays_text_and_who_it_is_is_said() {
        let offer = ClaimOffer {
            organisation: HOSTILE.into(),
            title: HOSTILE.into(),
            description: HOSTILE.into(),
            kind: CampaignKind::Badge,
            recipient: HOSTILE.into(),
            masked: HOSTILE.into(),
            language: HOSTILE.into(),
            providers: Vec::new(),
            letterhead: domain::mail::Letterhead::default(),
        };
        for press in [Confirmation::Asked, Confirmation::AskedAgain] {
            let page = ConfirmPage {
                offer: &offer,
                who: HOSTILE,
                provider: HOSTILE,
                proof: HOSTILE,
                back: HOSTILE,
                press,
            };
            let html = confirm_page(&CONTEXT, &page);
            assert_safe(&html);
            assert!(html.contains("You are about to bind this badge as"), "{html}");
            assert!(html.len() < 40 * 1024);
        }
        assert_safe(&connect_page(&CONTEXT, HOSTILE, HOSTILE));
        let refusal = Refusal::Conflict(HOSTILE.into());
        for provider in [Some(HOSTILE), None] {
            assert_safe(&not_connected_page(&CONTEXT, provider, &refusal, HOSTILE));
        }
    }
}
