//! The codes of a multi token with their QR codes, for paper: a page without scripts that a browser prints as it is.

use domain::access_tokens::{Sheet, SheetCode};
use leptos::prelude::*;

use crate::plain::{PageContext, document, render};
use crate::routes;

/// The paper that the page is printed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 by 297 millimetres.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// The paper behind a word in an address; an unknown word is A4.
    pub fn from_key(key: &str) -> Self {
        match key {
            "letter" => Self::Letter,
            _ => Self::A4,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
        }
    }
}

/// The page. `after` is the number that it starts behind.
pub fn sheet_page(context: &PageContext<'_>, sheet: &Sheet, paper: Paper, after: i64) -> String {
    render(|| {
        let address = |paper: Paper, after: i64| {
            format!(
                "{}?paper={}&after={after}",
                routes::sheet(sheet.token),
                paper.key()
            )
        };
        let papers = [(Paper::A4, "A4"), (Paper::Letter, "Letter")].map(|(other, words)| {
            let is_here = (other == paper).then_some("page");
            view! { <a href=address(other, after) aria-current=is_here>{words}</a> }
        });
        let closed = sheet.closed.map(|state| {
            view! { <p class="notice">{format!("Their links open nothing for now: {state}. They can be printed all the same.")}</p> }
        });
        let next = sheet
            .next
            .map(|next| view! { <a class="button" href=address(paper, next)>"The next codes"</a> });
        let rows = sheet.codes.iter().map(|code| label(sheet, code)).collect_view();
        let codes = match sheet.codes.is_empty() {
            true => view! { <p>"Every code was used, so there is none to hand out."</p> }.into_any(),
            false => view! { <ul>{rows}</ul> }.into_any(),
        };
        let body = view! {
            <main class=format!("sheet {}", paper.key())>
                <header>
                    <a href=routes::token(sheet.token)>{format!("Back to {}", sheet.name)}</a>
                    <h1>{format!("Codes of {}", sheet.name)}</h1>
                    <p>
                        "The codes that nobody has used. Print this page: the lines are for cutting. Whoever has a code can use it, so \
                         keep the sheet as you would keep money."
                    </p>
                    <nav aria-label="Paper">"Paper: "{papers.into_iter().collect_view()}</nav>
                    {closed}
                    {next}
                </header>
                {codes}
            </main>
        };
        document(context, &format!("Codes of {}", sheet.name), body)
    })
}

fn label(sheet: &Sheet, code: &SheetCode) -> AnyView {
    let ends = sheet
        .until
        .as_ref()
        .map(|until| view! { <small>{format!("Until {until}")}</small> });
    let assigned = code
        .assigned
        .as_ref()
        .map(|email| view! { <small>{format!("For {email}")}</small> });
    let link = code.link.clone();
    let shown = link
        .split_once("://")
        .map_or(link.as_str(), |(_, rest)| rest)
        .to_owned();
    let picture = format!("The link of code {}", code.number);
    view! {
        <li>
            <img class="qr" width="104" height="104" alt=picture src=code.qr_png.clone() />
            <span>
                <small>{format!("{} · {}", sheet.organisation, code.number)}</small>
                <b>{sheet.collection.clone()}</b>
                <code>{shown}</code>
                {assigned}
                {ends}
            </span>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use domain::TokenId;
    use uuid::Uuid;

    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    fn sheet(name: &str) -> Sheet {
        Sheet {
            token: TokenId(Uuid::from_u128(7)),
            name: name.into(),
            organisation: name.into(),
            collection: name.into(),
            until: Some("31 Dec 2026, 23:59 (Pacific/Auckland)".into()),
            closed: None,
            codes: vec![SheetCode {
                number: 12,
                code: "7F3K-0000-0000-0000-M5QJ".into(),
                link: "https://tokens.example.org/t/7F3K-0000-0000-0000-M5QJ".into(),
                qr_png: "data:image/png;base64,AAAA".into(),
                assigned: "ada@example.org".parse().ok(),
            }],
            next: Some(12),
        }
    }

    #[test]
    fn each_code_has_its_link_in_both_forms_and_says_what_it_opens() {
        let html = sheet_page(&CONTEXT, &sheet("Order 4711"), Paper::Letter, 0);
        assert_safe(&html);
        for needed in [
            "<main class=\"sheet letter\">",
            "tokens.example.org/t/7F3K-0000-0000-0000-M5QJ",
            "src=\"data:image/png;base64,AAAA\"",
            "For ada@example.org",
            "Until 31 Dec 2026, 23:59",
            "paper=letter&amp;after=12",
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
    }

    #[test]
    fn names_are_text() {
        assert_safe(&sheet_page(&CONTEXT, &sheet(HOSTILE), Paper::A4, 0));
    }

    #[test]
    fn an_unknown_paper_is_a4() {
        for paper in [Paper::A4, Paper::Letter] {
            assert_eq!(Paper::from_key(paper.key()), paper);
        }
        assert_eq!(Paper::from_key("\"><script>"), Paper::A4);
    }
}
