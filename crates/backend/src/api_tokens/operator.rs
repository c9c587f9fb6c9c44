//! What the operator's command line needs to make API tokens.

use domain::api_tokens::{NewApiToken, SelfView};
use domain::{EmailAddress, OrganisationId, Refusal, UserTypeRef};

use super::ApiTokens;
use super::authenticate::Denied;
use crate::error::Result;
use crate::user_types::UserTypes;
use crate::{Caller, Client, departments, people};

/// Names as they are typed on the command line.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// The address of the person behind the token.
    pub user: Option<EmailAddress>,
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
        if let Some(email) = &named.user {
            let person = people::by_address(&mut conn, organisation, email).await?;
            let nobody = || {
                Refusal::at(
                    "user",
                    format!("Nobody in the organisation has the address {email}."),
                )
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
