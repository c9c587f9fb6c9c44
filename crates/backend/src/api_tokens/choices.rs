//! What the form of a new token offers.

use domain::api_tokens::{ApiTokenForm, Choices, IssuedApiToken};
use domain::people::PeopleQuery;
use domain::{Permission, PersonId};

use super::{ApiTokens, sql};
use crate::error::Result;
use crate::user_types::UserTypes;
use crate::{Caller, departments, people};

impl ApiTokens<'_> {
    /// What somebody could choose from: people who manage something, the departments that they see, and the user types
    /// that have nothing they do not have themselves.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn choices(&self, caller: &Caller) -> Result<Choices> {
        caller.may(Permission::ApiTokensManage)?;
        let signed_in = caller.signed_in()?;
        let admins = PeopleQuery {
            admins_only: true,
            ..PeopleQuery::default()
        };
        let mut conn = self.0.db.read().await?;
        let mut users: Vec<(String, String)> = Vec::new();
        if caller.may(Permission::PeopleRead).is_ok() {
            let page = people::listed_page(&mut conn, caller.organisation(), &admins).await?;
            let there = page.rows.into_iter().filter(|row| row.deactivated_at.is_none());
            users.extend(there.map(|row| (row.id.to_string(), format!("{} ({})", row.name, row.email))));
        }
        let me: PersonId = signed_in.person;
        if !users.iter().any(|(id, _)| *id == me.to_string()) {
            users.insert(
                0,
                (
                    me.to_string(),
                    format!("{} ({})", signed_in.name, signed_in.email),
                ),
            );
        }
        let types = UserTypes::of(&mut conn, caller.organisation()).await?;
        let mut user_types: Vec<_> = types
            .all()
            .filter(|one| !one.permissions.is_empty() && one.permissions.is_subset(caller.permissions))
            .map(|one| (one.id.to_string(), one.name.clone()))
            .collect();
        user_types.sort_by(|one, other| one.1.cmp(&other.1));
        Ok(Choices {
            me,
            users,
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
        self.create(caller, &form.parse()?).await
    }
}
