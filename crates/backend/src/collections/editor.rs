//! A collection in its editor: the head, the state.

use database::{Conn, WriteTx};
use domain::collections::{CollectionForm, CollectionHead, CollectionState, CollectionView, Cover, title};
use domain::{CollectionId, DepartmentId, Permission, Refusal};
use serde_json::json;

use super::{Collections, grants, items, sql};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::times::Times;
use crate::{Caller, access_tokens, departments, organisations};

/// What a program changes about a collection; what it does not name stays.
#[derive(Debug, Clone, Default)]
pub struct CollectionChange {
    /// Its title.
    pub title: Option<String>,
    /// Its summary.
    pub summary: Option<String>,
    /// Its department, or none.
    pub department: Option<Option<DepartmentId>>,
    /// Its state.
    pub state: Option<CollectionState>,
}

impl Collections<'_> {
    /// A collection with its items.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn view(&self, caller: &Caller, id: CollectionId) -> Result<CollectionView> {
        caller.may(Permission::CollectionsRead)?;
        self.seen(&mut self.0.db.read().await?, caller, id).await
    }

    /// A new draft with nothing in it.
    ///
    /// # Errors
    /// Forbidden, or refused at `title`.
    pub async fn create(&self, caller: &Caller, title_as_typed: &str) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let title = title(title_as_typed).map_err(|error| Refusal::at("title", error.to_string()))?;
        let head = CollectionHead {
            title,
            summary: String::new(),
            cover: Cover::default(),
        };
        self.insert(caller, &head).await
    }

    /// A new draft with a head and nothing else in it.
    ///
    /// # Errors
    /// Forbidden, or refused at the fields.
    pub async fn create_from(&self, caller: &Caller, form: &CollectionForm) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        self.insert(caller, &form.parse()?).await
    }

    async fn insert(&self, caller: &Caller, head: &CollectionHead) -> Result<CollectionView> {
        let now = self.0.clock.now();
        let id = CollectionId(self.0.random.id(now));
        let mut tx = self.0.db.write().await?;
        sql::insert(
            &mut tx,
            caller.organisation(),
            caller.scope.department(),
            id,
            head,
            now,
        )
        .await?;
        let facts = json!({"title": head.title});
        self.0
            .record(
                &mut tx,
                caller,
                Entry::collection(Event::CollectionCreated, id, facts),
            )
            .await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    /// Changes title, summary and cover.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the fields.
    pub async fn update(
        &self,
        caller: &Caller,
        id: CollectionId,
        form: &CollectionForm,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let mut tx = self.0.db.write().await?;
        let before = self.touch(&mut tx, caller, id).await?;
        self.write_head(&mut tx, caller, id, &before, form).await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    /// Changes what is named and nothing else, all of it or none, while nobody else changes the collection.
    ///
    /// # Errors
    /// As [`update`](Self::update), [`set_department`](Self::set_department) and [`set_state`](Self::set_state).
    pub async fn change(
        &self,
        caller: &Caller,
        id: CollectionId,
        change: CollectionChange,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let mut tx = self.0.db.write().await?;
        if change.department.is_some() {
            // A department that is chosen here is not removed meanwhile.
            organisations::lock(&mut tx, caller.organisation()).await?;
        }
        let before = self.touch(&mut tx, caller, id).await?;
        if change.title.is_some() || change.summary.is_some() {
            let form = CollectionForm {
                title: change.title.unwrap_or_else(|| before.title.clone()),
                summary: change.summary.unwrap_or_else(|| before.summary.clone()),
                colour: before.colour.clone(),
                emoji: before.emoji.clone(),
            };
            self.write_head(&mut tx, caller, id, &before, &form).await?;
        }
        if let Some(department) = change.department {
            self.write_department(&mut tx, caller, id, before.department_id, department)
                .await?;
        }
        if let Some(state) = change.state {
            self.write_state(&mut tx, caller, id, before.state()?, state)
                .await?;
        }
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    async fn write_head(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        id: CollectionId,
        before: &sql::Head,
        form: &CollectionForm,
    ) -> Result<()> {
        let head = form.parse()?;
        sql::update(tx, &caller.scope, id, &head).await?;
        let facts = json!({
            "title": head.title, "summary": head.summary, "colour": head.cover.colour, "emoji": head.cover.emoji,
            "before": {
                "title": before.title, "summary": before.summary, "colour": before.colour, "emoji": before.emoji,
            },
        });
        let entry = Entry::collection(Event::CollectionChanged, id, facts);
        self.0.record(tx, caller, entry).await
    }

    /// Publishes, archives or withdraws.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: a collection that somebody has cannot become a draft again.
    pub async fn set_state(
        &self,
        caller: &Caller,
        id: CollectionId,
        state: CollectionState,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let mut tx = self.0.db.write().await?;
        let before = self.touch(&mut tx, caller, id).await?.state()?;
        self.write_state(&mut tx, caller, id, before, state).await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    async fn write_state(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        id: CollectionId,
        before: CollectionState,
        state: CollectionState,
    ) -> Result<()> {
        if before == state {
            return Ok(());
        }
        if state == CollectionState::Draft && grants::people(tx, id).await? > 0 {
            let sentence =
                "Somebody has this collection already, and keeps it. Archive it to give it to nobody new.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        sql::set_state(tx, &caller.scope, id, state).await?;
        let facts = json!({"before": before.label(), "after": state.label()});
        let entry = Entry::collection(Event::CollectionStateChanged, id, facts);
        self.0.record(tx, caller, entry).await
    }

    /// Puts a collection, and with it its tokens, into a department or into none.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `department`.
    pub async fn set_department(
        &self,
        caller: &Caller,
        id: CollectionId,
        department: Option<DepartmentId>,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let mut tx = self.0.db.write().await?;
        // A department that is chosen here cannot be removed meanwhile.
        organisations::lock(&mut tx, caller.organisation()).await?;
        let before = self.touch(&mut tx, caller, id).await?.department_id;
        self.write_department(&mut tx, caller, id, before, department)
            .await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    async fn write_department(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        id: CollectionId,
        before: Option<DepartmentId>,
        department: Option<DepartmentId>,
    ) -> Result<()> {
        let department = departments::chosen(tx, &caller.scope, department).await?;
        if before == department {
            return Ok(());
        }
        sql::set_department(tx, &caller.scope, id, department).await?;
        access_tokens::move_with_collection(tx, id, department).await?;
        let names = departments::names(tx, before.into_iter().chain(department)).await?;
        let name = |id: Option<DepartmentId>| {
            id.and_then(|id| names.get(&id))
                .map_or("none", |named| named.name.as_str())
        };
        let facts = json!({"before": name(before), "after": name(department)});
        let entry = Entry::collection(Event::CollectionDepartmentChanged, id, facts);
        self.0.record(tx, caller, entry).await
    }

    /// Begins a change: the collection as it was, noted as changed and kept from others.
    pub(super) async fn touch(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        id: CollectionId,
    ) -> Result<sql::Head> {
        if !sql::touch(tx, &caller.scope, id, self.0.clock.now()).await? {
            return Err(Refusal::NotFound.into());
        }
        Ok(sql::head(tx, &caller.scope, id).await?.ok_or(Refusal::NotFound)?)
    }

    /// The collection as the editor shows it, inside a transaction or without one.
    pub(super) async fn seen(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        id: CollectionId,
    ) -> Result<CollectionView> {
        let times = Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        };
        let head = sql::head(conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let departments = departments::names(conn, head.department_id.into_iter()).await?;
        Ok(CollectionView {
            id,
            department: departments.into_values().next(),
            state: head.state()?,
            items: items::all(conn, id)
                .await?
                .into_iter()
                .map(items::Item::shown)
                .collect(),
            changed: times.when(head.changed_at),
            people: grants::people(conn, id).await?,
            tokens: access_tokens::count_of_collection(conn, id).await?,
            title: head.title,
            summary: head.summary,
            cover: Cover {
                colour: head.colour,
                emoji: head.emoji,
            },
        })
    }
}
