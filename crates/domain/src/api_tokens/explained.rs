//! *Why was this refused?*: the question, and the rule that answers it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::form::Problems;
use crate::id::TokenId;
use crate::permission::Permission;
use crate::prefixed::{Prefix, PrefixedSecret};

/// A token and a request that somebody asks about, as it was typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// The token, or its id.
    pub token: String,
    /// The method; GET if it is blank.
    pub method: String,
    /// The path, or the whole URL; blank: any.
    pub path: String,
    /// A permission instead of a method and a path.
    pub permission: String,
    /// The address of the caller; blank: any.
    pub address: String,
}

/// A token is a secret.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").finish_non_exhaustive()
    }
}

/// What a question is about.
pub struct Asked {
    /// The token.
    pub subject: Subject,
    /// The request.
    pub request: Request,
    /// Where it comes from; `None`: it does not matter.
    pub address: Option<IpAddr>,
}

/// The token that somebody asks about.
pub enum Subject {
    /// By its secret.
    Secret(PrefixedSecret),
    /// By its id.
    Id(TokenId),
    /// It is no token of any kind.
    Nothing,
}

/// The request that somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// None in particular.
    Any,
    /// One that needs a permission.
    Needing(Permission),
    /// One to the REST API.
    Call {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// What stands behind the `?`.
        query: String,
    },
}

impl Question {
    /// The question that was typed. What is no token is none that anybody knows, which is an answer and no problem.
    ///
    /// # Errors
    /// All problems at once, by field. None of them repeats the token.
    pub fn parse(&self) -> Result<Asked, Problems> {
        let mut problems = Problems::default();
        let subject = problems.check("token", subject(&self.token));
        let request = match self.permission.trim() {
            "" => problems.check("path", request(&self.method, &self.path)),
            key => problems.check(
                "permission",
                Permission::from_key(key)
                    .map(Request::Needing)
                    .ok_or("There is no such permission. One is “tokens:read”."),
            ),
        };
        let address = match self.address.trim() {
            "" => Some(None),
            text => problems.check(
                "address",
                text.parse()
                    .map(Some)
                    .map_err(|_| "Type an address such as 203.0.113.7."),
            ),
        };
        match (subject, request, address) {
            (Some(subject), Some(request), Some(address)) => Ok(Asked {
                subject,
                request,
                address,
            }),
            _ => Err(problems),
        }
    }
}

fn subject(text: &str) -> Result<Subject, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Paste the token, or its id.");
    }
    if let Ok(id) = text.parse::<TokenId>() {
        return Ok(Subject::Id(id));
    }
    let secret = [Prefix::API, Prefix::MOBILE]
        .into_iter()
        .find_map(|prefix| PrefixedSecret::parse(prefix, text).ok());
    Ok(secret.map_or(Subject::Nothing, Subject::Secret))
}

fn request(method: &str, path: &str) -> Result<Request, &'static str> {
    let (method, path) = (method.trim(), path.trim());
    if path.is_empty() {
        return match method {
            "" => Ok(Request::Any),
            _ => Err("Type the path, such as /api/v1/access-tokens."),
        };
    }
    // As somebody copies it from a log or a program: what names the server does not matter.
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => path,
    };
    if !path.starts_with('/') {
        return Err("A path begins with /, such as /api/v1/access-tokens.");
    }
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Ok(Request::Call {
        method: match method {
            "" => "GET".to_owned(),
            method => method.to_ascii_uppercase(),
        },
        path: path.to_owned(),
        query: query.to_owned(),
    })
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $key:literal $heading:literal),+ $(,)?) => {
        /// What decides about a request with a token.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Rule { $($(#[$doc])* $name),+ }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word for programs.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }

            /// What it says, in a few words.
            pub fn heading(self) -> &'static str {
                match self { $(Self::$name => $heading),+ }
            }
        }
    };
}

rules! {
    /// There is no such operation.
    Operation "no_operation" "there is no such operation",
    /// A token stands in the address.
    TokenInAddress "token_in_address" "there is a token in the address",
    /// There is no such token, or whoever asks may not see it.
    Unknown "unknown" "the token is not known",
    /// Its secret was replaced.
    Replaced "replaced" "the token was replaced",
    /// Its start lies ahead.
    NotYet "not_yet" "the token is not good yet",
    /// Its time is over.
    Expired "expired" "the token has expired",
    /// Nobody used it for so long that it ended.
    Unused "unused" "the token was not used for too long",
    /// Somebody paused it.
    Suspended "suspended" "the token is suspended",
    /// Somebody ended it.
    Revoked "revoked" "the token was revoked",
    /// The access of the person behind it has ended.
    Person "person" "the person's access has ended",
    /// The organisation was cancelled.
    Organisation "organisation" "the organisation is cancelled",
    /// The app was removed.
    App "app" "the app was removed",
    /// The device is to be wiped.
    Wipe "wipe" "the device is to be wiped",
    /// Its department is not one of the person's any more.
    Department "department" "the department is not the person's",
    /// The organisation's policy.
    Policy "policy" "the policy does not allow the token",
    /// It comes from another network.
    Network "network" "the token may not be used from there",
    /// It calls too often.
    TooMany "too_many" "the token calls too often",
    /// The operation takes no tokens.
    PersonRequired "person_required" "the operation takes no such token",
    /// Its user type lacks the permission.
    UserType "user_type" "the token's user type does not allow it",
    /// The user type of the person lacks the permission.
    PersonUserType "person_user_type" "the person's user type does not allow it",
    /// It was narrowed to other permissions.
    Narrowed "narrowed" "the token was narrowed to less",
}

/// What *Why was this refused?* answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// The rule that refuses the request; `None`: it would be let in.
    pub rule: Option<Rule>,
    /// What was expected and what came, or as whom it would be let in.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(method: &str, path: &str) -> Question {
        Question {
            token: "twa_nonsense".into(),
            method: method.into(),
            path: path.into(),
            ..Question::default()
        }
    }

    fn call(method: &str, path: &str, query: &str) -> Request {
        Request::Call {
            method: method.into(),
            path: path.into(),
            query: query.into(),
        }
    }

    #[test]
    fn a_request_is_read_as_it_is_copied() {
        let read = |method: &str, path: &str| match question(method, path).parse() {
            Ok(asked) => asked.request,
            Err(problems) => panic!("{problems}"),
        };
        assert_eq!(read("", ""), Request::Any);
        assert_eq!(read("", "/api/v1/people"), call("GET", "/api/v1/people", ""));
        assert_eq!(
            read("post", "https://tokens.example.org/api/v1/people?a=b#c"),
            call("POST", "/api/v1/people", "a=b")
        );
        assert_eq!(read("", "https://tokens.example.org"), call("GET", "/", ""));
        let needing = Question {
            permission: " people:read ".into(),
            ..question("", "")
        };
        assert!(matches!(
            needing.parse().map(|asked| asked.request),
            Ok(Request::Needing(Permission::PeopleRead))
        ));
    }

    #[test]
    fn a_question_is_refused_at_its_fields_and_repeats_no_token() {
        let secret = PrefixedSecret::from_random(Prefix::API, [7; 32]);
        let wrong = Question {
            token: secret.reveal().to_owned(),
            path: "people".into(),
            address: "here".into(),
            ..Question::default()
        };
        let problems = wrong.parse().err().expect("problems");
        assert!(problems.at("path").is_some() && problems.at("address").is_some());
        assert!(problems.at("token").is_none());
        let said = format!("{problems} {problems:?} {wrong:?}");
        assert!(!said.contains(secret.reveal()), "{said}");
        let at = |question: Question, field: &str| {
            question
                .parse()
                .err()
                .is_some_and(|problems| problems.at(field).is_some())
        };
        assert!(at(Question::default(), "token"));
        assert!(at(question("GET", ""), "path"));
        let unheard = Question {
            permission: "people:eat".into(),
            ..question("", "")
        };
        assert!(at(unheard, "permission"));
    }

    #[test]
    fn a_token_is_told_from_an_id() {
        let of = |token: &str| {
            let question = Question {
                token: token.into(),
                ..Question::default()
            };
            question.parse().map(|asked| asked.subject)
        };
        let secret = PrefixedSecret::from_random(Prefix::MOBILE, [7; 32]);
        assert!(matches!(of(secret.reveal()), Ok(Subject::Secret(_))));
        assert!(matches!(
            of("00000000-0000-4000-8000-000000000020"),
            Ok(Subject::Id(_))
        ));
        assert!(matches!(of("twa_nonsense"), Ok(Subject::Nothing)));
    }

    #[test]
    fn every_rule_has_a_word_of_its_own() {
        for (at, rule) in Rule::ALL.iter().enumerate() {
            let others = &Rule::ALL[at + 1..];
            assert!(others.iter().all(|other| other.key() != rule.key()), "{rule:?}");
        }
    }
}
