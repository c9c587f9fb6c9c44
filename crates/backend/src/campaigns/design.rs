//! How a campaign's certificates look. Each save makes another version; what was issued keeps its own.

mod desk;
mod pages;
mod pictures;
mod preview;
mod sheet;

use credentials::design::TEMPLATES;
use database::Conn;
use domain::campaigns::design::{Background, Design, DesignVersion, DesignView};
use domain::campaigns::{CampaignKind, DesignChoice};
use domain::{CampaignId, Cursor, DesignId, Page, Permission, Refusal};
use serde_json::json;

use super::{Campaigns, edit, sql};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::{Result, corrupt};
use crate::keyset::{self, Key};
use crate::times::Times;

pub(crate) use desk::Desk;
pub use pages::{DrawingPage, DrawsPages};
pub(super) use preview::add_columns;
pub(super) use sheet::{sheet, start};

impl Campaigns<'_> {
    /// The designs to start from.
    ///
    /// # Errors
    /// Forbidden.
    pub fn designs(&self, caller: &Caller) -> Result<Vec<DesignChoice>> {
        caller.may(Permission::CampaignsRead)?;
        Ok(choices())
    }

    /// The design of a campaign, with all that a designer shows.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn design(&self, caller: &Caller, id: CampaignId) -> Result<DesignView> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        let campaign = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let view = self.designed(&mut conn, caller, campaign).await?;
        drop(conn);
        self.with_texts(caller, view).await
    }

    /// Saves a design as another version. `based_on` is the version that it was made from: if another one counts by
    /// now, nothing is saved; without it, whatever counts is replaced. What is as it was makes no version.
    ///
    /// # Errors
    /// Forbidden, not found, refused at the values that do not fit, or a conflict: somebody else has saved.
    pub async fn save_design(
        &self,
        caller: &Caller,
        id: CampaignId,
        based_on: Option<DesignId>,
        design: &Design,
    ) -> Result<DesignView> {
        caller.may(Permission::CampaignsManage)?;
        design.check()?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let mut campaign = edit::locked(&mut tx, caller, id).await?;
        let times = self.times(caller);
        not_saved_meanwhile(&mut tx, &times, &campaign, based_on).await?;
        let counting = sheet::stored(&mut tx, campaign.design_id).await?;
        if counting.design != *design {
            let made = sheet::Stored::of(design, &counting)?;
            let pictures = sql::pictures(&mut tx, id, &design.pictures()).await?;
            made.clone()
                .with(pictures)?
                .check()
                .map_err(|error| Refusal::at("layers", error.to_string()))?;
            let version = DesignId(self.0.random.id(now));
            // Where the background is of no template, the campaign goes on naming the one that it had.
            let (template, colour) = match &design.background {
                Background::Template { template, colour } => (template, colour),
                _ => (&campaign.template, &campaign.colour),
            };
            let (template, colour) = (template.clone(), colour.clone());
            let number = made
                .insert(&mut tx, caller, id, version, (&template, &colour), now)
                .await?;
            sql::set_design(&mut tx, id, version).await?;
            let facts = json!({"campaign": id, "title": campaign.title, "version": number});
            self.0
                .record(&mut tx, caller, entry(Event::DesignSaved, facts))
                .await?;
            campaign.design_id = version;
        }
        let view = self.designed(&mut tx, caller, campaign).await?;
        self.0.commit(tx).await?;
        self.with_texts(caller, view).await
    }

    /// Lets a version from before count again, as a new one.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: somebody else has saved.
    pub async fn use_design(
        &self,
        caller: &Caller,
        id: CampaignId,
        version: DesignId,
        based_on: Option<DesignId>,
    ) -> Result<DesignView> {
        caller.may(Permission::CampaignsManage)?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let mut campaign = edit::locked(&mut tx, caller, id).await?;
        not_saved_meanwhile(&mut tx, &self.times(caller), &campaign, based_on).await?;
        let before = sql::version(&mut tx, id, version)
            .await?
            .ok_or(Refusal::NotFound)?;
        if version != campaign.design_id {
            let stored = sheet::stored(&mut tx, version).await?;
            let again = DesignId(self.0.random.id(now));
            let names = sql::drawn(&mut tx, version).await?.ok_or(Refusal::NotFound)?;
            let names = (names.template.as_str(), names.colour.as_str());
            let number = stored.insert(&mut tx, caller, id, again, names, now).await?;
            sql::set_design(&mut tx, id, again).await?;
            let facts = json!({
                "campaign": id, "title": campaign.title, "before": before.version, "version": number
            });
            self.0
                .record(&mut tx, caller, entry(Event::DesignUsedAgain, facts))
                .await?;
            campaign.design_id = again;
        }
        let view = self.designed(&mut tx, caller, campaign).await?;
        self.0.commit(tx).await?;
        self.with_texts(caller, view).await
    }

    /// The versions of a design, newest first.
    ///
    /// # Errors
    /// Forbidden, or not found: a cursor that is none.
    pub async fn design_versions(
        &self,
        caller: &Caller,
        id: CampaignId,
        after: Option<&Cursor>,
        rows: Option<u16>,
    ) -> Result<Page<DesignVersion>> {
        caller.may(Permission::CampaignsRead)?;
        let most = keyset::rows(rows);
        let start = sql::LATEST_FIRST.start(after)?;
        let mut conn = self.0.db.read().await?;
        let campaign = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let found = sql::versions(&mut conn, id, &start, most + 1).await?;
        let found = keyset::page_of(found, most, &start, |row| (Key::Number(row.version), row.id.0));
        let times = self.times(caller);
        Ok(Page {
            rows: found
                .rows
                .into_iter()
                .map(|row| row.seen(&times, &campaign))
                .collect(),
            next: found.next,
            prev: found.prev,
        })
    }

    async fn designed(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        campaign: sql::Campaign,
    ) -> Result<DesignView> {
        let version = sql::version(conn, campaign.id, campaign.design_id)
            .await?
            .ok_or_else(|| corrupt("campaigns", "design_id", campaign.id))?;
        let stored = sheet::stored(conn, campaign.design_id).await?;
        let kind = campaign.kind()?;
        Ok(DesignView {
            campaign: campaign.id,
            kind,
            design: stored.design,
            version: version.seen(&self.times(caller), &campaign),
            drawn: Vec::new(),
            qr: String::new(),
            columns: preview::columns(conn, campaign.id).await?,
            templates: choices(),
            title: campaign.title,
        })
    }

    /// The view with its texts as they are drawn.
    async fn with_texts(&self, caller: &Caller, view: DesignView) -> Result<DesignView> {
        let fields: Vec<_> = view.design.fields().cloned().collect();
        let drawn = self
            .draw_texts(caller, view.campaign, &fields, Default::default())
            .await?;
        let qr = credentials::rendering::qr_code(&self.sample_link()).map_err(crate::error::Fault::new)?;
        Ok(DesignView { drawn, qr, ..view })
    }
}

impl sql::Version {
    fn seen(self, times: &Times, campaign: &sql::Campaign) -> DesignVersion {
        DesignVersion {
            id: self.id,
            number: self.version,
            saved: times.when(self.created_at),
            author: self.author,
            is_current: self.id == campaign.design_id,
        }
    }
}

/// Refuses what was made from a version that does not count any more.
async fn not_saved_meanwhile(
    conn: &mut Conn,
    times: &Times,
    campaign: &sql::Campaign,
    based_on: Option<DesignId>,
) -> Result<()> {
    let Some(based_on) = based_on.filter(|based_on| *based_on != campaign.design_id) else {
        return Ok(());
    };
    // Another campaign's version is no version of this one.
    sql::version(conn, campaign.id, based_on)
        .await?
        .ok_or(Refusal::NotFound)?;
    let counting = sql::version(conn, campaign.id, campaign.design_id)
        .await?
        .ok_or_else(|| corrupt("campaigns", "design_id", campaign.id))?;
    let author = match counting.author.as_str() {
        "" => "Somebody else",
        author => author,
    };
    let sentence = format!(
        "{author} has saved version {} of this design meanwhile ({}). Yours is not saved yet: save it as the next version, or look at theirs first.",
        counting.version,
        times.when(counting.created_at).minute
    );
    Err(Refusal::Conflict(sentence).into())
}

fn entry(event: Event, facts: serde_json::Value) -> Entry {
    Entry {
        facts,
        ..Entry::new(event)
    }
}

fn choices() -> Vec<DesignChoice> {
    TEMPLATES
        .iter()
        .map(|template| DesignChoice {
            key: template.key.into(),
            label: template.label.into(),
            kind: kind_of(template.badge),
        })
        .collect()
}

fn kind_of(badge: bool) -> CampaignKind {
    if badge {
        CampaignKind::Badge
    } else {
        CampaignKind::Certificate
    }
}
