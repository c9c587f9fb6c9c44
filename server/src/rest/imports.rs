//! `/campaigns/{id}/imports`: recipients from a file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::campaigns::import::{
    BadRow, Duplicates, Holds, ImportCheck, ImportForm, ImportState, ImportView, Undrawable,
};
use domain::{CampaignId, ImportId, Permission, Problems};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{Body, Id, Needs, One, Path, Problem, Program, Rest, delete, get, post, row};

const MANAGE: Needs = Needs::Permission(Permission::CampaignsManage);

/// Where a file is sent: it takes more than other operations.
pub const PATH: &str = "/api/v1/campaigns/{id}/imports";

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::POST,
        PATH,
        MANAGE,
        "Import recipients from a file: every bad row is named with its reason, and the good ones are added by a job.",
        || post(import),
    ),
    row(
        Method::GET,
        "/api/v1/campaigns/{id}/imports/{import_id}",
        MANAGE,
        "How far an import is, and what became of it.",
        || get(show),
    ),
    row(
        Method::DELETE,
        "/api/v1/campaigns/{id}/imports/{import_id}",
        MANAGE,
        "Stop an import; who was added stays.",
        || delete(cancel),
    ),
];

/// An import of a campaign, in a path.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "ImportOf")]
struct Of {
    /// The campaign.
    id: Uuid,
    /// The import.
    import_id: Uuid,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Column {
    /// Nothing that is wanted.
    Nothing,
    /// The name that stands on the certificate.
    Name,
    /// The name's first part.
    GivenName,
    /// The name's last part.
    FamilyName,
    /// Where the link is sent.
    Email,
    /// The language of mails, such as `de`.
    Language,
    /// A value for the design, under the column's heading.
    Placeholder,
}

/// What is done with an address that the campaign has already.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Twice {
    /// Its row is left out.
    #[default]
    Skip,
    /// Name and columns of its recipient are replaced.
    Replace,
    /// It becomes another recipient, with a token of its own.
    Allow,
}

/// A file to be imported.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewImport")]
struct New {
    /// What the file is called.
    #[serde(default)]
    file_name: String,
    /// The file in Base64: CSV in any form that spreadsheets write, or XLSX. At most 16 MB and 50,000 rows.
    content: String,
    /// What the columns hold, by their headings. Those that are not named are known by their headings, or as in the
    /// last import.
    #[serde(default)]
    columns: BTreeMap<String, Column>,
    /// What is done with addresses that are there already.
    #[serde(default)]
    duplicates: Twice,
    /// Whether the good rows are added although others are bad. Otherwise one bad row stops everything.
    #[serde(default)]
    good_only: bool,
    /// Whether to check alone, and to add nobody.
    #[serde(default)]
    dry_run: bool,
}

/// A row that cannot be a recipient.
#[derive(Debug, Serialize, JsonSchema)]
struct Bad {
    /// Its line in the file, from 1.
    line: usize,
    /// What stands in it.
    text: String,
    /// Why.
    reason: String,
}

/// A name that would not be drawn as it is written.
#[derive(Debug, Serialize, JsonSchema)]
struct Boxes {
    /// Its line in the file, from 1.
    line: usize,
    /// The name.
    name: String,
    /// The letters that no font has.
    missing: String,
}

/// What would become of a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Check {
    /// Rows that can be recipients.
    good: usize,
    /// Rows that cannot.
    bad: usize,
    /// The first hundred of them.
    bad_rows: Vec<Bad>,
    /// Good rows whose address the campaign has already.
    already: usize,
    /// Good rows whose address stands in the file above them.
    twice: usize,
    /// How many names have letters that no font has.
    undrawable: usize,
    /// The first hundred of them.
    undrawable_names: Vec<Boxes>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ImportState")]
enum State {
    /// It was read and checked alone.
    Read,
    /// Recipients are being added.
    Running,
    /// It ended.
    Done,
    /// Somebody stopped it; who was added stays.
    Cancelled,
}

/// An import.
#[derive(Debug, Serialize, JsonSchema)]
struct Import {
    /// Its id.
    id: Uuid,
    /// The campaign it is for.
    campaign_id: Uuid,
    /// What the file is called.
    file_name: String,
    /// How far it is.
    state: State,
    /// How many rows it has.
    rows: i64,
    /// How many of them were gone through.
    done: i64,
    /// What the columns hold, by their headings.
    columns: BTreeMap<String, Column>,
    /// Recipients who are new.
    added: i64,
    /// Recipients who were replaced.
    replaced: i64,
    /// Rows that were left out because their address was there.
    skipped: i64,
    /// Rows that were left out because they cannot be recipients.
    bad: i64,
}

/// An import that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
struct Begun {
    /// The import.
    #[serde(flatten)]
    import: Import,
    /// What was found in the file.
    check: Check,
}

async fn import(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(new): Body<New>,
) -> Result<One<Begun>, Problem> {
    let campaign = CampaignId(id);
    let bytes = BASE64_STANDARD.decode(new.content.trim()).map_err(|_| {
        let mut problems = Problems::default();
        problems.add("content", "Send the file in Base64, without line breaks.");
        problems
    })?;
    let name = match new.file_name.trim() {
        "" => "recipients",
        name => name,
    };
    let campaigns = backend.campaigns();
    let read = campaigns.read_import(&caller, campaign, name, bytes).await?;
    let form = ImportForm {
        columns: read
            .mapping
            .columns
            .iter()
            .map(|column| match new.columns.get(&column.heading) {
                Some(chosen) => Holds::from(*chosen).key().to_owned(),
                // What is named once is not guessed for another column.
                None if new
                    .columns
                    .values()
                    .any(|chosen| Holds::from(*chosen) == column.holds) =>
                {
                    Holds::Nothing.key().to_owned()
                }
                None => column.holds.key().to_owned(),
            })
            .collect(),
        duplicates: match new.duplicates {
            Twice::Skip => Duplicates::Skip,
            Twice::Replace => Duplicates::Replace,
            Twice::Allow => Duplicates::Allow,
        }
        .key()
        .into(),
        good_only: new.good_only,
    };
    let check = campaigns.check_import(&caller, campaign, read.id, &form).await?;
    let view = if new.dry_run || (check.bad > 0 && !new.good_only) {
        campaigns.import_view(&caller, campaign, read.id).await?
    } else {
        campaigns.start_import(&caller, campaign, read.id, &form).await?
    };
    Ok(One(Begun {
        import: view.into(),
        check: check.into(),
    }))
}

async fn show(
    Program(caller, backend): Program,
    Path(Of { id, import_id }): Path<Of>,
) -> Result<One<Import>, Problem> {
    let view = backend
        .campaigns()
        .import_view(&caller, CampaignId(id), ImportId(import_id))
        .await?;
    Ok(One(view.into()))
}

async fn cancel(
    Program(caller, backend): Program,
    Path(Of { id, import_id }): Path<Of>,
) -> Result<One<Import>, Problem> {
    let view = backend
        .campaigns()
        .cancel_import(&caller, CampaignId(id), ImportId(import_id))
        .await?;
    Ok(One(view.into()))
}

impl From<Column> for Holds {
    fn from(column: Column) -> Self {
        match column {
            Column::Nothing => Self::Nothing,
            Column::Name => Self::Name,
            Column::GivenName => Self::GivenName,
            Column::FamilyName => Self::FamilyName,
            Column::Email => Self::Email,
            Column::Language => Self::Language,
            Column::Placeholder => Self::Placeholder,
        }
    }
}

impl From<Holds> for Column {
    fn from(holds: Holds) -> Self {
        match holds {
            Holds::Nothing => Self::Nothing,
            Holds::Name => Self::Name,
            Holds::GivenName => Self::GivenName,
            Holds::FamilyName => Self::FamilyName,
            Holds::Email => Self::Email,
            Holds::Language => Self::Language,
            Holds::Placeholder => Self::Placeholder,
        }
    }
}

impl From<BadRow> for Bad {
    fn from(BadRow { line, text, reason }: BadRow) -> Self {
        Self { line, text, reason }
    }
}

impl From<Undrawable> for Boxes {
    fn from(Undrawable { line, name, missing }: Undrawable) -> Self {
        Self { line, name, missing }
    }
}

impl From<ImportCheck> for Check {
    fn from(check: ImportCheck) -> Self {
        Self {
            good: check.good,
            bad: check.bad,
            bad_rows: check.first_bad.into_iter().map(Bad::from).collect(),
            already: check.already,
            twice: check.twice,
            undrawable: check.undrawable,
            undrawable_names: check.first_undrawable.into_iter().map(Boxes::from).collect(),
        }
    }
}

impl From<ImportView> for Import {
    fn from(view: ImportView) -> Self {
        Self {
            id: view.id.0,
            campaign_id: view.campaign.0,
            file_name: view.file,
            state: match view.state {
                ImportState::Read => State::Read,
                ImportState::Running => State::Running,
                ImportState::Done => State::Done,
                ImportState::Cancelled => State::Cancelled,
            },
            rows: view.rows,
            done: view.progress.map_or(0, |progress| progress.done),
            columns: view
                .mapping
                .columns
                .into_iter()
                .map(|column| (column.heading, column.holds.into()))
                .collect(),
            added: view.outcome.added,
            replaced: view.outcome.replaced,
            skipped: view.outcome.skipped,
            bad: view.outcome.bad,
        }
    }
}
