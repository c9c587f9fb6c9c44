//! Long work, as it is shown.

use serde::{Deserialize, Serialize};

use crate::id::JobId;

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The job, to cancel it.
    pub id: JobId,
    /// Pieces done.
    pub done: i64,
    /// Pieces in all.
    pub total: i64,
    /// Whether it goes on, or how it ended.
    pub state: JobState,
}

/// Whether a job goes on, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits or runs.
    Running,
    /// All pieces are done.
    Done,
    /// Somebody stopped it; what was done stays.
    Cancelled,
}
