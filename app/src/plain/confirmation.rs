//! The button of a form that spends a use or signs somebody in.
//!
//! Programs open links before people do, and some submit the forms that they find. Their `submit()` leaves out the name
//! of the button, a person's click and Enter do not; the server checks the other signs in the request. A form that came
//! without a confirmation is answered with the same page again, which says so.

use leptos::prelude::*;

/// The field that the button sends, and its value.
const PRESS: (&str, &str) = ("press", "yes");

/// The word to type if the browser does not report the click.
const WORD: &str = "open";

/// How a page asks for the confirmation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// For the first time.
    #[default]
    Asked,
    /// Again: the form came, but nothing shows that a person clicked the button.
    AskedAgain,
    /// The browser keeps no cookie, so that a confirmation would be lost.
    WithoutCookies,
}

impl Confirmation {
    /// Whether the field that the button sends is there.
    pub fn is_sent(field: &str) -> bool {
        field == PRESS.1
    }

    /// Whether somebody typed the word that replaces a click.
    pub fn is_typed(word: &str) -> bool {
        word.trim().eq_ignore_ascii_case(WORD)
    }

    /// Above the form: why the page is back, and that nothing has happened.
    pub(crate) fn notice(self) -> Option<impl IntoView + use<>> {
        let why = match self {
            Self::Asked => return None,
            Self::AskedAgain => {
                "Nothing told us that a person pressed the button, and programs that check links send forms, too. Please press it."
            }
            Self::WithoutCookies => {
                "Your browser refuses cookies, and without them nobody can stay signed in here. Allow cookies for this site, then press the button."
            }
        };
        Some(view! {
            <div class="notice" role="status">
                <p>"Nothing has happened yet. " {why}</p>
            </div>
        })
    }

    /// At the end of the form: its button, and an alternative for people whose browser does not report the click.
    pub(crate) fn button(self, label: &'static str) -> impl IntoView + use<> {
        self.with_word(label.to_owned())
    }

    /// Another button on a page whose first one asks for the word.
    pub(crate) fn labelled(label: String) -> impl IntoView + use<> {
        view! {
            <button class="button" name=PRESS.0 value=PRESS.1>
                {label}
            </button>
        }
    }

    fn with_word(self, label: String) -> impl IntoView + use<> {
        let word = (self == Self::AskedAgain).then(|| {
            view! {
                <details class="field">
                    <summary>"This page comes back each time?"</summary>
                    <label for="word">{format!("Type \u{201c}{WORD}\u{201d} here, then press the button")}</label>
                    <input
                        id="word"
                        name="word"
                        type="text"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                    />
                </details>
            }
        });
        view! {
            {word}
            <button class="button primary" name=PRESS.0 value=PRESS.1>
                {label}
            </button>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(press: Confirmation) -> String {
        Owner::new().with(|| view! { {press.notice()} {press.button("Get access")} }.to_html())
    }

    #[test]
    fn only_a_press_names_the_button() {
        for press in [Confirmation::Asked, Confirmation::AskedAgain] {
            let html = html(press);
            assert!(
                html.contains("<button name=\"press\" value=\"yes\"")
                    && html.contains(">Get access</button>"),
                "{html}"
            );
            assert!(
                !html.contains("type=\"hidden\""),
                "what the button says is in no other field: {html}"
            );
        }
        assert!(Confirmation::is_sent("yes") && !Confirmation::is_sent("") && !Confirmation::is_sent("on"));
    }

    #[test]
    fn the_second_page_says_why_it_is_there_and_shows_another_way() {
        assert!(!html(Confirmation::Asked).contains("name=\"word\""));
        let again = html(Confirmation::AskedAgain);
        assert!(again.contains("Nothing has happened yet."), "{again}");
        assert!(
            again.contains("<label for=\"word\">Type \u{201c}open\u{201d}"),
            "{again}"
        );
        assert!(
            Confirmation::is_typed(" Open ") && !Confirmation::is_typed("") && !Confirmation::is_typed("yes")
        );
    }
}
