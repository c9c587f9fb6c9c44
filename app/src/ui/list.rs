//! A list of rows that is read page by page, and kept up to date by live changes.
//!
//! It knows how to read ([`Source`]), not what is in a row. Every row has its own signal, so that a change of one
//! updates one. Answers that were overtaken by a later query are dropped.

use std::sync::Arc;
use std::time::Duration;

use domain::feed::Change;
use domain::{Cursor, Page};
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

use crate::error::ApiError;
use crate::rpc::Coming;

/// Rows that are read again at once, at most. Servers answer with no more than a few hundred.
const MOST_AT_ONCE: usize = 200;

/// A row, as lists know it.
pub trait Row: Clone + PartialEq + Send + Sync + 'static {
    /// Its key.
    fn key(&self) -> Uuid;
}

/// Where rows come from.
pub trait Source<R>: Send + Sync + 'static {
    /// A page of the list.
    fn page(&self, after: Option<Cursor>) -> Coming<Page<R>>;
    /// How many rows the list has.
    fn count(&self) -> Coming<i64>;
    /// These rows as they are now; deleted ones are left out.
    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<R>>;
    /// Whether a row belongs in this list, as it is now.
    fn belongs(&self, row: &R) -> bool;
    /// Whether a row that is not yet in the list should be added.
    fn welcomes(&self, row: &R) -> bool {
        self.belongs(row)
    }
}

/// What a change means for a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A different list.
    Nothing,
    /// A row that exists, or may belong there now.
    Row(Uuid),
    /// A row that was just created.
    New(Uuid),
    /// Every row.
    All,
}

impl About {
    /// A row, new or not.
    pub fn row(key: Uuid, new: bool) -> Self {
        if new { Self::New(key) } else { Self::Row(key) }
    }
}

/// The first page, as the server rendered it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct First<R> {
    /// The rows.
    pub page: Page<R>,
    /// How many rows the list has, as [`domain::page::Count::number`] writes it.
    pub total: i64,
}

/// A row in the page.
#[derive(Clone)]
pub struct Line<R: Row> {
    /// Its key.
    pub key: Uuid,
    /// Its current value.
    pub row: ArcRwSignal<R>,
    /// Whether it was just changed.
    pub flash: ArcRwSignal<bool>,
}

impl<R: Row> Line<R> {
    fn new(row: R) -> Self {
        Self {
            key: row.key(),
            row: ArcRwSignal::new(row),
            flash: ArcRwSignal::new(false),
        }
    }

    fn take(&self, row: R) {
        if self.row.with_untracked(|now| *now != row) {
            self.row.set(row);
            self.glow();
        }
    }

    fn glow(&self) {
        let flash = self.flash.clone();
        flash.set(true);
        spawn_local(async move {
            sleep(Duration::from_millis(1_600)).await;
            flash.set(false);
        });
    }
}

/// The state of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Idle: what is there is shown.
    Resting,
    /// Reading the list again.
    Asking,
    /// Reading the next page.
    AskingMore,
    /// The last query failed.
    Failed(ApiError),
}

/// A list of rows.
pub struct List<R: Row> {
    /// The rows read so far.
    pub lines: RwSignal<Vec<Line<R>>>,
    /// How many rows there are in all, once known.
    pub total: RwSignal<Option<i64>>,
    /// Its state.
    pub doing: RwSignal<Doing>,
    /// New rows that wait to be shown.
    pub waiting: RwSignal<Vec<Uuid>>,
    next: RwSignal<Option<Cursor>>,
    source: StoredValue<Arc<dyn Source<R>>>,
    turn: StoredValue<u32>,
}

impl<R: Row> Clone for List<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Row> Copy for List<R> {}

impl<R: Row> List<R> {
    /// A list whose first page is already there.
    pub fn new(source: Arc<dyn Source<R>>, first: First<R>) -> Self {
        Self {
            lines: RwSignal::new(first.page.rows.into_iter().map(Line::new).collect()),
            total: RwSignal::new(Some(first.total)),
            doing: RwSignal::new(Doing::Resting),
            waiting: RwSignal::new(Vec::new()),
            next: RwSignal::new(first.page.next),
            source: StoredValue::new(source),
            turn: StoredValue::new(0),
        }
    }

    /// Whether there is more to read.
    pub fn has_more(self) -> bool {
        self.next.with(Option::is_some)
    }

    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.lines.with(Vec::is_empty)
    }

    /// The keys of all rows read so far.
    pub fn keys(self) -> Vec<Uuid> {
        self.lines
            .try_with_untracked(|lines| lines.iter().map(|line| line.key).collect())
            .unwrap_or_default()
    }

    /// Changes the query: the list is read from the start.
    pub fn ask(self, source: Arc<dyn Source<R>>) {
        self.source.set_value(source);
        self.reload();
    }

    /// Reads the list from the start. What is shown stays until the answer is there.
    pub fn reload(self) {
        let Some((turn, source)) = self.start(Doing::Asking) else {
            return;
        };
        spawn_local(async move {
            let page = source.page(None).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match page {
                Ok(page) => self.show(page),
                Err(error) => return self.fail(error),
            }
            if let Ok(total) = source.count().await
                && self.turn.try_get_value() == Some(turn)
            {
                self.total.try_set(Some(total));
            }
        });
    }

    /// Reads the next page, if there is one and nothing else is being read.
    pub fn more(self) {
        let resting = matches!(self.doing.try_get_untracked(), Some(Doing::Resting));
        let Some(after) = self.next.try_get_untracked().flatten().filter(|_| resting) else {
            return;
        };
        let Some((turn, source)) = self.start(Doing::AskingMore) else {
            return;
        };
        spawn_local(async move {
            let page = source.page(Some(after)).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match page {
                Ok(page) => {
                    self.next.try_set(page.next);
                    self.lines.try_update(|lines| {
                        let fresh: Vec<_> = page
                            .rows
                            .into_iter()
                            .filter(|row| lines.iter().all(|line| line.key != row.key()))
                            .collect();
                        lines.extend(fresh.into_iter().map(Line::new));
                    });
                    self.doing.try_set(Doing::Resting);
                }
                Err(error) => self.fail(error),
            }
        });
    }

    /// Changes that others made: rows that are shown are read again; new ones are added, or wait if rows must not move
    /// now.
    pub fn hear(self, changes: &[Change], hold: bool, about: impl Fn(&Change) -> About) {
        let (mut changed, mut fresh) = (Vec::new(), Vec::new());
        for change in changes {
            match about(change) {
                About::All => return self.catch_up(hold),
                About::Row(key) if !changed.contains(&key) => changed.push(key),
                About::New(key) => fresh.push(key),
                About::Row(_) | About::Nothing => {}
            }
        }
        self.refresh(changed);
        self.arrive(fresh, hold);
    }

    /// Reads these rows again. Deleted rows leave; one that should be in the list and is not causes the list to be read
    /// again, if all of it is here.
    pub fn refresh(self, keys: Vec<Uuid>) {
        // The server answers with so many at most; the others would look as if they were gone.
        if keys.len() > MOST_AT_ONCE {
            return self.catch_up(true);
        }
        let Some(source) = self.source.try_get_value().filter(|_| !keys.is_empty()) else {
            return;
        };
        spawn_local(async move {
            let Ok(rows) = source.rows(keys.clone()).await else {
                return;
            };
            let mut gone = Vec::new();
            let mut is_one_missing = false;
            for key in keys {
                match (rows.iter().find(|row| row.key() == key), self.line(key)) {
                    (Some(row), Some(_)) => self.apply(row.clone()),
                    (Some(row), None) => is_one_missing |= source.welcomes(row),
                    (None, _) => gone.push(key),
                }
            }
            self.remove(&gone);
            let all_here = self.next.try_with_untracked(Option::is_none) == Some(true);
            if is_one_missing && all_here {
                self.reload();
            }
        });
    }

    /// New rows were created elsewhere. Those that match the query are added at once, or wait if rows must not move
    /// now.
    pub fn arrive(self, keys: Vec<Uuid>, hold: bool) {
        let Some(source) = self.source.try_get_value().filter(|_| !keys.is_empty()) else {
            return;
        };
        spawn_local(async move {
            let Ok(rows) = source.rows(keys).await else { return };
            self.let_in(rows.iter().filter(|row| source.welcomes(row)), hold);
        });
    }

    /// Reads the rows that are shown again, and their number, and adds new ones on the first page: changes in the
    /// meantime were missed.
    pub fn catch_up(self, hold: bool) {
        let Some(source) = self.source.try_get_value() else {
            return;
        };
        self.refresh(self.keys().into_iter().take(MOST_AT_ONCE).collect());
        spawn_local(async move {
            if let Ok(total) = source.count().await {
                self.total.try_set(Some(total));
            }
            if let Ok(page) = source.page(None).await {
                self.let_in(page.rows.iter(), hold);
            }
        });
    }

    /// Shows rows that are not here yet, or lets them wait. A reader who has scrolled further is not sent back to the
    /// first page.
    fn let_in<'r>(self, rows: impl Iterator<Item = &'r R>, hold: bool) {
        let fresh: Vec<Uuid> = rows
            .map(Row::key)
            .filter(|key| self.line(*key).is_none())
            .collect();
        if fresh.is_empty() {
            return;
        }
        self.waiting.try_update(|waiting| {
            waiting.extend(fresh);
            waiting.sort_unstable();
            waiting.dedup();
        });
        let here = self.lines.try_with_untracked(Vec::len).unwrap_or_default();
        if !hold && here <= domain::page::PAGE_ROWS {
            self.reload();
        }
    }

    /// Shows a row that was created here, at the top.
    pub fn put_first(self, row: R) {
        let key = row.key();
        self.waiting
            .try_update(|waiting| waiting.retain(|other| *other != key));
        if let Some(line) = self.line(key) {
            return line.take(row);
        }
        let line = Line::new(row);
        line.glow();
        self.lines.try_update(|lines| lines.insert(0, line));
        self.total
            .try_update(|total| *total = total.map(|total| if total < 0 { total } else { total + 1 }));
    }

    /// Updates a row; it leaves when it no longer belongs here.
    pub fn apply(self, row: R) {
        let belongs = self
            .source
            .try_with_value(|source| source.belongs(&row))
            .unwrap_or_default();
        match self.line(row.key()) {
            Some(line) if belongs => line.take(row),
            Some(line) => self.remove(&[line.key]),
            None => {}
        }
    }

    /// Updates a row that was changed here; one that now belongs here again is added.
    pub fn settle(self, row: R) {
        let comes_in = self.line(row.key()).is_none()
            && self
                .source
                .try_with_value(|source| source.welcomes(&row))
                .unwrap_or_default();
        match comes_in {
            // A list this short is read again, which finds the row's place.
            true if self.lines.with_untracked(Vec::len) <= domain::page::PAGE_ROWS => self.reload(),
            true => self.put_first(row),
            false => self.apply(row),
        }
    }

    /// Removes rows.
    pub fn remove(self, keys: &[Uuid]) {
        let here = keys.iter().filter(|key| self.line(**key).is_some()).count();
        if here == 0 {
            return;
        }
        self.lines
            .try_update(|lines| lines.retain(|line| !keys.contains(&line.key)));
        self.total
            .try_update(|total| *total = total.map(|total| total.min((total - here as i64).max(0))));
    }

    /// A row that is shown.
    pub fn line(self, key: Uuid) -> Option<Line<R>> {
        self.lines
            .try_with_untracked(|lines| lines.iter().find(|line| line.key == key).cloned())
            .flatten()
    }

    fn start(self, doing: Doing) -> Option<(u32, Arc<dyn Source<R>>)> {
        let turn = self.turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        })?;
        self.doing.try_set(doing);
        Some((turn, self.source.try_get_value()?))
    }

    /// Shows a first page. Existing rows keep their signals, so that only differences are rendered; new rows flash when
    /// somebody was waiting for them.
    fn show(self, page: Page<R>) {
        let awaited = self.waiting.try_get_untracked().unwrap_or_default();
        self.next.try_set(page.next);
        self.lines.try_update(|lines| {
            *lines = page
                .rows
                .into_iter()
                .map(|row| match lines.iter().find(|line| line.key == row.key()) {
                    Some(line) => {
                        line.take(row);
                        line.clone()
                    }
                    None => {
                        let line = Line::new(row);
                        if awaited.contains(&line.key) {
                            line.glow();
                        }
                        line
                    }
                })
                .collect();
        });
        self.waiting.try_set(Vec::new());
        self.doing.try_set(Doing::Resting);
    }

    fn fail(self, error: ApiError) {
        self.doing.try_set(Doing::Failed(error));
    }
}
