//! What goes on in the background while a server runs.

use std::time::Duration;

use crate::error::Result;
use crate::{Backend, search_terms, tokens};

/// How often expired tokens are moved to their list.
const OFTEN: Duration = Duration::from_secs(1);

/// How often the server checks who is to be reminded, and which campaign is to start.
const CAMPAIGNS: Duration = Duration::from_secs(15);

/// How often hits that were added up in memory are written.
const HITS: Duration = Duration::from_secs(10);

/// How often data that nobody needs any more is removed.
const SELDOM: Duration = Duration::from_secs(600);

/// The view of upkeep.
pub struct Upkeep<'a>(&'a Backend);

impl Backend {
    /// What goes on in the background.
    pub fn upkeep(&self) -> Upkeep<'_> {
        Upkeep(self)
    }
}

impl Upkeep<'_> {
    /// Everything that a server does in the background, until the program ends: publishing changes, sending mail,
    /// running jobs, moving expired tokens, reading rotated keys, noticing changes made by other processes.
    pub async fn run(&self) {
        let (feed, mail, jobs) = (self.0.feed(), self.0.mail(), self.0.jobs());
        let (keys, quarantine) = (self.0.key_management(), self.0.quarantine());
        let (api_tokens, mobile_sessions) = (self.0.api_tokens(), self.0.mobile_sessions());
        tokio::join!(
            feed.run(),
            mail.run(),
            jobs.run(),
            self.sweep_often(),
            self.watch_campaigns(),
            self.tidy_seldom(),
            self.digest_for_scanners(),
            self.write_hits(),
            self.fold_often(),
            keys.watch(),
            quarantine.watch(),
            self.0.db.look_around(),
            self.0.db.ask_for_changes(),
            api_tokens.note_often(),
            mobile_sessions.note_often()
        );
    }

    /// Puts what a server that ended left in the journal in its places. A server that starts does this before it serves.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self) -> Result<()> {
        self.0.fold_journal().await
    }

    /// Writes down what is only in memory. A server that stops does this last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&self) -> Result<()> {
        self.0.gate().write_tally().await?;
        self.0.fold_journal().await?;
        self.0.api_tokens().note_uses().await?;
        self.0.mobile_sessions().note_uses().await?;
        self.0.add_wrong_codes().await?;
        self.0.key_management().leave().await
    }

    /// Tokens of an older version: once, and again until it is done.
    async fn digest_for_scanners(&self) {
        while let Err(error) = tokens::digest_for_scanners(self.0).await {
            tracing::warn!(%error, "what scanners ask by could not be written; trying again");
            tokio::time::sleep(SELDOM).await;
        }
    }

    async fn write_hits(&self) {
        loop {
            tokio::time::sleep(HITS).await;
            if let Err(error) = self.0.gate().write_tally().await {
                tracing::warn!(%error, "hits of page tokens without a limit could not be written; trying again");
            }
        }
    }

    /// Puts hits in their places a moment after they were answered.
    pub(crate) async fn fold_often(&self) {
        loop {
            while let Err(error) = self.0.fold_journal().await {
                tracing::warn!(%error, "hits of page tokens are still in the journal; trying again");
                tokio::time::sleep(OFTEN).await;
            }
            self.0.journal.is_due().await;
        }
    }

    async fn watch_campaigns(&self) {
        loop {
            if let Err(error) = self.0.campaigns().do_what_is_due().await {
                tracing::warn!(%error, "reminders could not be written, or a campaign could not be started; trying again");
            }
            tokio::time::sleep(CAMPAIGNS).await;
        }
    }

    /// Moves expired tokens to the expired list; returns how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<usize> {
        tokens::sweep(self.0).await
    }

    async fn sweep_often(&self) {
        loop {
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "expired tokens could not be moved; trying again");
            }
            tokio::time::sleep(OFTEN).await;
        }
    }

    /// Removes expired sessions, sign-in links and counts of attempts, and abandoned uploads; reminds people of API
    /// tokens that end soon.
    async fn tidy_seldom(&self) {
        loop {
            let swept = [
                self.0.people().sweep().await,
                self.0.collections().sweep().await,
                self.0.answers().sweep().await,
                self.0.api_tokens().sweep().await,
                self.0.page_tokens().sweep().await,
                self.0.mobile_sessions().sweep().await,
                self.0.campaigns().sweep().await,
            ];
            if let Err(error) = self.0.api_tokens().remind().await {
                tracing::warn!(%error, "nobody could be reminded of API tokens that end; trying again");
            }
            if let Err(error) = search_terms::renew(self.0).await {
                tracing::warn!(%error, "names could not be made findable by the rules of this version; trying again");
            }
            for outcome in swept {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "what nobody needs could not be removed; trying again");
                }
            }
            tokio::time::sleep(SELDOM).await;
        }
    }
}
