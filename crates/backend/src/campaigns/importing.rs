//! Recipients from a file: read once, shown as it would come out, and then added by a job.
//!
//! The rows of a file stand in the database in pieces, each as large as a slice of the job, so that every server can go on
//! with it and nothing is read twice. They are removed some days after; what the columns held is remembered.

mod adding;
mod report;
mod sql;
mod workbook;

use std::collections::HashSet;

use chrono::TimeDelta;
use database::{Conn, WriteTx};
use domain::campaigns::import::{
    Holds, ImportCheck, ImportForm, ImportOutcome, ImportState, ImportView, MOST_BYTES, Mapping, Row, SHOWN,
    Table, Undrawable, text,
};
use domain::jobs::JobState;
use domain::{CampaignId, ImportId, Permission, Refusal};
use serde_json::json;

use super::{Campaigns, edit};
use crate::audit::{Entry, Event, Who};
use crate::error::{Error, Fault, Result, corrupt};
use crate::jobs::{self, Job, Subject};
use crate::{Backend, Caller};

pub(super) use adding::import_slice;
#[cfg(test)]
pub(super) use workbook::tests::{packed, strings};

/// Rows of a piece, which are added in one transaction: others get their turn between.
const PIECE: usize = 250;

/// Rows that are shown when the columns are named.
const SAMPLES: usize = 3;

/// How long the rows of a file are kept.
const KEPT: TimeDelta = TimeDelta::days(7);

/// The longest name of a file that is kept.
const LONGEST_NAME: usize = 120;

impl Campaigns<'_> {
    /// Reads a file of recipients: CSV in any form that spreadsheets write, or a workbook (XLSX). Nobody is added yet.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `file`.
    pub async fn read_import(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        file_name: &str,
        bytes: Vec<u8>,
    ) -> Result<ImportView> {
        caller.may(Permission::CampaignsManage)?;
        super::sql::by_id(&mut self.0.db.read().await?, &caller.scope, campaign)
            .await?
            .ok_or(Refusal::NotFound)?;
        let table = tokio::task::spawn_blocking(move || table_of(&bytes))
            .await
            .map_err(Fault::new)?
            .map_err(|sentence| Refusal::at("file", sentence))?;
        let now = self.0.clock.now();
        let id = ImportId(self.0.random.id(now));
        let mut tx = self.0.db.write().await?;
        edit::locked(&mut tx, caller, campaign).await?;
        let new = sql::New {
            id,
            campaign,
            file_name: &file_name
                .chars()
                .filter(|c| !c.is_control())
                .take(LONGEST_NAME)
                .collect::<String>(),
            table: &table,
            samples: &table
                .rows
                .iter()
                .take(SAMPLES)
                .map(|row| row.cells.as_slice())
                .collect::<Vec<_>>(),
            by: caller.person(),
            now,
        };
        sql::insert(&mut tx, caller.organisation(), &new).await?;
        let view = self.seen_import(&mut tx, caller, campaign, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    /// A file of recipients, and how far its import is.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn import_view(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        id: ImportId,
    ) -> Result<ImportView> {
        caller.may(Permission::CampaignsManage)?;
        self.seen_import(&mut self.0.db.read().await?, caller, campaign, id)
            .await
    }

    /// What would become of a file with this choice. The choice is kept, so that the list of bad rows can be fetched.
    ///
    /// # Errors
    /// Forbidden, not found, a conflict: it was started; or refused at `columns` or `duplicates`.
    pub async fn check_import(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        id: ImportId,
        form: &ImportForm,
    ) -> Result<ImportCheck> {
        caller.may(Permission::CampaignsManage)?;
        let mut tx = self.0.db.write().await?;
        let import = self.waiting(&mut tx, caller, campaign, id).await?;
        let choice = form.parse(&import.headings()?)?;
        sql::choose(&mut tx, id, &choice).await?;
        self.0.commit_keeping_cache(tx).await?;
        let mut conn = self.0.db.read().await?;
        checked(&mut conn, campaign, &import, &choice.mapping).await
    }

    /// Adds the recipients of a file, by a job. Asked twice, it is started once.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `columns`, `duplicates`, or `good_only`: there are bad rows.
    pub async fn start_import(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        id: ImportId,
        form: &ImportForm,
    ) -> Result<ImportView> {
        caller.may(Permission::CampaignsManage)?;
        let mut tx = self.0.db.write().await?;
        edit::locked(&mut tx, caller, campaign).await?;
        let import = sql::by_id(&mut tx, campaign, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        if import.job_id.is_some() {
            return self.seen_import(&mut tx, caller, campaign, id).await;
        }
        let choice = form.parse(&import.headings()?)?;
        let check = checked(&mut tx, campaign, &import, &choice.mapping).await?;
        if check.bad > 0 && !choice.good_only {
            let sentence = format!(
                "{} of {} rows cannot be recipients, so nobody was added. Mend them in your file, or add the good rows only.",
                check.bad, import.row_count
            );
            return Err(Refusal::at("good_only", sentence).into());
        }
        if check.good == 0 {
            return Err(Refusal::at("columns", "No row of the file can be a recipient.").into());
        }
        let job = jobs::start(
            &mut tx,
            self.0,
            caller.organisation(),
            &super::IMPORT_RECIPIENTS,
            Subject::Row(id.0),
            import.row_count,
            caller.person(),
        )
        .await?;
        sql::choose(&mut tx, id, &choice).await?;
        sql::set_started(&mut tx, id, job.id, self.0.clock.now()).await?;
        let facts =
            json!({"campaign": campaign, "import": id, "file": import.file_name, "count": import.row_count});
        let entry = Entry {
            facts,
            ..Entry::new(Event::ImportStarted)
        };
        self.0.record(&mut tx, caller, entry).await?;
        let view = self.seen_import(&mut tx, caller, campaign, id).await?;
        self.0.commit(tx).await?;
        self.0.job_woken.notify_one();
        Ok(view)
    }

    /// Stops an import; who was added stays.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: it has ended, or was not started.
    pub async fn cancel_import(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        id: ImportId,
    ) -> Result<ImportView> {
        let view = self.import_view(caller, campaign, id).await?;
        let job = view
            .progress
            .ok_or_else(|| Refusal::Conflict("It was not started.".into()))?;
        self.0.jobs().cancel(caller, job.id).await?;
        self.import_view(caller, campaign, id).await
    }

    /// Every bad row of a file with its reason, as CSV: to be mended and imported.
    ///
    /// # Errors
    /// Forbidden, or not found: no such file, nothing chosen yet, or its rows are not kept any more.
    pub async fn bad_rows(&self, caller: &Caller, campaign: CampaignId, id: ImportId) -> Result<String> {
        caller.may(Permission::CampaignsManage)?;
        let mut conn = self.0.db.read().await?;
        super::sql::by_id(&mut conn, &caller.scope, campaign)
            .await?
            .ok_or(Refusal::NotFound)?;
        let import = sql::by_id(&mut conn, campaign, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let mapping = import.mapping()?.ok_or(Refusal::NotFound)?;
        let mut report = report::Report::new(&import.headings()?);
        for piece in 0..import.pieces() {
            for row in sql::piece(&mut conn, id, piece).await?.ok_or(Refusal::NotFound)? {
                if let Err(reason) = mapping.recipient(&row.cells) {
                    report.add(&row, &reason);
                }
            }
        }
        Ok(report.text())
    }

    /// Removes the rows of files that nobody needs any more.
    ///
    /// # Errors
    /// A fault.
    pub async fn sweep(&self) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        sql::sweep(&mut tx, self.0.clock.now() - KEPT).await?;
        self.0.commit_keeping_cache(tx).await
    }

    async fn waiting(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        campaign: CampaignId,
        id: ImportId,
    ) -> Result<sql::Import> {
        edit::locked(tx, caller, campaign).await?;
        let import = sql::by_id(tx, campaign, id).await?.ok_or(Refusal::NotFound)?;
        if import.job_id.is_some() {
            return Err(Refusal::Conflict(
                "This file was imported already. Choose it again to import it once more.".into(),
            )
            .into());
        }
        Ok(import)
    }

    async fn seen_import(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        campaign: CampaignId,
        id: ImportId,
    ) -> Result<ImportView> {
        let found = super::sql::by_id(conn, &caller.scope, campaign)
            .await?
            .ok_or(Refusal::NotFound)?;
        let import = sql::by_id(conn, campaign, id).await?.ok_or(Refusal::NotFound)?;
        let headings = import.headings()?;
        let (mapping, remembered) = match import.mapping()? {
            Some(mapping) => (mapping, false),
            None => match sql::remembered(conn, caller.organisation(), campaign).await? {
                Some(earlier) => match fitting(&earlier, &headings) {
                    Some(mapping) => (mapping, true),
                    None => (import.guess()?, false),
                },
                None => (import.guess()?, false),
            },
        };
        let progress = match import.job_id {
            Some(job) => jobs::progress(conn, caller.organisation(), job).await?,
            None => None,
        };
        let state = progress
            .as_ref()
            .map_or(ImportState::Read, |progress| match progress.state {
                JobState::Running => ImportState::Running,
                JobState::Done => ImportState::Done,
                JobState::Cancelled => ImportState::Cancelled,
            });
        Ok(ImportView {
            id,
            campaign,
            title: found.title,
            samples: import.samples()?,
            rows: import.row_count,
            outcome: import.outcome(),
            file: import.file_name,
            mapping,
            remembered,
            state,
            progress,
        })
    }
}

/// Records how far an import had come that was stopped.
pub(super) async fn record_cancelled_import(
    tx: &mut WriteTx,
    backend: &Backend,
    caller: &Caller,
    job: &Job,
) -> Result<()> {
    let id = ImportId(job.row()?);
    let import = sql::found(tx, id)
        .await?
        .ok_or_else(|| corrupt("jobs", "subject_id", job.id))?;
    let facts = json!({"campaign": import.campaign_id, "import": id, "count": import.added});
    let entry = Entry {
        facts,
        ..Entry::new(Event::ImportCancelled)
    };
    backend.record(tx, caller, entry).await?;
    let campaign = edit::locked(tx, caller, import.campaign_id).await?;
    adding::send_grouped(tx, backend, &campaign, Who::from(caller)).await
}

/// The campaign that an import is for.
pub(super) async fn campaign_of(conn: &mut Conn, id: ImportId) -> Result<Option<CampaignId>> {
    Ok(sql::found(conn, id).await?.map(|import| import.campaign_id))
}

fn table_of(bytes: &[u8]) -> std::result::Result<Table, String> {
    if bytes.len() > MOST_BYTES {
        return Err("A file of recipients has at most 16 MB.".into());
    }
    if bytes.starts_with(b"PK") {
        workbook::read(bytes)
    } else if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        Err("This is a workbook of an old kind, or one with a password. Save it as XLSX or CSV, and choose that file.".into())
    } else {
        text::read(bytes)
    }
}

fn fitting(earlier: &[String], headings: &[String]) -> Option<Mapping> {
    earlier
        .iter()
        .filter_map(|text| serde_json::from_str::<Mapping>(text).ok())
        .find_map(|mapping| mapping.for_headings(headings))
}

/// Goes through all rows: what can be a recipient, what is there already, and which names would not be drawn.
async fn checked(
    conn: &mut Conn,
    campaign: CampaignId,
    import: &sql::Import,
    mapping: &Mapping,
) -> Result<ImportCheck> {
    let (mut check, mut known) = (ImportCheck::default(), HashSet::new());
    for piece in 0..import.pieces() {
        let rows = sql::piece(conn, import.id, piece).await?.ok_or_else(gone)?;
        for row in &rows {
            let read = mapping.recipient(&row.cells);
            check.add(row, &read, &mut known);
            if let Ok(recipient) = &read {
                let shown = drawn(mapping, row, &recipient.name);
                let missing = credentials::rendering::undrawable(&shown);
                if !missing.is_empty() {
                    check.undrawable += 1;
                    if check.first_undrawable.len() < SHOWN {
                        check.first_undrawable.push(Undrawable {
                            line: row.line,
                            name: recipient.name.clone(),
                            missing,
                        });
                    }
                }
            }
        }
    }
    let there = super::sql::known_addresses(conn, campaign, known.into_iter().collect()).await?;
    check.already = there.len();
    Ok(check)
}

/// What of a row is drawn on a certificate: the name, and the values for its design.
fn drawn(mapping: &Mapping, row: &Row, name: &str) -> String {
    let mut text = name.to_owned();
    for (column, value) in mapping.columns.iter().zip(&row.cells) {
        if column.holds == Holds::Placeholder {
            text.push_str(value);
        }
    }
    text
}

fn gone() -> Error {
    Refusal::Conflict("The rows of this file are not kept any more. Choose it again.".into()).into()
}

impl sql::Import {
    fn pieces(&self) -> i64 {
        self.row_count.div_euclid(PIECE as i64) + i64::from(self.row_count % PIECE as i64 > 0)
    }

    fn headings(&self) -> Result<Vec<String>> {
        serde_json::from_str(&self.headings).map_err(|_| corrupt("recipient_imports", "headings", self.id))
    }

    fn samples(&self) -> Result<Vec<Vec<String>>> {
        serde_json::from_str(&self.samples).map_err(|_| corrupt("recipient_imports", "samples", self.id))
    }

    fn mapping(&self) -> Result<Option<Mapping>> {
        let text = self.mapping.as_deref();
        text.map(serde_json::from_str)
            .transpose()
            .map_err(|_| corrupt("recipient_imports", "mapping", self.id))
    }

    fn guess(&self) -> Result<Mapping> {
        let rows = self.samples()?.into_iter().map(|cells| Row { line: 0, cells });
        Ok(Mapping::guessed(&Table {
            headings: self.headings()?,
            rows: rows.collect(),
        }))
    }

    fn outcome(&self) -> ImportOutcome {
        ImportOutcome {
            added: self.added,
            replaced: self.replaced,
            skipped: self.skipped,
            bad: self.bad,
        }
    }
}
