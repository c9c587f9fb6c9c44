//! What credentials say of their issuer beside its name.

use domain::Permission;
use domain::campaigns::issuer::IssuerProfile;
use serde_json::json;

use super::super::{Campaigns, sql};
use crate::Caller;
use crate::audit::{self, Entry, Event};
use crate::error::Result;

impl Campaigns<'_> {
    /// What credentials say of the organisation beside its name.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn issuer_profile(&self, caller: &Caller) -> Result<IssuerProfile> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        Ok(sql::issuer_profile(&mut conn, caller.organisation()).await?)
    }

    /// Changes that. What was issued keeps what it says.
    ///
    /// # Errors
    /// Forbidden, or refused at the fields.
    pub async fn change_issuer_profile(
        &self,
        caller: &Caller,
        form: &IssuerProfile,
    ) -> Result<IssuerProfile> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let profile = form.parse()?;
        let organisation = caller.organisation();
        let mut tx = self.0.db.write().await?;
        crate::organisations::lock(&mut tx, organisation).await?;
        let before = sql::issuer_profile(&mut tx, organisation).await?;
        if before != profile {
            sql::put_issuer_profile(&mut tx, organisation, &profile).await?;
            let facts = json!({"before": before, "after": profile, "change": changes(&before, &profile)});
            let entry = Entry {
                facts,
                ..Entry::new(Event::IssuerProfileChanged)
            };
            self.0.record(&mut tx, caller, entry).await?;
        }
        self.0.commit(tx).await?;
        Ok(profile)
    }
}

/// What is said otherwise, in words.
fn changes(before: &IssuerProfile, after: &IssuerProfile) -> Option<String> {
    let said = |profile: &IssuerProfile| {
        [
            &profile.url,
            &profile.description,
            &profile.email,
            &profile.phone,
            &profile.image,
        ]
        .map(|text| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                text.clone()
            }
        })
    };
    let names = [
        "the web address",
        "the description",
        "the e-mail address",
        "the telephone number",
        "the picture",
    ];
    let facts = names.into_iter().zip(said(before)).zip(said(after));
    audit::changes(facts.map(|((name, before), after)| (name, before, after)))
}
