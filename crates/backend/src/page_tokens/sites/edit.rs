//! Changing a site. Of two people who edit one site, each keeps what they changed, and who changed the same as the other is
//! told.

use database::WriteTx;
use domain::form::Edited;
use domain::page_tokens::sites::{SiteForm, SiteRow};
use domain::{Permission, Refusal, SiteId};

use super::super::{PageTokens, assertion};
use super::{Site, locked, sql};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;

impl PageTokens<'_> {
    /// Changes a site: what `change` writes over the form with what is there, while nobody else writes. Its address stays: the
    /// tokens made for it say where they lead.
    ///
    /// # Errors
    /// All problems at once, by field; [`Refusal::NotFound`].
    pub async fn edit_site(
        &self,
        caller: &Caller,
        id: SiteId,
        change: impl FnOnce(&mut SiteForm) + Send,
    ) -> Result<SiteRow> {
        caller.may(Permission::PageTokensManage)?;
        let mut tx = self.0.db.write().await?;
        let before = locked(&mut tx, caller, id).await?;
        let mut form = before.row(0).form();
        change(&mut form);
        self.write_site(tx, caller, before, &form).await
    }

    /// Changes what was changed in a form that was opened with `shown`, of [`SiteRow::form`]. Where somebody else changed the
    /// same meanwhile, nothing is written.
    ///
    /// # Errors
    /// As [`edit_site`](Self::edit_site).
    pub async fn edit_site_shown(
        &self,
        caller: &Caller,
        id: SiteId,
        mut form: SiteForm,
        shown: &SiteForm,
    ) -> Result<Edited<SiteRow>> {
        caller.may(Permission::PageTokensManage)?;
        let mut tx = self.0.db.write().await?;
        let before = locked(&mut tx, caller, id).await?;
        if !form.settle(shown, &before.row(0).form()).is_empty() {
            drop(tx);
            return Ok(Edited::Meanwhile(self.changed_site(caller, id).await?));
        }
        let row = self.write_site(tx, caller, before, &form).await?;
        Ok(Edited::Saved(row))
    }

    async fn write_site(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        before: Site,
        form: &SiteForm,
    ) -> Result<SiteRow> {
        let draft = form.parse()?;
        if draft.address != before.address {
            let sentence = "The address of a site stays as it is. Add another site for another address.";
            return Err(Refusal::at("address", sentence).into());
        }
        let site = Site {
            trusted_networks: draft.trusted_networks,
            on_refusal: draft.on_refusal,
            log_refusals: draft.log_refusals,
            groups: draft.groups,
            token_parameter: draft.token_parameter,
            open_paths: draft.open_paths,
            asserts: draft.asserts,
            ..before.clone()
        };
        sql::update_site(&mut tx, &site).await?;
        if site.asserts {
            assertion::ensure(&mut tx, self.0).await?;
        }
        let change = changes(&before.row(0).form(), &site.row(0).form());
        self.record_site(&mut tx, caller, Event::SiteChanged, &site, Some(change))
            .await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        self.changed_site(caller, site.id).await
    }
}

/// What was changed, in words and with before and after.
fn changes(before: &SiteForm, after: &SiteForm) -> String {
    let on_or_off = |tick: &String| if tick.is_empty() { "off" } else { "on" }.to_owned();
    let facts = |site: &SiteForm| {
        [
            ("the trusted networks", site.trusted_networks.clone()),
            ("what a refused visitor gets", site.on_refusal.clone()),
            ("the log of refusals", on_or_off(&site.log_refusals)),
            ("the groups", site.groups.clone()),
            ("the name of the parameter", site.token_parameter.clone()),
            ("the folders with assets", site.open_paths.clone()),
            ("the signed assertion", on_or_off(&site.asserts)),
        ]
    };
    let pairs = facts(before).into_iter().zip(facts(after));
    let quoted =
        pairs.map(|((what, before), (_, after))| (what, format!("“{before}”"), format!("“{after}”")));
    audit::changes(quoted).unwrap_or_else(|| "nothing".into())
}
