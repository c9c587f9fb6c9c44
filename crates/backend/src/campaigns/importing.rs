//! Recipients from a file, checked as a whole before anybody is added.

use domain::campaigns::import::{self, BadRow};
use domain::{CampaignId, Permission, Refusal};

use super::{Added, Campaigns, edit};
use crate::Caller;
use crate::error::Result;

/// Recipients in one transaction: others get their turn between.
const SLICE: usize = 500;

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Who was added, and how many were there already.
    pub added: Added,
    /// The rows that could not be.
    pub bad: Vec<BadRow>,
}

impl Campaigns<'_> {
    /// Adds the recipients of a file. With a bad row in it nobody is added, unless `good_only` says to leave those out.
    /// Sent once more, it adds nobody twice.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `file`.
    pub async fn import(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        file: &[u8],
        good_only: bool,
    ) -> Result<Imported> {
        caller.may(Permission::CampaignsManage)?;
        let checked = import::read(file).map_err(|sentence| Refusal::at("file", sentence))?;
        let mut imported = Imported {
            bad: checked.bad,
            ..Imported::default()
        };
        let mut tx = self.0.db.write().await?;
        edit::locked(&mut tx, caller, campaign).await?;
        drop(tx);
        if !imported.bad.is_empty() && !good_only {
            return Ok(imported);
        }
        for slice in checked.recipients.chunks(SLICE) {
            let added = self.add_recipients(caller, campaign, slice).await?;
            imported.added.ids.extend(added.ids);
            imported.added.skipped += added.skipped;
        }
        Ok(imported)
    }
}
