//! Whether what was read is still true.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Db;

/// How often a server checks whether another process has changed something.
const LOOK_AROUND: Duration = Duration::from_millis(250);

impl Db {
    /// What was read at one version is true as long as the version stays the same; `None` where several servers may
    /// write, so that this cannot be known. A change by another process that works on a server's file, such as an
    /// operator command, is noticed within half a second ([`Db::look_around`]).
    pub fn version(&self) -> Option<u64> {
        (!self.is_shared()).then(|| self.version.load(Ordering::SeqCst))
    }

    /// Moves the version when another process has changed something. Runs until the program ends.
    pub async fn look_around(&self) {
        let mut seen = None;
        while !self.is_shared() {
            // When this cannot be found out in time, something may have changed.
            let now = tokio::time::timeout(LOOK_AROUND, self.user_version()).await;
            let now = now.ok().and_then(Result::ok);
            if now.is_none() || now != seen {
                self.version.fetch_add(1, Ordering::SeqCst);
                self.generations.change_everything();
                seen = now;
            }
            tokio::time::sleep(LOOK_AROUND).await;
        }
    }

    /// Counts the transactions of processes that worked beside a server. The counter is in the file header, and nothing
    /// else uses it.
    async fn user_version(&self) -> sqlx::Result<i64> {
        self.read().await?.query("PRAGMA user_version").number().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DbSettings, Opening, Url};

    #[tokio::test]
    async fn the_version_moves_with_what_this_process_and_others_commit() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = DbSettings {
            url: Url::Sqlite(folder.path().join("x.db")),
            opening: Opening::Serve,
            connections: 1,
        };
        let server = Db::open(&settings).await.expect("opens");
        let beside = DbSettings {
            opening: Opening::Migrate,
            ..settings
        };
        let beside = Db::open(&beside).await.expect("opens");
        let mut version = server.version();
        let mut has_moved = || std::mem::replace(&mut version, server.version()) != server.version();

        let write = async |db: &Db| db.write().await.expect("a writer");
        write(&server)
            .await
            .commit_keeping_cache()
            .await
            .expect("committed");
        drop(write(&server).await);
        assert!(!has_moved(), "nothing that anybody keeps");
        write(&server).await.commit().await.expect("committed");
        assert!(has_moved(), "at once");

        let looks = server.clone();
        let looking = tokio::spawn(async move { looks.look_around().await });
        let mut moves = async || {
            while !has_moved() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // What happened before the first check is unknown.
        moves().await;
        write(&beside).await.commit().await.expect("committed");
        moves().await;
        looking.abort();
    }
}
