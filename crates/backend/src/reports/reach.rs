//! What an API token could reach, before it is created.

use domain::api_tokens::{ApiTokenForm, ApiTokenQuery, NewApiToken, Reach};
use domain::{Permission, Refusal};

use super::Reports;
use crate::error::{Error, Result};
use crate::{Caller, Operations};

impl Reports<'_> {
    /// What a token with this form could reach: what it may do, in which department, how many rows of each kind it
    /// would see, and which of the operations it could carry out. Nothing is created.
    ///
    /// # Errors
    /// Forbidden; anything creating it would be refused for, except a name that is still missing.
    pub async fn reach(&self, caller: &Caller, form: &ApiTokenForm, operations: Operations) -> Result<Reach> {
        caller.may(Permission::ApiTokensManage)?;
        let named = ApiTokenForm {
            name: "not made yet".into(),
            ..form.clone()
        };
        let new: NewApiToken = named.parse()?;
        let (scope, permissions, department) = self.0.api_tokens().would_be(caller, &new).await?;
        let program = Caller {
            scope,
            permissions,
            ..caller.clone()
        };
        Ok(Reach {
            permissions,
            department,
            operations: operations.open_to(permissions),
            records: self.records(&program).await?,
        })
    }

    /// The rows that the caller sees, by kind.
    async fn records(&self, caller: &Caller) -> Result<Vec<(String, i64)>> {
        let backend = self.0;
        let counts = [
            (
                "access tokens",
                seen(backend.access_tokens().count(caller, &Default::default()).await)?,
            ),
            (
                "collections",
                seen(backend.collections().count(caller, &Default::default()).await)?,
            ),
            (
                "people",
                seen(backend.people().count(caller, &Default::default()).await)?,
            ),
            (
                "page tokens",
                seen(backend.page_tokens().count(caller, &Default::default()).await)?,
            ),
            (
                "API tokens",
                seen(
                    backend
                        .api_tokens()
                        .count(caller, &ApiTokenQuery::default())
                        .await,
                )?,
            ),
            (
                "mails",
                seen(backend.mail().count(caller, &Default::default()).await)?,
            ),
        ];
        Ok(counts
            .into_iter()
            .filter_map(|(what, count)| Some((what.to_owned(), count?)))
            .collect())
    }
}

/// How many rows there are; `None` for a caller who may not see them.
fn seen(counted: Result<i64>) -> Result<Option<i64>> {
    match counted {
        Ok(count) => Ok(Some(count)),
        Err(Error::Refused(Refusal::Forbidden)) => Ok(None),
        Err(error) => Err(error),
    }
}
