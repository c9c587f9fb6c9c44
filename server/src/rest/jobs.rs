//! `/access-tokens/{id}/jobs`: the making of many codes, which goes on in the background. Which job it is says the access
//! token, as long as it goes on.

use domain::jobs::{JobState, Progress};
use domain::{JobId, Permission, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Needs, One, Path, Problem, Program, Rest, get, post, row};

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/access-tokens/{id}/jobs/{job_id}",
        Needs::Permission(Permission::TokensRead),
        "How far the making of codes is, or how it ended.",
        || get(show),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/jobs/{job_id}/cancel",
        Needs::Permission(Permission::TokensManage),
        "Stop the making of codes. Those that were made stay.",
        || post(cancel),
    ),
];

/// A job of an access token, in a path.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "JobOf")]
struct Of {
    /// The access token.
    id: Uuid,
    /// The job.
    job_id: Uuid,
}

/// Work that goes on in the background.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Job {
    /// Its id.
    id: Uuid,
    /// How far it is.
    state: State,
    /// How many pieces there are.
    total: i64,
    /// How many of them are done.
    done: i64,
}

/// How far work is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "JobState")]
enum State {
    /// It goes on.
    Running,
    /// It ended.
    Done,
    /// Somebody stopped it; what was done stays.
    Cancelled,
}

async fn show(Program(caller, backend): Program, Path(of): Path<Of>) -> Result<One<Job>, Problem> {
    let (token, job) = (TokenId(of.id), JobId(of.job_id));
    Ok(One(backend.jobs().of_token(&caller, token, job).await?.into()))
}

async fn cancel(Program(caller, backend): Program, Path(of): Path<Of>) -> Result<One<Job>, Problem> {
    let (token, job) = (TokenId(of.id), JobId(of.job_id));
    Ok(One(backend
        .jobs()
        .cancel_of_token(&caller, token, job)
        .await?
        .into()))
}

impl From<Progress> for Job {
    fn from(progress: Progress) -> Self {
        Self {
            id: progress.id.0,
            state: match progress.state {
                JobState::Running => State::Running,
                JobState::Done => State::Done,
                JobState::Cancelled => State::Cancelled,
            },
            total: progress.total,
            done: progress.done,
        }
    }
}
