//! Writes every plain page into a folder, to look at them in a browser without a server:
//! `cargo run -p app --features ssr --example plain_pages -- FOLDER STYLE_SHEET [light|dark]`.

use std::path::Path;

use app::plain::{Confirmation, PageContext, Theme, Wrong, error_page};
use app::recipients::{
    LandingPage, ask_sign_in_link_page, code_page, collection_page, item_page, landing_page, mailed_page,
    my_page, sign_in_link_page,
};
use app::sign_in::{invitation_gone_page, invitation_page, set_up_page, sign_in_page};
use chrono::DateTime;
use domain::collections::{Cover, ItemView, ItemViewContent};
use domain::organisations::SetUpForm;
use domain::people::{AcceptForm, InvitationView, SignInForm};
use domain::recipients::{
    LinkStatus, MyCollection, MyCollectionPage, MyItem, MyItemPage, MyPage, Offer, RedeemForm,
};
use domain::{BuiltIn, CollectionId, EmailAddress, FileId, ItemId, OrganisationId, Problems, Refusal, When};
use uuid::Uuid;

const LONG: &str = "Working safely at heights, in confined spaces and near Donaudampfschifffahrtsgesellschaftskapitänsmützen: 2027";

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "target/plain-pages".into());
    let stylesheet = arguments.next().unwrap_or_else(|| "/style/recipient.css".into());
    let theme = Theme::from_key(&arguments.next().unwrap_or_default());
    let context = PageContext {
        stylesheet: &stylesheet,
        favicon: "/favicon.svg",
        theme,
        letterhead: None,
    };
    std::fs::create_dir_all(&folder)?;
    for (name, html) in cards(&context)
        .into_iter()
        .chain(own_pages(&context))
        .chain(sign_in_pages(&context))
    {
        std::fs::write(Path::new(&folder).join(format!("{name}.html")), html)?;
    }
    Ok(())
}

type Pages = Vec<(&'static str, String)>;

fn cards(context: &PageContext<'_>) -> Pages {
    let assigned = Offer {
        assigned: Some("g…e@example.org".into()),
        ..offer("Safety 2027")
    };
    let ada: EmailAddress = address("ada@example.org");
    let empty = RedeemForm::default();
    let typed = RedeemForm {
        name: "Grete Høst".into(),
        email: "grete@".into(),
    };
    let wrong = Refusal::at("email", "An e-mail address looks like name@example.org.");
    let card = |look: &LinkStatus, typed, refusal| {
        let page = LandingPage {
            look,
            action: "/t/open",
            code: None,
            idempotency_key: "once",
            typed,
            refusal,
            press: Confirmation::Asked,
        };
        landing_page(context, &page)
    };
    let long = Offer {
        organisation: format!("{LONG} Ltd"),
        ..offer(LONG)
    };
    vec![
        (
            "open",
            card(&LinkStatus::Open(offer("Safety 2027")), &empty, None),
        ),
        (
            "open-assigned",
            card(&LinkStatus::Open(assigned.clone()), &empty, None),
        ),
        (
            "open-wrong",
            card(&LinkStatus::Open(offer("Safety 2027")), &typed, Some(&wrong)),
        ),
        ("open-long", card(&LinkStatus::Open(long), &typed, None)),
        (
            "not-yet",
            card(
                &LinkStatus::NotYet {
                    offer: offer("Safety 2027"),
                    starts: when(),
                },
                &empty,
                None,
            ),
        ),
        (
            "expired",
            card(
                &LinkStatus::Expired {
                    offer: offer("Safety 2027"),
                    ended: when(),
                },
                &empty,
                None,
            ),
        ),
        (
            "used-up",
            card(&LinkStatus::UsedUp(offer("Safety 2027")), &empty, None),
        ),
        (
            "yours",
            card(
                &LinkStatus::Yours {
                    offer: offer("Safety 2027"),
                    signed_in: true,
                },
                &empty,
                None,
            ),
        ),
        (
            "yours-elsewhere",
            card(
                &LinkStatus::Yours {
                    offer: assigned.clone(),
                    signed_in: false,
                },
                &empty,
                None,
            ),
        ),
        (
            "suspended",
            card(&LinkStatus::Suspended(offer("Safety 2027")), &empty, None),
        ),
        (
            "wrong-recipient",
            card(
                &LinkStatus::WrongRecipient {
                    offer: assigned,
                    signed_in_as: ada,
                },
                &empty,
                None,
            ),
        ),
        ("unknown", card(&LinkStatus::Unknown, &empty, None)),
        (
            "too-many",
            card(&LinkStatus::TooMany { seconds: 900 }, &empty, None),
        ),
        ("code", code_page(context, "", None)),
        ("mailed", mailed_page(context, "grete@example.org")),
        ("ask-link", ask_sign_in_link_page(context, "", None)),
        (
            "sign-in-link",
            sign_in_link_page(
                context,
                "/my/sign-in/x",
                Some("g…e@example.org"),
                Confirmation::Asked,
            ),
        ),
        (
            "sign-in-link-dead",
            sign_in_link_page(context, "/my/sign-in/x", None, Confirmation::Asked),
        ),
        (
            "sign-in-link-again",
            sign_in_link_page(
                context,
                "/my/sign-in/x",
                Some("g…e@example.org"),
                Confirmation::AskedAgain,
            ),
        ),
    ]
}

fn own_pages(context: &PageContext<'_>) -> Pages {
    let collections = [
        ("Safety 2027", "teal", "🦺", 2),
        (LONG, "amber", "👩‍👩‍👧‍👦", 0),
        ("Bread", "rose", "🥖", 6),
    ]
    .map(|(title, colour, emoji, opened)| collection(title, colour, emoji, opened));
    let my = MyPage {
        name: "Grete Høst".into(),
        email: address("grete@example.org"),
        organisation: "Kōwhai Training".into(),
        proven: false,
        collections: collections.to_vec(),
    };
    let proven = MyPage {
        proven: true,
        collections: Vec::new(),
        ..my.clone()
    };
    let items = vec![
        item("Before you start", page_content(), true),
        item("Fire exits of the building", link_content(), true),
        item(LONG, page_content(), false),
        item("The harness, step by step", file_content(), false),
    ];
    let opened = MyCollectionPage {
        organisation: "Kōwhai Training".into(),
        collection: collections[0].clone(),
        items,
        preview: false,
    };
    let preview = MyCollectionPage {
        preview: true,
        ..opened.clone()
    };
    let one = |content| MyItemPage {
        organisation: "Kōwhai Training".into(),
        collection: CollectionId(Uuid::nil()),
        collection_title: "Safety 2027".into(),
        item: item("Before you start", content, false).item,
        opened: false,
        previous: Some((ItemId(Uuid::nil()), "Welcome".into())),
        next: Some((ItemId(Uuid::nil()), LONG.into())),
        preview: false,
    };
    vec![
        ("my", my_page(context, &my, false)),
        ("my-empty", my_page(context, &proven, true)),
        ("collection", collection_page(context, &opened)),
        ("collection-preview", collection_page(context, &preview)),
        ("item-page", item_page(context, &one(page_content()))),
        ("item-link", item_page(context, &one(link_content()))),
        ("item-file", item_page(context, &one(file_content()))),
        (
            "item-preview",
            item_page(
                context,
                &MyItemPage {
                    preview: true,
                    ..one(page_content())
                },
            ),
        ),
    ]
}

fn sign_in_pages(context: &PageContext<'_>) -> Pages {
    let mut problems = Problems::default();
    problems.add(
        "code",
        "This is not the set-up code. It stands in the log of the server.",
    );
    problems.add(
        "password",
        "A password has 12 to 200 characters. A few words in a row are easy to keep in mind.",
    );
    let problems = Refusal::Invalid(problems);
    let zones = ["Europe/Berlin", "Pacific/Auckland", "UTC"];
    let set_up = SetUpForm {
        organisation: "Kōwhai Training".into(),
        ..SetUpForm::default()
    };
    let typed = SignInForm {
        email: "ada@example.org".into(),
        ..SignInForm::default()
    };
    let wrong = Refusal::at("password", "This address and this password do not fit together.");
    let two = [
        (OrganisationId(Uuid::nil()), "Kōwhai Training".to_owned()),
        (OrganisationId(Uuid::max()), LONG.into()),
    ];
    let invitation = InvitationView {
        organisation: "Kōwhai Training".into(),
        email: address("bob@example.org"),
        user_type: BuiltIn::Administrator.name().into(),
        invited_by: "Ada Quill".into(),
    };
    vec![
        (
            "set-up",
            set_up_page(context, &SetUpForm::default(), None, &zones),
        ),
        (
            "set-up-wrong",
            set_up_page(context, &set_up, Some(&problems), &zones),
        ),
        (
            "sign-in",
            sign_in_page(context, &SignInForm::default(), None, &[]),
        ),
        ("sign-in-wrong", sign_in_page(context, &typed, Some(&wrong), &[])),
        ("sign-in-choose", sign_in_page(context, &typed, None, &two)),
        (
            "invitation",
            invitation_page(
                context,
                "/invitation/x",
                &invitation,
                None,
                &AcceptForm::default(),
                None,
                Confirmation::Asked,
            ),
        ),
        ("invitation-gone", invitation_gone_page(context)),
        (
            "error-404",
            error_page(context, &Wrong::Refused(Refusal::NotFound)),
        ),
        ("error-403", error_page(context, &Wrong::OtherSite)),
        (
            "error-500",
            error_page(
                context,
                &Wrong::Fault {
                    id: "0198f3c1-7a52".into(),
                },
            ),
        ),
        ("error-503", error_page(context, &Wrong::Unavailable)),
    ]
}

fn when() -> When {
    When {
        at: DateTime::from_timestamp(1_798_700_000, 0).unwrap_or_default(),
        date: "31 Dec 2026".into(),
        minute: "31 Dec 2026, 23:59".into(),
        input: "2026-12-31".into(),
        relative: "in 9 days".into(),
    }
}

fn offer(title: &str) -> Offer {
    Offer {
        organisation: "Kōwhai Training".into(),
        collection: CollectionId(Uuid::nil()),
        title: title.into(),
        summary: "What everybody on site has to know before the first day: exits, harness, tools, and whom to call."
            .into(),
        cover: Cover { colour: "teal".into(), emoji: "🦺".into() },
        items: 6,
        until: Some(when()),
        assigned: None,
        time_zone: "Pacific/Auckland".into(),
    }
}

fn collection(title: &str, colour: &str, emoji: &str, opened: i64) -> MyCollection {
    MyCollection {
        id: CollectionId(Uuid::nil()),
        title: title.into(),
        summary: "What everybody on site has to know before the first day.".into(),
        cover: Cover {
            colour: colour.into(),
            emoji: emoji.into(),
        },
        opened,
        items: 6,
        since: when(),
    }
}

fn item(title: &str, content: ItemViewContent, opened: bool) -> MyItem {
    MyItem {
        item: ItemView {
            id: ItemId(Uuid::nil()),
            title: title.into(),
            content,
        },
        opened,
    }
}

fn page_content() -> ItemViewContent {
    let html = "<p>Read this <strong>before</strong> your first day.</p><h2>What to bring</h2>\
                <ul><li>Boots</li><li>A <a href=\"https://example.org\">helmet</a></li></ul>\
                <blockquote><p>Nobody works alone.</p></blockquote><pre><code>call 111</code></pre>\
                <table><thead><tr><th>Height</th><th>Needs</th></tr></thead><tbody><tr><td>2 m</td><td>a harness</td></tr></tbody></table>";
    ItemViewContent::Page {
        text: String::new(),
        html: html.into(),
    }
}

fn link_content() -> ItemViewContent {
    ItemViewContent::Link {
        url: "https://example.org/exits".into(),
    }
}

fn file_content() -> ItemViewContent {
    ItemViewContent::File {
        file: FileId(Uuid::nil()),
        name: "harness-step-by-step.pdf".into(),
        bytes: 3_400_000,
        media_type: "application/pdf".into(),
    }
}

fn address(text: &str) -> EmailAddress {
    match text.parse() {
        Ok(address) => address,
        Err(error) => panic!("{text}: {error}"),
    }
}
