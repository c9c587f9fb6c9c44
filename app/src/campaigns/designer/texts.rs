//! Texts as the server draws them. What was drawn once is kept: moving a text draws nothing anew.

use std::time::Duration;

use domain::campaigns::design::{Align, DrawnText, Field};
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::api;
use super::desk::Desk;

/// How long is waited for the next letter.
const PAUSE: Duration = Duration::from_millis(200);
/// How long is waited after an answer that did not come.
const LATER: Duration = Duration::from_secs(2);
/// How many drawn texts are kept.
const MOST: usize = 300;

/// A text wherever it stands: what two texts that are drawn alike have in common.
pub fn alone(field: &Field) -> Field {
    Field {
        x: 0.0,
        y: 0.0,
        heading: false,
        ..field.clone()
    }
}

/// Asks for each text that was not drawn yet, a moment after the last change.
pub fn keep_drawn(desk: Desk) {
    let turn = StoredValue::new(0u32);
    let missing = Memo::new(move |_| {
        desk.drawn.with(|drawn| {
            desk.history.with(|history| {
                let mut missing: Vec<Field> = Vec::new();
                for field in history.now().fields().map(alone) {
                    let is_known = drawn.iter().any(|(known, _)| *known == field) || missing.contains(&field);
                    if !is_known {
                        missing.push(field);
                    }
                }
                missing
            })
        })
    });
    Effect::new(move |_| {
        let wanted = missing.get();
        let Some(mine) = turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        if wanted.is_empty() {
            return;
        }
        spawn_local(async move {
            sleep(PAUSE).await;
            while turn.try_get_value() == Some(mine) {
                match api::draw_texts(desk.campaign, wanted.clone()).await {
                    Ok(answer) => {
                        desk.drawn.try_update(|drawn| {
                            drawn.extend(wanted.into_iter().zip(answer));
                            let too_many = drawn.len().saturating_sub(MOST);
                            drawn.drain(..too_many);
                        });
                        return;
                    }
                    // What does not fit is told when it is saved; what was too much just now is asked for again.
                    Err(error) if error.refusal().is_none_or(|refusal| refusal.status() == 429) => {
                        sleep(LATER).await;
                    }
                    Err(_) => return,
                }
            }
        });
    });
}

/// The inside of a text's element: as it is drawn, or, until that is known, in the browser's own letters.
pub fn markup(field: &Field, drawn: &[(Field, DrawnText)]) -> String {
    let alone = alone(field);
    if let Some((_, drawn)) = drawn.iter().find(|(known, _)| *known == alone) {
        return drawn.svg.clone();
    }
    let anchor = match field.align {
        Align::Left => "start",
        Align::Middle => "middle",
        Align::Right => "end",
    };
    format!(
        "<text font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\">{}</text>",
        field.size,
        if domain::campaigns::design::is_colour(&field.colour) {
            &field.colour
        } else {
            "#000000"
        },
        field.text.replace('&', "&amp;").replace('<', "&lt;")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Field {
        Field {
            text: text.into(),
            x: 5.0,
            y: 6.0,
            width: 100.0,
            size: 20.0,
            lines: 1,
            serif: false,
            bold: false,
            align: Align::Left,
            colour: "#112233".into(),
            heading: true,
        }
    }

    #[test]
    fn a_text_that_moved_is_the_same_drawing_and_one_that_waits_is_harmless() {
        let known = DrawnText {
            svg: "<path/>".into(),
        };
        let drawn = [(alone(&field("Zoë")), known)];
        let moved = Field {
            x: 90.0,
            ..field("Zoë")
        };
        assert_eq!(markup(&moved, &drawn), "<path/>");
        let hostile = Field {
            colour: "\"><script>".into(),
            ..field("<script>&")
        };
        let waiting = markup(&hostile, &drawn);
        assert!(!waiting.contains("<script"), "{waiting}");
    }
}
