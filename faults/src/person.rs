//! A person with a link: what they send, and the answers they get.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{LOCATION, RETRY_AFTER};

use crate::installation::Token;

/// How long a person waits before they try again: longer than the server's own limits.
const PATIENCE: Duration = Duration::from_secs(70);

/// The answer to one confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is theirs.
    Given,
    /// The link is used up, or has expired.
    Gone,
    /// Not now, and when to come back, if that was given.
    Unavailable(Option<String>),
    /// The server reports that something broke.
    Failed(u16),
    /// Nothing was sent: nobody listened.
    NotSent,
    /// It was sent, and no answer came.
    Lost,
    /// An answer that this form never gets.
    Odd(u16),
}

impl Answer {
    /// Whether it is a definite answer to the request.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Given | Self::Gone | Self::Odd(_))
    }
}

/// A person with an address and a form, which has one idempotency key however often it is sent.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their address: the database knows them by it.
    pub email: String,
    /// The key of their form.
    pub key: String,
    /// The answers they got, in order.
    pub answers: Vec<Answer>,
}

impl Person {
    /// A new person.
    pub fn new() -> Self {
        let id = uuid::Uuid::now_v7().simple();
        Self {
            email: format!("{id}@example.org"),
            key: format!("key-{id}"),
            answers: Vec::new(),
        }
    }

    /// The form, as a browser without cookies sends it.
    pub fn form<'a>(&'a self, token: &'a Token) -> [(&'static str, &'a str); 5] {
        [
            ("code", &token.code),
            ("key", &self.key),
            ("name", "Grete"),
            ("email", &self.email),
            ("press", "yes"),
        ]
    }

    /// Confirms, and remembers the answer.
    pub async fn press(&mut self, http: &reqwest::Client, url: &str, token: &Token) -> &Answer {
        let request = http.post(format!("{url}/t/open")).form(&self.form(token));
        let answer = match request.timeout(PATIENCE).send().await {
            Ok(response) => read(response).await,
            Err(error) if error.is_connect() => Answer::NotSent,
            Err(_) => Answer::Lost,
        };
        self.answers.push(answer);
        &self.answers[self.answers.len() - 1]
    }

    /// Whether they know what happened to their request.
    pub fn is_settled(&self) -> bool {
        self.answers.last().is_some_and(Answer::is_final)
    }
}

/// A client that follows no redirects and keeps its connections.
pub fn http() -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tcp_nodelay(true);
    builder.build().unwrap_or_default()
}

/// A client that opens a connection for each request, and announces that it will close it.
pub fn http_that_closes() -> reqwest::Client {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert(
        reqwest::header::CONNECTION,
        reqwest::header::HeaderValue::from_static("close"),
    );
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .default_headers(headers);
    builder.build().unwrap_or_default()
}

async fn read(response: reqwest::Response) -> Answer {
    let status = response.status();
    let header = |name| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let (location, retry_after) = (header(LOCATION), header(RETRY_AFTER));
    // An answer that breaks off still counts: the status came after the commit.
    let _ = response.bytes().await;
    classify(status, location.as_deref(), retry_after)
}

/// What an answer means.
pub fn classify(status: StatusCode, location: Option<&str>, retry_after: Option<String>) -> Answer {
    match status {
        StatusCode::SEE_OTHER if location.is_some_and(|to| to.starts_with("/my/")) => Answer::Given,
        StatusCode::GONE => Answer::Gone,
        StatusCode::SERVICE_UNAVAILABLE => Answer::Unavailable(retry_after),
        other if other.is_server_error() => Answer::Failed(other.as_u16()),
        other => Answer::Odd(other.as_u16()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let given = classify(StatusCode::SEE_OTHER, Some("/my/x"), None);
        assert_eq!(given, Answer::Given);
        assert_eq!(
            classify(StatusCode::SEE_OTHER, Some("/t"), None),
            Answer::Odd(303)
        );
        assert!(classify(StatusCode::GONE, None, None).is_final());
        for unknown in [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE] {
            assert!(!classify(unknown, None, None).is_final());
        }
        assert!(!Answer::Lost.is_final() && !Answer::NotSent.is_final());
    }
}
