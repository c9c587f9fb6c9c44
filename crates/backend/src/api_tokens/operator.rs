//! What the operator's command line needs to make API tokens.

use domain::api_tokens::{NewApiToken, SelfView};
use domain::{EmailAddress, OrganisationId, PersonId, Refusal, UserTypeRef};

use super::ApiTokens;
use super::authenticate::Denied;
use crate::error::Result;
use crate::user_types::UserTypes;
use crate::{Caller, Client, departments, people};

/// Names as they are typed on the command line.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// The address or id of the person behind the token, or the name or id of a service user.
    pub user: Option<String>,
    /// The name of a department.
    pub department: Option<String>,
    /// The name of a user type.
    pub user_type: Option<String>,
}

impl ApiTokens<'_> {
    /// What is meant by some names.
    ///
    /// # Errors
    /// A sentence at the name that stands for nothing.
    pub async fn named(&self, caller: &Caller, named: &Named, mut new: NewApiToken) -> Result<NewApiToken> {
        let organisation = caller.organisation();
        let mut conn = self.0.db.read().await?;
        if let Some(user) = &named.user {
            let person = match (user.parse::<PersonId>(), user.parse::<EmailAddress>()) {
                (Ok(id), _) => people::behind(&mut conn, &caller.scope, id).await?.map(|_| id),
                (_, Ok(email)) => people::by_address(&mut conn, organisation, &email).await?,
                _ => people::service_user(&mut conn, organisation, user).await?,
            };
            let nobody = || {
                let sentence = format!(
                    "Nobody in the organisation has the address {user}, and no service user, or more than one, has this name."
                );
                Refusal::at("user", sentence)
            };
            new.person = Some(person.ok_or_else(nobody)?);
        }
        if let Some(name) = &named.department {
            let department = departments::by_name(&mut conn, organisation, name).await?;
            let none = || {
                Refusal::at(
                    "department",
                    format!("There is no department {name}, or there are several."),
                )
            };
            new.department = Some(department.ok_or_else(none)?);
        }
        if let Some(name) = &named.user_type {
            let types = UserTypes::of(&mut conn, organisation).await?;
            let none = || Refusal::at("user_type", format!("There is no user type {name}."));
            new.user_type = Some(UserTypeRef::Id(types.named(name).ok_or_else(none)?.id));
        }
        Ok(new)
    }

    /// Whether a secret opens at this moment, from nowhere in particular; it does not count as a use.
    ///
    /// # Errors
    /// A fault.
    pub async fn verify(&self, secret: &str) -> Result<Option<SelfView>> {
        let client = Client::default();
        match self.check(secret, &client).await {
            Ok(caller) => self.myself(&caller).map(Some),
            Err(Denied::Fault(fault)) => Err(fault),
            Err(_) => Ok(None),
        }
    }

    /// The caller who acts for the operator in an organisation.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn operator(&self, organisation: OrganisationId) -> Result<Caller> {
        self.0.organisations().operator(organisation).await
    }
}
