//! What there is to archive, so that links go on validating when nobody runs this any more.

use domain::{CredentialId, OrganisationId};

use super::{Campaigns, sql};
use crate::error::Result;

/// Credentials that are read at once.
const PAGE: i64 = 500;

impl Campaigns<'_> {
    /// The organisations that issued something.
    ///
    /// # Errors
    /// A fault.
    pub async fn issuers(&self) -> Result<Vec<OrganisationId>> {
        Ok(sql::issuers(&mut self.0.db.read().await?).await?)
    }

    /// The numbers of all status lists.
    ///
    /// # Errors
    /// A fault.
    pub async fn status_lists(&self) -> Result<Vec<i64>> {
        Ok(sql::list_numbers(&mut self.0.db.read().await?).await?)
    }

    /// Some credentials that validate or were revoked, after one of them, in the order of their ids; none: there are no
    /// more.
    ///
    /// # Errors
    /// A fault.
    pub async fn credentials_after(&self, after: Option<CredentialId>) -> Result<Vec<CredentialId>> {
        let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
        Ok(sql::credentials_after(&mut self.0.db.read().await?, after, PAGE).await?)
    }
}
