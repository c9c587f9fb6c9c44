//! Whether a person clicked the button of a form: the confirmation.
//!
//! Mail scanners and previews load a page and run its scripts, and some submit its forms. So a form that spends a use
//! or signs somebody in requires two signs of a person's click. The form includes its button's field, which scripts
//! that call `submit()` leave out. And browsers say in `Sec-Fetch-User` that a gesture led to a navigation, which
//! distinguishes a person's click from a script's `click()`.
//!
//! Nobody is locked out: a client that says nothing about gestures (Safari, old browsers, all of them over plain HTTP,
//! programs) is judged by the button alone, and a word typed by hand replaces what a browser conceals.

use app::plain::Confirmation;
use axum::extract::{FromRequest, Request};
use http::HeaderMap;
use http::header::USER_AGENT;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fields::Fields;
use crate::failure::Failure;

/// A form with a button that spends or signs in: what was filled in, if a person confirmed it.
pub enum Confirmed<T> {
    /// A person confirmed it, as far as can be told.
    ByPerson(T),
    /// Nothing shows that a person did. The form is shown again, and nothing else happens.
    ByNobody(T),
}

/// A form of which only the button matters.
#[derive(Deserialize)]
pub struct ButtonAlone {}

#[derive(Deserialize)]
struct Sent<T> {
    #[serde(default)]
    press: String,
    #[serde(default)]
    word: String,
    #[serde(flatten)]
    fields: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Confirmed<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let gesture = Gesture::of(request.headers());
        let Fields(sent) = Fields::<Sent<T>>::from_request(request, state).await?;
        let is_told = gesture != Gesture::Absent || Confirmation::is_typed(&sent.word);
        if Confirmation::is_sent(&sent.press) && is_told {
            return Ok(Self::ByPerson(sent.fields));
        }
        metrics::counter!("forms_without_press_total").increment(1);
        tracing::info!("a form came without a press of its button");
        Ok(Self::ByNobody(sent.fields))
    }
}

/// What a request says about the gesture that led to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gesture {
    /// There was one.
    Shown,
    /// There was none, and the browser is one that says so if there is.
    Absent,
    /// Nothing.
    Untold,
}

impl Gesture {
    fn of(headers: &HeaderMap) -> Self {
        let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said == value);
        let is_navigation = match headers.get("sec-fetch-mode") {
            Some(mode) => mode == "navigate",
            None => true,
        };
        if !is_navigation {
            // People send forms by navigating; `fetch()` is a script's.
            return Self::Absent;
        }
        if says("sec-fetch-user", "?1") {
            return Self::Shown;
        }
        if headers.contains_key("sec-fetch-site") && tells_gestures(headers) {
            Self::Absent
        } else {
            Self::Untold
        }
    }
}

/// Chromium and Firefox send `Sec-Fetch-User` wherever they send `Sec-Fetch-Site`. Safari sends the second and never
/// the first, and so does every browser on iOS, where their names differ: `CriOS`, `FxiOS`.
fn tells_gestures(headers: &HeaderMap) -> bool {
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    headers.contains_key("sec-ch-ua") || agent.contains("Chrome/") || agent.contains("Firefox/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROMIUM: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
    const CHROME_ON_IOS: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1";

    fn gesture(agent: &str, headers: &[(&'static str, &'static str)]) -> Gesture {
        let mut map: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    http::HeaderValue::from_static(value),
                )
            })
            .collect();
        map.insert(USER_AGENT, agent.parse().expect("a header"));
        Gesture::of(&map)
    }

    #[test]
    fn browsers_that_tell_gestures_are_believed_when_they_tell_none() {
        let site = ("sec-fetch-site", "same-origin");
        let mode = ("sec-fetch-mode", "navigate");
        let user = ("sec-fetch-user", "?1");
        for agent in [CHROMIUM, FIREFOX] {
            assert_eq!(gesture(agent, &[site, mode, user]), Gesture::Shown);
            assert_eq!(gesture(agent, &[site, mode]), Gesture::Absent);
            assert_eq!(gesture(agent, &[site]), Gesture::Absent);
        }
        let hints = ("sec-ch-ua", "\"Chromium\";v=\"156\"");
        assert_eq!(
            gesture("a name of its own", &[site, mode, hints]),
            Gesture::Absent,
            "another name does not hide a Chromium"
        );
    }

    #[test]
    fn those_that_never_tell_are_judged_by_the_button() {
        let site = ("sec-fetch-site", "same-origin");
        let mode = ("sec-fetch-mode", "navigate");
        for agent in [SAFARI, CHROME_ON_IOS, "an unknown one"] {
            assert_eq!(gesture(agent, &[site, mode]), Gesture::Untold);
        }
        for agent in [CHROMIUM, FIREFOX, SAFARI, "curl/8.5.0"] {
            assert_eq!(
                gesture(agent, &[]),
                Gesture::Untold,
                "over plain HTTP, and before they had such headers"
            );
        }
    }

    #[test]
    fn what_a_script_fetches_was_pressed_by_nobody_in_any_browser() {
        for agent in [CHROMIUM, FIREFOX, SAFARI] {
            for mode in ["cors", "same-origin", "no-cors"] {
                let headers = [("sec-fetch-mode", mode), ("sec-fetch-user", "?1")];
                assert_eq!(gesture(agent, &headers), Gesture::Absent);
            }
        }
    }
}
