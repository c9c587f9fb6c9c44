//! What became of a file of recipients that has bad rows: every one of them, with its reason.

use domain::campaigns::import::BadRow;
use leptos::prelude::*;

use crate::plain::{Art, Card, PageContext};

/// The page. `back` leads to the campaign.
pub fn import_page(
    context: &PageContext<'_>,
    back: &str,
    added: usize,
    skipped: usize,
    bad: &[BadRow],
) -> String {
    let heading = if added == 0 {
        "Nobody was added"
    } else {
        "Some rows were left out"
    };
    let card = Card {
        title: heading.into(),
        art: Art::Mark,
        heading: heading.into(),
    };
    card.page(context, || {
        let sentence = format!(
            "{} rows cannot be recipients. {added} were added, {skipped} were there already.",
            bad.len()
        );
        let rows: Vec<_> = bad
            .iter()
            .map(|row| {
                let (line, text, reason) = (row.line, row.text.clone(), row.reason.clone());
                view! { <div><dt>"Line " {line} ": " {text}</dt><dd>{reason}</dd></div> }
            })
            .collect();
        view! {
            <p class="lead">{sentence}</p>
            <p>"Mend them in your file and import it again: nobody is added twice. Or choose to add the good rows only."</p>
            <dl class="facts">{rows}</dl>
            <p><a class="button" href=back.to_owned()>"Back to the campaign"</a></p>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn every_bad_row_is_named_and_hostile_text_stays_text() {
        let bad: Vec<_> = (2..40)
            .map(|line| BadRow {
                line,
                text: HOSTILE.into(),
                reason: "An e-mail address looks like name@example.org.".into(),
            })
            .collect();
        let html = import_page(&CONTEXT, HOSTILE, 0, 0, &bad);
        assert_safe(&html);
        assert_eq!(html.matches("name@example.org").count(), 38);
    }
}
