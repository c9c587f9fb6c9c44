//! Stories of mobile sessions.

mod administering;
mod holding;
mod losing;
mod refreshing;
mod remembering;
mod signing_in;

use chrono::TimeDelta;
use domain::api_tokens::{Bulk, BulkResult};
use domain::mobile_sessions::{MobileAppForm, MobileList, MobileOrder, MobileQuery, OAuthError, Wipe};
use domain::tokens::State;
use domain::{BuiltIn, Permission, Refusal};

use super::testing::{CHALLENGE, REDIRECT, app, asks, code, device, exchanges, phone, refresh, sign_in};
use super::{Issued, Signer, TokenError};
use crate::api_tokens::Denied;
use crate::people::testing::{owner, owner_of, person, signed_in};
use crate::testing::{World, on_each_engine};
use crate::{Backend, Caller, Client, Error};

async fn calls(backend: &Backend, issued: &Issued) -> Result<Caller, Denied> {
    let known = backend
        .mobile_sessions()
        .authenticate(issued.access.reveal(), &phone())
        .await?;
    Ok(known.caller)
}

fn error<T>(answer: Result<T, TokenError>) -> OAuthError {
    match answer {
        Err(TokenError::Refused(problem)) => problem.error,
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it was given"),
    }
}

/// The number of mails about a session that ended.
async fn mails_about(backend: &Backend, caller: &Caller) -> usize {
    let mails = backend
        .mail()
        .list(caller, &Default::default())
        .await
        .expect("mails");
    mails
        .rows
        .iter()
        .filter(|mail| mail.about.contains("Sign-in with an app"))
        .count()
}
