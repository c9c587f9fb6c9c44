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
        let now = self.0.clock.now();
        let id = CollectionId(self.0.random.id(now));
        let mut tx = self.0.db.write().await?;
        sql::insert(
            &mut tx,
            caller.organisation(),
            caller.scope.department(),
            id,
            &head,
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
        let head = form.parse()?;
        let mut tx = self.0.db.write().await?;
        let before = self.touch(&mut tx, caller, id).await?;
        sql::update(&mut tx, &caller.scope, id, &head).await?;
        let facts = json!({
            "title": head.title, "summary": head.summary, "colour": head.cover.colour, "emoji": head.cover.emoji,
            "before": {
                "title": before.title, "summary": before.summary, "colour": before.colour, "emoji": before.emoji,
            },
        });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::collection(Event::CollectionChanged, id, facts),
            )
            .await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
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
        if state == CollectionState::Draft && before != state && grants::people(&mut tx, id).await? > 0 {
            let sentence =
                "Somebody has this collection already, and keeps it. Archive it to give it to nobody new.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        if before != state {
            sql::set_state(&mut tx, &caller.scope, id, state).await?;
            let facts = json!({"before": before.word(), "after": state.word()});
            self.0
                .record(
                    &mut tx,
                    caller,
                    Entry::collection(Event::CollectionStateChanged, id, facts),
                )
                .await?;
        }
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
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
        let department = departments::chosen(&mut tx, &caller.scope, department).await?;
        if before != department {
            sql::set_department(&mut tx, &caller.scope, id, department).await?;
            access_tokens::move_with_collection(&mut tx, id, department).await?;
            let names = departments::names(&mut tx, before.into_iter().chain(department)).await?;
            let name = |id: Option<DepartmentId>| {
                id.and_then(|id| names.get(&id))
                    .map_or("none", |named| named.name.as_str())
            };
            let facts = json!({"before": name(before), "after": name(department)});
            let entry = Entry::collection(Event::CollectionDepartmentChanged, id, facts);
            self.0.record(&mut tx, caller, entry).await?;
        }
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }

    /// Begins a change: returns the collection as it was, marks it as changed and locks it.
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
