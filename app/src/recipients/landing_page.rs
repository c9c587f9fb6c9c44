//! `/t/{code}`: one card for each thing that a link can be, each with one next step.

use domain::recipients::{LinkStatus, Offer, RedeemForm};
use domain::{Problems, Refusal, When};
use leptos::prelude::*;

use super::code_page::code_form;
use super::items_in_words;
use super::sign_in_link::mail_link_form;
use crate::plain::{Art, Card, Confirmation, Field, Kind, PageContext, form_title, notice};

/// What the card behind a link is made of.
#[derive(Debug, Clone, Copy)]
pub struct LandingPage<'a> {
    /// What the link is.
    pub look: &'a LinkStatus,
    /// Where the form is sent.
    pub action: &'a str,
    /// The code, for the form of a browser that refuses cookies.
    pub code: Option<&'a str>,
    /// Makes a form that is sent twice one use.
    pub idempotency_key: &'a str,
    /// What was typed; at first, what is known of whoever is signed in.
    pub typed: &'a RedeemForm,
    /// Why the form was refused.
    pub refusal: Option<&'a Refusal>,
    /// How it asks for a press of the button.
    pub press: Confirmation,
}

/// The card behind a link.
pub fn landing_page(context: &PageContext<'_>, page: &LandingPage<'_>) -> String {
    match page.look {
        LinkStatus::Open(offer) => open(context, page, offer),
        LinkStatus::NotYet { offer, starts } => not_yet(context, offer, starts),
        LinkStatus::Expired { offer, ended } => expired(context, offer, ended),
        LinkStatus::UsedUp(offer) => used_up(context, offer),
        LinkStatus::Yours {
            offer,
            signed_in: true,
        } => yours(context, offer),
        LinkStatus::Yours {
            offer,
            signed_in: false,
        } => yours_elsewhere(context, offer),
        LinkStatus::Suspended(offer) => suspended(context, offer),
        LinkStatus::WrongRecipient { offer, signed_in_as } => {
            wrong_recipient(context, page, offer, signed_in_as.as_str())
        }
        LinkStatus::Unknown => unknown(context),
        LinkStatus::TooMany { seconds } => too_many(context, *seconds),
    }
}

const FIELDS: &[(&str, &str)] = &[("name", "Your name"), ("email", "E-mail")];

fn open(context: &PageContext<'_>, page: &LandingPage<'_>, offer: &Offer) -> String {
    let problems = page.refusal.and_then(Refusal::problems);
    let card = Card {
        title: form_title(&offer.title, page.refusal),
        art: Art::Cover(&offer.cover),
        heading: offer.title.clone(),
    };
    card.page(context, || {
        let what = if offer.items == 0 { "this collection".into() } else { items_in_words(offer.items) };
        let until = offer.until.as_ref().map(|until| {
            view! { " The link works until " {moment(until, &offer.time_zone)} "." }
        });
        let name = Field {
            name: "name",
            label: "Your name",
            kind: Kind::Name,
            value: &page.typed.name,
            hint: None,
            first: false,
        };
        view! {
            <p class="lead"><b>{offer.organisation.clone()}</b> {format!(" gives you access to {what}.")} {until}</p>
            {summary(offer)}
            {notice(page.refusal, FIELDS)}
            {page.press.notice()}
            <form class="form" method="post" action=page.action.to_owned() novalidate>
                <input type="hidden" name="key" value=page.idempotency_key.to_owned() />
                {page.code.map(|code| view! { <input type="hidden" name="code" value=code.to_owned() /> })}
                {name.view(problems)}
                {match &offer.assigned {
                    Some(masked) => assigned_field(masked).into_any(),
                    None => email_field(&page.typed.email, problems).into_any(),
                }}
                {page.press.button("Get access")}
            </form>
            <p class="fine">"Nothing is used up until you press the button."</p>
        }
    })
}

fn email_field(typed: &str, problems: Option<&Problems>) -> impl IntoView + use<> {
    let field = Field {
        name: "email",
        label: "E-mail",
        kind: Kind::Email,
        value: typed,
        hint: Some("So that you can come back later."),
        first: false,
    };
    field.view(problems)
}

/// An assigned code knows its address and takes no other, so the field only shows it.
fn assigned_field(masked: &str) -> impl IntoView + use<> {
    view! {
        <div class="field">
            <label for="email">"E-mail"</label>
            <input id="email" type="text" value=masked.to_owned() readonly aria-describedby="email-hint" />
            <small id="email-hint">"This link was made for this address."</small>
        </div>
    }
}

fn not_yet(context: &PageContext<'_>, offer: &Offer, starts: &When) -> String {
    closed(context, offer, "Not open yet", || {
        view! {
            <p class="lead"><b>{offer.title.clone()}</b> " from " {offer.organisation.clone()} " opens on " {moment(starts, &offer.time_zone)} "."</p>
            <p class="next">"Open this link again then. Until then nothing is used up."</p>
        }
    })
}

fn expired(context: &PageContext<'_>, offer: &Offer, ended: &When) -> String {
    closed(context, offer, "This link has expired", || {
        view! {
            <p class="lead"><b>{offer.title.clone()}</b> " could be opened with it until " {moment(ended, &offer.time_zone)} "."</p>
            <p class="next">{format!("Ask {} for a new link.", offer.organisation)}</p>
            {come_back("Have access already?")}
        }
    })
}

fn used_up(context: &PageContext<'_>, offer: &Offer) -> String {
    closed(context, offer, "This link is used up", || {
        view! {
            <p class="lead">"It opened " <b>{offer.title.clone()}</b> " as often as it may."</p>
            <p class="next">{format!("Ask {} for another one.", offer.organisation)}</p>
            {come_back("Was it you?")}
        }
    })
}

fn suspended(context: &PageContext<'_>, offer: &Offer) -> String {
    closed(context, offer, "Paused for now", || {
        view! {
            <p class="lead">
                {offer.organisation.clone()} " has paused this link to " <b>{offer.title.clone()}</b>
                ". Nothing is used up."
            </p>
            <p class="next">{format!("Try again later, or ask {}.", offer.organisation)}</p>
            {come_back("Have access already?")}
        }
    })
}

fn yours(context: &PageContext<'_>, offer: &Offer) -> String {
    let card = Card {
        title: offer.title.clone(),
        art: Art::Cover(&offer.cover),
        heading: offer.title.clone(),
    };
    card.page(context, || {
        view! {
            <p class="lead">"You have this already, from " <b>{offer.organisation.clone()}</b> ". Nothing was used up."</p>
            <a class="button primary next" href=format!("/my/{}", offer.collection)>
                "Open it"
            </a>
        }
    })
}

fn yours_elsewhere(context: &PageContext<'_>, offer: &Offer) -> String {
    let card = Card {
        title: offer.title.clone(),
        art: Art::Cover(&offer.cover),
        heading: offer.title.clone(),
    };
    card.page(context, || {
        let address = offer.assigned.clone().map(|masked| {
            view! { " It was made for " <b class="address">{masked}</b> "." }
        });
        view! {
            <p class="lead">
                "This link was used already." {address}
                " If that was you, let us send a sign-in link to your mailbox."
            </p>
            {mail_link_form("", None)}
        }
    })
}

fn wrong_recipient(
    context: &PageContext<'_>,
    page: &LandingPage<'_>,
    offer: &Offer,
    signed_in_as: &str,
) -> String {
    closed(context, offer, "This link is for another address", || {
        let masked = offer.assigned.clone().unwrap_or_else(|| "somebody else".into());
        view! {
            <p class="lead">
                "It was made for " <b class="address">{masked}</b> ", and you are signed in here as " <b class="address">{signed_in_as.to_owned()}</b>
                ". Nothing is used up."
            </p>
            <form class="form" method="post" action="/sign-out">
                <input type="hidden" name="side" value="my" />
                <input type="hidden" name="next" value=page.action.to_owned() />
                <button class="button primary">"Sign out and go on"</button>
            </form>
            <p class="fine">{format!("Not your address? Ask {} for a link of your own.", offer.organisation)}</p>
        }
    })
}

fn unknown(context: &PageContext<'_>) -> String {
    let card = Card {
        title: "No such link".into(),
        art: Art::Mark,
        heading: "We don\u{2019}t know this link".into(),
    };
    card.page(context, || {
        view! {
            <p class="lead">
                "There may be a slip in it, or it was withdrawn. Open it once more from your mail, or type the code."
            </p>
            {code_form("", None)}
        }
    })
}

fn too_many(context: &PageContext<'_>, seconds: i64) -> String {
    let card = Card {
        title: "Too many tries".into(),
        art: Art::Mark,
        heading: "Too many tries".into(),
    };
    card.page(context, || {
        view! { <p class="lead next">{Refusal::TooMany { seconds }.to_string()}</p> }
    })
}

/// A card for a link that opens nothing now.
fn closed<V: IntoView + 'static>(
    context: &PageContext<'_>,
    offer: &Offer,
    heading: &str,
    content: impl FnOnce() -> V,
) -> String {
    let card = Card {
        title: format!("{heading}: {}", offer.title),
        art: Art::Paled(&offer.cover),
        heading: heading.to_owned(),
    };
    card.page(context, content)
}

/// A collection's summary, which its style cuts after a few lines.
fn summary(offer: &Offer) -> Option<impl IntoView + use<>> {
    let text = offer.summary.trim();
    (!text.is_empty()).then(|| view! { <p class="summary">{text.to_owned()}</p> })
}

/// The way for those who have it and came by the old link.
fn come_back(question: &'static str) -> impl IntoView {
    view! { <p class="fine">{question} " " <a href="/my/sign-in">"Get a sign-in link"</a></p> }
}

fn moment(when: &When, time_zone: &str) -> impl IntoView + use<> {
    view! { <time datetime=when.machine()>{when.minute.clone()}</time> {format!(" ({time_zone})")} }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::CollectionId;
    use domain::collections::Cover;

    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    fn when() -> When {
        When {
            at: DateTime::from_timestamp(1_798_700_000, 0).expect("a valid instant"),
            date: "31 Dec 2026".into(),
            minute: "31 Dec 2026, 23:59".into(),
            input: "2026-12-31".into(),
            relative: "in 9 days".into(),
        }
    }

    fn offer(text: &str) -> Offer {
        Offer {
            organisation: text.into(),
            collection: CollectionId(uuid::Uuid::nil()),
            title: text.into(),
            summary: text.into(),
            cover: Cover {
                colour: text.into(),
                emoji: text.into(),
            },
            items: 6,
            until: Some(when()),
            assigned: None,
            time_zone: "Pacific/Auckland".into(),
        }
    }

    fn every_look(text: &str) -> Vec<LinkStatus> {
        let offer = offer(text);
        let assigned = Offer {
            assigned: Some(text.into()),
            ..offer.clone()
        };
        vec![
            LinkStatus::Open(offer.clone()),
            LinkStatus::Open(assigned.clone()),
            LinkStatus::NotYet {
                offer: offer.clone(),
                starts: when(),
            },
            LinkStatus::Expired {
                offer: offer.clone(),
                ended: when(),
            },
            LinkStatus::UsedUp(offer.clone()),
            LinkStatus::Yours {
                offer: offer.clone(),
                signed_in: true,
            },
            LinkStatus::Yours {
                offer: assigned.clone(),
                signed_in: false,
            },
            LinkStatus::Suspended(offer),
            LinkStatus::WrongRecipient {
                offer: assigned,
                signed_in_as: "ada@example.org".parse().expect("an address"),
            },
            LinkStatus::Unknown,
            LinkStatus::TooMany { seconds: 30 },
        ]
    }

    fn card(look: &LinkStatus, typed: &RedeemForm, refusal: Option<&Refusal>) -> String {
        let page = LandingPage {
            look,
            action: "/t/open",
            code: None,
            idempotency_key: "once",
            typed,
            refusal,
            press: Confirmation::Asked,
        };
        landing_page(&CONTEXT, &page)
    }

    #[test]
    fn no_card_lets_hostile_text_out() {
        let typed = RedeemForm {
            name: HOSTILE.into(),
            email: HOSTILE.into(),
        };
        let refusal = Refusal::at("name", HOSTILE);
        for look in every_look(HOSTILE) {
            assert_safe(&card(&look, &typed, Some(&refusal)));
        }
    }

    #[test]
    fn every_card_has_one_next_step() {
        for look in every_look("Safety") {
            let html = card(&look, &RedeemForm::default(), None);
            let steps = html.matches("class=\"button primary").count()
                + html.matches("<p class=\"next\"").count()
                + html.matches("<p class=\"lead next\"").count();
            assert_eq!(steps, 1, "{look:?}: {html}");
        }
    }

    #[test]
    fn an_open_card_says_who_gives_what_until_when_and_what_it_costs() {
        let html = card(&LinkStatus::Open(offer("Safety")), &RedeemForm::default(), None);

        for needed in [
            "<h1>Safety</h1>",
            " gives you access to 6 items.",
            ">31 Dec 2026, 23:59</time>",
            "(Pacific/Auckland)",
            "<label for=\"name\">Your name</label>",
            "<label for=\"email\">E-mail</label>",
            "name=\"key\" value=\"once\"",
            "method=\"post\" action=\"/t/open\"",
            ">Get access</button>",
            "Nothing is used up until you press the button.",
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
    }

    #[test]
    fn an_assigned_code_shows_its_address_and_takes_no_other() {
        let assigned = Offer {
            assigned: Some("g…e@example.org".into()),
            ..offer("Safety")
        };
        let html = card(&LinkStatus::Open(assigned), &RedeemForm::default(), None);

        assert!(html.contains("value=\"g…e@example.org\""), "{html}");
        assert!(!html.contains("name=\"email\""), "{html}");
    }

    #[test]
    fn what_was_typed_is_kept_beside_the_sentence_that_refuses_it() {
        let typed = RedeemForm {
            name: "Grete \"Gre\" Høst".into(),
            email: "grete@".into(),
        };
        let refusal = Refusal::at("email", "An e-mail address looks like name@example.org.");
        let html = card(&LinkStatus::Open(offer("Safety")), &typed, Some(&refusal));

        assert!(html.contains("value=\"Grete &quot;Gre&quot; Høst\""), "{html}");
        assert!(html.contains("value=\"grete@\""), "{html}");
        assert!(html.contains("<title>Error: Safety</title>"), "{html}");
        assert!(html.contains("href=\"#email\""), "{html}");
    }

    #[test]
    fn a_code_stands_in_the_page_only_for_browsers_that_refuse_cookies() {
        let look = LinkStatus::Open(offer("Safety"));
        let typed = RedeemForm::default();
        let page = LandingPage {
            look: &look,
            action: "/t/open",
            code: Some("7F3K9QWM2XTAPD6HM5QJ"),
            idempotency_key: "once",
            typed: &typed,
            refusal: None,
            press: Confirmation::Asked,
        };
        assert!(landing_page(&CONTEXT, &page).contains("name=\"code\" value=\"7F3K9QWM2XTAPD6HM5QJ\""));
        assert!(!card(&look, &typed, None).contains("name=\"code\""));
    }
}
