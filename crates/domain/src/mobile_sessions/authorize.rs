//! What an app asks the authorization server (OAuth 2.1), and what it is told when that cannot be.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::permission::Permissions;

/// Characters of a challenge: SHA-256 in base 64 without padding.
const CHALLENGE: usize = 43;

/// The parameters of an authorization request. They come in the address, and once more with the form that allows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizeForm {
    /// `code`.
    pub response_type: String,
    /// The app.
    pub client_id: String,
    /// Where it is called back.
    pub redirect_uri: String,
    /// What only the app that asked can answer.
    pub code_challenge: String,
    /// `S256`.
    pub code_challenge_method: String,
    /// Keys of permissions; blank: all that the person has.
    pub scope: String,
    /// What the app wants to read again in the answer.
    pub state: String,
}

/// What a person is asked to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The challenge.
    pub challenge: String,
    /// What the app is narrowed to; `None`: all that the person may do.
    pub permissions: Option<Permissions>,
}

impl AuthorizeForm {
    /// What is asked for, once app and address are known to belong together.
    ///
    /// # Errors
    /// What the app is told.
    pub fn asked(&self) -> Result<Granted, OAuthProblem> {
        if self.response_type != "code" {
            let error = if self.response_type.is_empty() {
                OAuthError::InvalidRequest
            } else {
                OAuthError::UnsupportedResponseType
            };
            return Err(error.because("response_type is code."));
        }
        if self.code_challenge_method != "S256" {
            return Err(OAuthError::InvalidRequest.because("code_challenge_method is S256: PKCE is needed."));
        }
        if self.code_challenge.len() != CHALLENGE || !self.code_challenge.bytes().all(is_url_safe) {
            return Err(OAuthError::InvalidRequest
                .because("code_challenge is the SHA-256 of the verifier in base64url, 43 characters."));
        }
        Ok(Granted {
            challenge: self.code_challenge.clone(),
            permissions: scope(&self.scope)?,
        })
    }
}

/// Reads a scope; blank is `None`.
fn scope(text: &str) -> Result<Option<Permissions>, OAuthProblem> {
    match text.trim() {
        "" => Ok(None),
        keys => keys.parse().map(Some).map_err(|_| {
            OAuthError::InvalidScope.because("scope holds keys of permissions, such as tokens:read.")
        }),
    }
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// What an app sends to get tokens.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    /// `authorization_code` or `refresh_token`.
    pub grant_type: String,
    /// The app.
    pub client_id: String,
    /// The code that it was called back with.
    pub code: String,
    /// The address that it was called back at.
    pub redirect_uri: String,
    /// The answer to the challenge.
    pub code_verifier: String,
    /// The refresh token.
    pub refresh_token: String,
    /// A part of what was allowed; blank: all of it.
    pub scope: String,
}

impl TokenForm {
    /// The verifier, if it has the form of one (RFC 7636 §4.1).
    pub fn verifier(&self) -> Option<&str> {
        let fits = (43..=128).contains(&self.code_verifier.len())
            && self
                .code_verifier
                .bytes()
                .all(|byte| is_url_safe(byte) || matches!(byte, b'.' | b'~'));
        fits.then_some(&*self.code_verifier)
    }

    /// The part of what was allowed that is asked for.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn scope(&self) -> Result<Option<Permissions>, OAuthProblem> {
        scope(&self.scope)
    }
}

impl fmt::Debug for TokenForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenForm({} of {}, …)", self.grant_type, self.client_id)
    }
}

/// Why an app gets nothing, in the words of RFC 6749.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthError {
    /// Something is missing, malformed or said twice.
    InvalidRequest,
    /// The app is not known.
    InvalidClient,
    /// A code or token that opens nothing.
    InvalidGrant,
    /// Another way to get tokens than there are.
    UnsupportedGrantType,
    /// Another answer than a code.
    UnsupportedResponseType,
    /// A scope that there is not, or more than was allowed.
    InvalidScope,
    /// The person does not allow it.
    AccessDenied,
}

impl OAuthError {
    /// The word that apps know.
    pub fn key(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
        }
    }

    /// With a sentence for anyone who writes the app.
    pub fn because(self, sentence: &'static str) -> OAuthProblem {
        OAuthProblem {
            error: self,
            description: sentence,
        }
    }
}

/// An error with its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OAuthProblem {
    /// The error.
    pub error: OAuthError,
    /// What was expected, for anyone who writes the app: plain ASCII without quotation marks and backslashes.
    pub description: &'static str,
}

/// An address with parameters behind those that it has.
pub fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = address.to_owned();
    let mut between = if address.contains('?') { '&' } else { '?' };
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(between);
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    text.push(char::from(byte));
                }
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
        between = '&';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> AuthorizeForm {
        AuthorizeForm {
            response_type: "code".into(),
            code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
            code_challenge_method: "S256".into(),
            scope: "tokens:read people:read".into(),
            ..AuthorizeForm::default()
        }
    }

    #[test]
    fn a_request_needs_a_code_a_challenge_and_a_scope_that_there_is() {
        let asked = form().asked().expect("a good request");
        assert_eq!(
            asked.permissions.map(|set| set.to_string()).as_deref(),
            Some("tokens:read people:read")
        );
        let error = |form: AuthorizeForm| form.asked().expect_err("a bad request").error.key();
        let changed = |change: fn(&mut AuthorizeForm)| {
            let mut form = form();
            change(&mut form);
            error(form)
        };
        assert_eq!(
            changed(|form| form.response_type = "token".into()),
            "unsupported_response_type"
        );
        assert_eq!(changed(|form| form.response_type.clear()), "invalid_request");
        assert_eq!(
            changed(|form| form.code_challenge_method = "plain".into()),
            "invalid_request"
        );
        assert_eq!(changed(|form| form.code_challenge.clear()), "invalid_request");
        assert_eq!(
            changed(|form| form.code_challenge = "=".repeat(43)),
            "invalid_request"
        );
        assert_eq!(changed(|form| form.scope = "root".into()), "invalid_scope");
    }

    #[test]
    fn a_verifier_has_43_to_128_characters() {
        let verifier = |text: &str| {
            let form = TokenForm {
                code_verifier: text.into(),
                ..TokenForm::default()
            };
            form.verifier().is_some()
        };
        assert!(verifier(&"a~.-_Z9".repeat(7)));
        assert!(!verifier(&"a".repeat(42)) && !verifier(&"a".repeat(129)) && !verifier(&"a ".repeat(30)));
    }

    #[test]
    fn parameters_follow_those_that_are_there() {
        let code = [("code", "a b"), ("state", ""), ("iss", "https://x")];
        assert_eq!(
            with_parameters("com.example.app:/in", &code),
            "com.example.app:/in?code=a%20b&iss=https%3A%2F%2Fx"
        );
        assert_eq!(
            with_parameters("https://a.example/in?x=1", &code[..1]),
            "https://a.example/in?x=1&code=a%20b"
        );
    }

    #[test]
    fn what_an_app_sends_is_not_printed() {
        let form = TokenForm {
            grant_type: "refresh_token".into(),
            refresh_token: "canary".into(),
            code: "canary".into(),
            code_verifier: "canary".into(),
            ..TokenForm::default()
        };
        assert!(!format!("{form:?}").contains("canary"));
    }
}
