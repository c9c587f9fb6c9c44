//! *Why refused?*, for requests with an API token or the token of a mobile session.
//!
//! It applies the rules that decide requests, in their order, and tells an admin more than the program was told. It
//! covers both kinds of tokens, records nothing, and repeats no secret.

use chrono::{DateTime, Utc};
use domain::api_tokens::{Asked, Explained, Question, Request, Rule};
use domain::{Permission, prefixed};

use super::Reports;
use crate::api_tokens::{Considered, NO_NETWORK, Why};
use crate::caller::{Caller, Lacks, Needs, Operations, Who};
use crate::error::Result;
use crate::times::Times;

/// A rule, with its message.
type Refused = (Rule, String);

impl Reports<'_> {
    /// Whether a request with a token would be let in now, and which rule refuses it. Tokens that the caller may not
    /// see are answered like tokens that do not exist.
    ///
    /// # Errors
    /// Forbidden; messages at `token`, `path`, `permission` and `address`.
    pub async fn explain(
        &self,
        caller: &Caller,
        question: &Question,
        operations: Operations,
    ) -> Result<Explained> {
        caller.may(Permission::ApiTokensRead)?;
        let asked = question.parse()?;
        Ok(match self.judged(caller, &asked, operations).await? {
            Ok(detail) => Explained { rule: None, detail },
            Err((rule, detail)) => Explained {
                rule: Some(rule),
                detail,
            },
        })
    }

    async fn judged(
        &self,
        caller: &Caller,
        asked: &Asked,
        operations: Operations,
    ) -> Result<std::result::Result<String, Refused>> {
        let needs = match needed(&asked.request, operations) {
            Ok(needs) => needs,
            Err(refused) => return Ok(Err(refused)),
        };
        let tokens = self.0.api_tokens();
        let considered = match tokens.considered(caller, &asked.subject, asked.address).await? {
            Some(considered) => Some(considered),
            None => {
                let sessions = self.0.mobile_sessions();
                sessions.considered(caller, &asked.subject).await?
            }
        };
        let Some(considered) = considered else {
            let detail =
                "No token that you may see is this one. It may be cut off, or belong to somebody else.";
            return Ok(Err((Rule::Unknown, detail.to_owned())));
        };
        let times = Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        };
        Ok(decided(&considered, asked, needs, &times))
    }
}

/// What the request needs; `None` if it is no particular operation.
fn needed(request: &Request, operations: Operations) -> std::result::Result<Option<Needs>, Refused> {
    match request {
        Request::Any => Ok(None),
        Request::Needing(permission) => Ok(Some(Needs::Permission(*permission))),
        Request::Call { method, path, query } => {
            let needs = (operations.needs)(method, path).ok_or_else(|| {
                let detail = "The REST API has nothing under this method and path. Its description lists all that there is.";
                (Rule::Operation, detail.to_owned())
            })?;
            match prefixed::token_in_query(query) {
                Some(_) if needs != Needs::Nothing => Err((
                    Rule::TokenInAddress,
                    "There is a token behind the ? of the address. It belongs into the head of the request."
                        .into(),
                )),
                _ => Ok(Some(needs)),
            }
        }
    }
}

/// What the rules say, in the order in which they apply to a request.
fn decided(
    considered: &Considered,
    asked: &Asked,
    needs: Option<Needs>,
    times: &Times,
) -> std::result::Result<String, Refused> {
    if needs == Some(Needs::Nothing) {
        return Ok("Everybody may ask this, with a token or without.".into());
    }
    if let Err(why) = &considered.verdict {
        return Err(told(why, considered, asked, times));
    }
    if let Some(seconds) = considered.wait {
        let detail = format!("It has made its requests of this minute. Another one fits in {seconds} s.");
        return Err((Rule::TooMany, detail));
    }
    if let Some(needs) = needs {
        needs
            .admits(&considered.caller)
            .map_err(|lacks| lacking(lacks, considered))?;
    }
    Ok(let_in(considered, asked, needs))
}

/// Why the token opens nothing.
fn told(why: &Why, considered: &Considered, asked: &Asked, times: &Times) -> Refused {
    let minute = |at: DateTime<Utc>| times.when(at).minute;
    let who = &considered.caller;
    match why {
        Why::Replaced(at) => (
            Rule::Replaced,
            format!(
                "It was replaced by a new one, and opens nothing since {}.",
                minute(*at)
            ),
        ),
        Why::Deleted => (Rule::Revoked, "It was deleted.".into()),
        Why::Revoked => (Rule::Revoked, "It was revoked, which is for good.".into()),
        Why::Person => (Rule::Person, format!("The access of {} has ended.", behind(who))),
        Why::Organisation => (
            Rule::Organisation,
            format!("{} was cancelled.", who.organisation_name),
        ),
        Why::Department => {
            let department = considered.department.as_deref().unwrap_or_default();
            let person = behind(who);
            (
                Rule::Department,
                format!("It is limited to {department}, where {person} is not any more."),
            )
        }
        Why::App => (
            Rule::App,
            "The app that has it was removed from the organisation.".into(),
        ),
        Why::Wipe => (
            Rule::Wipe,
            "The app is told to remove everything from the device, and to say so, before anything else."
                .into(),
        ),
        Why::NotYet => (Rule::NotYet, "Its start lies ahead.".into()),
        Why::Expired(at) => {
            let at = at.map(minute).unwrap_or_default();
            (Rule::Expired, format!("It expired at {at}."))
        }
        Why::Unused(days) => (
            Rule::Unused,
            format!("Nobody used it for {days} days, which ends it, as the organisation's policy says."),
        ),
        Why::Suspended => (Rule::Suspended, "It is suspended. Resume it to let it in.".into()),
        Why::Policy(sentence) => (Rule::Policy, (*sentence).to_owned()),
        Why::PolicyNetworks => (Rule::Policy, NO_NETWORK.to_owned()),
        Why::Network => {
            let address = asked.address.map(|address| address.to_string());
            let networks = considered.networks.join(", ");
            (
                Rule::Network,
                format!(
                    "{} is in none of its networks: {networks}.",
                    address.unwrap_or_default()
                ),
            )
        }
    }
}

/// Why the operation is not available to this token.
fn lacking(lacks: Lacks, considered: &Considered) -> Refused {
    let permission = match lacks {
        Lacks::Permission(permission) => permission,
        Lacks::Person | Lacks::Token => {
            let detail =
                "No token may do this, whatever its permissions: it needs a person who is signed in.";
            return (Rule::PersonRequired, detail.to_owned());
        }
        Lacks::Oneself => {
            let detail =
                "This is about oneself: a person may do it, in a browser or in an app, but no API token.";
            return (Rule::PersonRequired, detail.to_owned());
        }
    };
    let (key, rights) = (permission.key(), considered.rights);
    if !rights.of_type.contains(permission) {
        let user_type = &considered.user_type;
        let detail = format!("The request needs {key}, which the user type {user_type} does not have.");
        (Rule::UserType, detail)
    } else if !rights.of_person.contains(permission) {
        let person = behind(&considered.caller);
        let detail = format!("The request needs {key}, which the user type of {person} does not have.");
        (Rule::PersonUserType, detail)
    } else {
        let detail = format!(
            "The request needs {key}, and the token was narrowed to: {}.",
            rights.narrowed
        );
        (Rule::Narrowed, detail)
    }
}

/// The identity it would be let in with.
fn let_in(considered: &Considered, asked: &Asked, needs: Option<Needs>) -> String {
    let place = match &considered.department {
        Some(department) => format!(
            "It sees what belongs to {department} and to the departments below it; anything else is not found, and what is \
             about the whole organisation is refused."
        ),
        None if considered.caller.scope.is_whole() => "It sees the whole organisation.".to_owned(),
        None => format!(
            "It sees the department of {} and those below it; anything else is not found.",
            behind(&considered.caller)
        ),
    };
    let from = match (asked.address, considered.networks.as_slice()) {
        (None, [_, ..]) => format!(
            " The address is not known: it must be in {}.",
            considered.networks.join(", ")
        ),
        _ => String::new(),
    };
    let may = match needs {
        Some(_) => String::new(),
        None => format!(
            " It may do: {}.",
            match considered.caller.permissions.is_empty() {
                true => "nothing".to_owned(),
                false => considered.caller.permissions.to_string(),
            }
        ),
    };
    format!("The request is let in. {place}{may}{from}")
}

/// The person behind a token.
fn behind(caller: &Caller) -> &str {
    match &caller.who {
        Who::ApiToken(token) => token.person_name(),
        Who::MobileApp(session) => session.name(),
        Who::Admin(_) | Who::Operator => caller.name(),
    }
}
