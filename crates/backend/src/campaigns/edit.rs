//! Making, changing, starting and pausing campaigns.

use database::{Conn, WriteTx};
use domain::campaigns::{
    CampaignForm, CampaignHead, CampaignState, CampaignView, Languages, Reminders, ScheduleForm,
};
use domain::{CampaignId, DesignId, Permission, Refusal};
use serde_json::json;

use super::drawable::Boxes;
use super::{Campaigns, design, list, sending, sql};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;

impl Campaigns<'_> {
    /// A campaign.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn view(&self, caller: &Caller, id: CampaignId) -> Result<CampaignView> {
        caller.may(Permission::CampaignsRead)?;
        self.seen(&mut self.0.db.read().await?, caller, id).await
    }

    /// A new draft.
    ///
    /// # Errors
    /// Forbidden, or refused at the fields.
    pub async fn create(&self, caller: &Caller, form: &CampaignForm) -> Result<CampaignView> {
        caller.may(Permission::CampaignsManage)?;
        let head = form.parse()?;
        let now = self.0.clock.now();
        let id = CampaignId(self.0.random.id(now));
        let design = DesignId(self.0.random.id(now));
        let start = design::start(&head)?;
        let mut tx = self.0.db.write().await?;
        let new = sql::NewCampaign {
            id,
            design,
            head: &head,
            department: caller.scope.department(),
            by: caller.person(),
            now,
        };
        sql::insert(&mut tx, caller.organisation(), &new).await?;
        start.insert(&mut tx, caller, id, design, now).await?;
        let facts = json!({"campaign": id, "title": head.title});
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignCreated)
        };
        self.0.record(&mut tx, caller, entry).await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    /// Changes a campaign. What was issued keeps its text and its design. Another template or colour starts the design
    /// over from that template, as another version; blank ones, and those it has, leave it as it is.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the fields; a campaign keeps its kind.
    pub async fn update(&self, caller: &Caller, id: CampaignId, form: &CampaignForm) -> Result<CampaignView> {
        caller.may(Permission::CampaignsManage)?;
        let head = form.parse()?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let before = sql::lock(&mut tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        if before.kind != head.kind.key() {
            return Err(Refusal::at("kind", "A campaign keeps its kind. Make another one.").into());
        }
        let head = CampaignHead {
            template: kept(head.template, &form.template, &before.template),
            colour: kept(head.colour, &form.colour, &before.colour),
            ..head
        };
        let design = if (&head.template, &head.colour) == (&before.template, &before.colour) {
            before.design_id
        } else {
            let design = DesignId(self.0.random.id(now));
            design::start(&head)?
                .insert(&mut tx, caller, id, design, now)
                .await?;
            design
        };
        sql::update(&mut tx, id, design, &head).await?;
        let facts = json!({"campaign": id, "title": head.title, "before": {"title": before.title}});
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignChanged)
        };
        self.0.record(&mut tx, caller, entry).await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    /// Ends the pause of a campaign. Unlike [`Self::set_state`] it starts none that never was.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: it was not paused.
    pub async fn resume(&self, caller: &Caller, id: CampaignId) -> Result<CampaignView> {
        caller.may(Permission::CampaignsManage)?;
        let paused = [CampaignState::Paused, CampaignState::Live];
        self.change_state(caller, id, CampaignState::Live, &paused).await
    }

    /// Starts, pauses, resumes or ends a campaign. Starting sends the mails that were not sent yet.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict with the state it is in.
    pub async fn set_state(
        &self,
        caller: &Caller,
        id: CampaignId,
        next: CampaignState,
    ) -> Result<CampaignView> {
        caller.may(Permission::CampaignsManage)?;
        self.change_state(caller, id, next, &CampaignState::ALL).await
    }

    /// The same for somebody who can be asked: a draft is not started while its title or names of recipients cannot be
    /// drawn, unless they said to go on anyway.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: with the state it is in, or because of the names.
    pub async fn set_state_asking(
        &self,
        caller: &Caller,
        id: CampaignId,
        next: CampaignState,
        anyway: bool,
    ) -> Result<CampaignView> {
        caller.may(Permission::CampaignsManage)?;
        if next == CampaignState::Live && !anyway {
            let mut conn = self.0.db.read().await?;
            let campaign = sql::by_id(&mut conn, &caller.scope, id)
                .await?
                .ok_or(Refusal::NotFound)?;
            if campaign.state()? == CampaignState::Draft {
                let boxes = Boxes::of_campaign(&mut conn, id, &campaign.title).await?;
                if let Some(sentence) =
                    boxes.sentence("start once more to go on all the same (programs: allow_undrawable).")
                {
                    return Err(Refusal::Conflict(sentence).into());
                }
            }
        }
        self.set_state(caller, id, next).await
    }

    async fn change_state(
        &self,
        caller: &Caller,
        id: CampaignId,
        next: CampaignState,
        from: &[CampaignState],
    ) -> Result<CampaignView> {
        let mut tx = self.0.db.write().await?;
        let campaign = sql::lock(&mut tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let before = campaign.state()?;
        if !from.contains(&before) {
            let sentence = format!("A campaign that is {} cannot be resumed.", before.key());
            return Err(Refusal::Conflict(sentence).into());
        }
        if before != next {
            if !before.may_become(next) {
                let sentence = format!(
                    "A campaign that is {} cannot become {}.",
                    before.key(),
                    next.key()
                );
                return Err(Refusal::Conflict(sentence).into());
            }
            sql::set_state(&mut tx, id, next).await?;
            let facts =
                json!({"campaign": id, "title": campaign.title, "before": before.key(), "after": next.key()});
            let entry = Entry {
                facts,
                ..Entry::new(Event::CampaignStateChanged)
            };
            self.0.record(&mut tx, caller, entry).await?;
        }
        if next == CampaignState::Live {
            sql::set_start(&mut tx, id, None).await?;
            sending::send_and_record(&mut tx, self.0, caller, &campaign).await?;
        }
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        self.0.job_woken.notify_one();
        Ok(view)
    }

    /// Lets a draft start by itself, or no more. The time is that of the organisation's clocks, `2026-12-31T09:00`.
    ///
    /// # Errors
    /// Forbidden, not found, a conflict: it has started; or refused at `starts_at`.
    pub async fn schedule(
        &self,
        caller: &Caller,
        id: CampaignId,
        form: &ScheduleForm,
    ) -> Result<CampaignView> {
        caller.may(Permission::CampaignsManage)?;
        let now = self.0.clock.now();
        let at = form
            .parse()?
            .map(|local| crate::times::instant(caller.time_zone, local))
            .transpose()
            .map_err(|sentence| Refusal::at("starts_at", sentence))?;
        if at.is_some_and(|at| at <= now) {
            return Err(Refusal::at(
                "starts_at",
                "This time is over. Choose one that is still to come.",
            )
            .into());
        }
        let mut tx = self.0.db.write().await?;
        let campaign = locked(&mut tx, caller, id).await?;
        if campaign.state()? != CampaignState::Draft {
            return Err(Refusal::Conflict("Only a draft can be started by time.".into()).into());
        }
        sql::set_start(&mut tx, id, at).await?;
        let facts = json!({"campaign": id, "title": campaign.title, "at": at});
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignScheduled)
        };
        self.0.record(&mut tx, caller, entry).await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    async fn seen(&self, conn: &mut Conn, caller: &Caller, id: CampaignId) -> Result<CampaignView> {
        let campaign = sql::by_id(conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let counts = sql::counts(conn, campaign.organisation_id, &[id]).await?;
        let unsent = counts.get(&id).map_or(0, |counts| counts.unsent);
        Ok(CampaignView {
            row: list::row(&self.times(caller), &campaign, &counts)?,
            description: campaign.description,
            criteria: campaign.criteria,
            valid_days: campaign.valid_days,
            template: campaign.template,
            colour: campaign.colour,
            design: campaign.design_id,
            unsent,
            reminders: Reminders::stored(&campaign.reminders),
            languages: Languages::stored(&campaign.languages),
            achievement_type: campaign.achievement_type,
            starts: campaign.starts_at.map(|at| self.times(caller).when(at)),
        })
    }
}

/// What was typed; or what there was, where nothing was.
fn kept(parsed: String, typed: &str, before: &str) -> String {
    if typed.trim().is_empty() {
        before.to_owned()
    } else {
        parsed
    }
}

/// What a transaction of this feature begins with.
pub(super) async fn locked(tx: &mut WriteTx, caller: &Caller, id: CampaignId) -> Result<sql::Campaign> {
    Ok(sql::lock(tx, &caller.scope, id).await?.ok_or(Refusal::NotFound)?)
}
