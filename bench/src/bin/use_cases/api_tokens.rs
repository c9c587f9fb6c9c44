//! A database with API tokens, behind several people: one person has ten thousand of them at most. Beside those that are asked
//! for stand as many others as one likes.

use std::path::Path;

use backend::{Client, Secret};
use bench::Outcome;
use bench::token_list::{self, Listed};
use domain::PersonId;
use domain::api_tokens::{ApiTokenForm, Policy, PolicyForm};
use domain::people::{AcceptForm, InvitationForm};

use super::filling;
use super::prepared::{Prepared, place};

/// Tokens behind one person.
const EACH: i64 = 10_000;

/// Makes the database. The strings of the tokens stand in the list where codes do.
pub async fn prepare(folder: &Path, count: i64, beside: i64) -> Outcome {
    let prepared = Prepared::create(folder, place(folder, None)?).await?;
    let tokens = prepared.backend.api_tokens();
    let policy = PolicyForm::from(Policy {
        most_per_person: EACH,
        ..Policy::default()
    });
    tokens.set_policy(&prepared.owner, &policy).await?;
    let mut listed = Vec::new();
    let (mut person, mut pattern) = (None, None);
    for n in 0..count {
        if n % EACH == 0 {
            person = Some(administrator(&prepared, n / EACH).await?);
        }
        let form = ApiTokenForm {
            name: format!("Program {n}"),
            expires: "365d".into(),
            user: person.map(|person| person.to_string()).unwrap_or_default(),
            ..ApiTokenForm::default()
        };
        let made = tokens.create_from(&prepared.owner, &form).await?;
        pattern = Some(made.id);
        listed.push(Listed {
            code: made.secret,
            id: made.id.to_string(),
        });
    }
    filling::close_and_fill(prepared, folder, pattern, beside).await?;
    token_list::write(folder, &listed)
}

/// Somebody who can stand behind tokens.
async fn administrator(prepared: &Prepared, n: i64) -> Outcome<PersonId> {
    let people = prepared.backend.people();
    let form = InvitationForm {
        email: format!("program{n}@example.org"),
        user_type: "administrator".into(),
        department: String::new(),
    };
    let invitation = people.invite(&prepared.owner, &form).await?;
    let (_, secret) = invitation
        .link
        .rsplit_once('/')
        .ok_or("an invitation has a link")?;
    let form = AcceptForm {
        name: format!("Program {n}"),
        password: "correct horse battery".into(),
    };
    let client = Client::default();
    let session = people
        .accept_invitation(&Secret::new(secret), &form, &client)
        .await?;
    let caller = people.caller(&session.secret, &client).await?;
    let person = caller.and_then(|caller| caller.person());
    Ok(person.ok_or("whoever accepts is signed in")?)
}
