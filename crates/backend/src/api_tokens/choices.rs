//! What the form of a new token and the filters of the list offer.

use database::Conn;
use domain::api_tokens::{ApiTokenForm, Choices, IssuedApiToken, UserTypeChoice};
use domain::people::PeopleQuery;
use domain::{Permission, PersonId};

use super::{ApiTokens, sql};
use crate::error::Result;
use crate::user_types::UserTypes;
use crate::{Caller, SignedIn, departments, people};

/// People that can be chosen from, at most; anyone who has more of them finds the others by the command line and the API.
const MOST_USERS: usize = 1_000;

impl ApiTokens<'_> {
    /// What somebody could choose from: people and service users who may do something, the departments that they see, and
    /// the user types that may do anything.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn choices(&self, caller: &Caller) -> Result<Choices> {
        caller.may(Permission::ApiTokensRead)?;
        let signed_in = caller.signed_in()?;
        let mut conn = self.0.db.read().await?;
        let types = UserTypes::of(&mut conn, caller.organisation()).await?;
        let mut user_types: Vec<_> = types
            .all()
            .filter(|one| one.is_admin())
            .map(|one| UserTypeChoice {
                id: one.id,
                name: one.name.clone(),
                permissions: one.permissions,
                can_be_granted: one.permissions.is_subset(caller.permissions),
            })
            .collect();
        user_types.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Choices {
            me: signed_in.person,
            users: users(&mut conn, caller, signed_in).await?,
            departments: departments::within(&mut conn, &caller.scope).await?,
            user_types,
            policy: sql::policy(&mut conn, caller.organisation()).await?,
        })
    }

    /// Makes a token from what was typed.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn create_from(&self, caller: &Caller, form: &ApiTokenForm) -> Result<IssuedApiToken> {
        caller.may(Permission::ApiTokensManage)?;
        self.create(caller, &form.parse()?).await
    }
}

/// The people and service users who can stand behind a token, by their names; for somebody who may not see people, themselves.
async fn users(conn: &mut Conn, caller: &Caller, me: &SignedIn) -> Result<Vec<(String, String)>> {
    let choice = |id: PersonId, name: &str, about: &str| (id.to_string(), format!("{name} ({about})"));
    let myself = choice(me.person, &me.name, me.email.as_str());
    if caller.may(Permission::PeopleRead).is_err() {
        return Ok(vec![myself]);
    }
    let mut admins = PeopleQuery {
        admins_only: true,
        ..PeopleQuery::default()
    };
    let mut users = Vec::new();
    while users.len() < MOST_USERS {
        let page = people::listed_page(conn, &caller.scope, &admins).await?;
        let there = page.rows.iter().filter(|row| row.deactivated_at.is_none());
        users.extend(there.map(|row| match row.owner_id {
            Some(_) => choice(row.id, &row.name, "service user"),
            None => choice(row.id, &row.name, &row.email),
        }));
        admins.after = page.next;
        if admins.after.is_none() {
            break;
        }
    }
    if !users.contains(&myself) {
        users.insert(0, myself);
    }
    Ok(users)
}
