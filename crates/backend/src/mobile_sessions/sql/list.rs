//! The statements of the list, and of the sessions of a person or an app.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, FromRow, Part, Result, Sql, Statement};
use domain::mobile_sessions::{MobileList, MobileOrder, MobileQuery, Wipe};
use domain::page::Count;
use domain::tokens::State;
use domain::{DepartmentId, MobileAppId, OrganisationId, PersonId, TokenId};

use super::super::context;
use super::AROUND;
use crate::Scope;
use crate::keyset::{self, Key, KeyForm, Order, Place, Start};
use crate::tokens::Filters;

/// A row of the list.
#[derive(Debug, FromRow)]
pub(in super::super) struct Listed {
    pub id: TokenId,
    pub expires_at: Option<DateTime<Utc>>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub person_id: PersonId,
    pub name: String,
    pub name_key: Vec<u8>,
    pub email: String,
    pub department_id: Option<DepartmentId>,
    pub department: Option<String>,
    pub user_type: String,
    pub app_id: MobileAppId,
    pub app: String,
    pub device: String,
    pub version: String,
    pub system: String,
    pub last_active_at: DateTime<Utc>,
    pub last_address: String,
    pub wipe_asked_at: Option<DateTime<Utc>>,
    pub wiped_at: Option<DateTime<Utc>>,
}

impl Listed {
    /// Whether the app is to remove everything.
    pub(in super::super) fn wipe(&self) -> Wipe {
        context::wipe(self.wipe_asked_at, self.wiped_at)
    }
}

const LISTED: &str = "SELECT k.id, k.expires_at, k.suspended_at, k.revoked_at, k.created_at, s.person_id, p.name, p.name_key, p.email,
            p.department_id, d.name AS department, u.name AS user_type, s.app_id, m.name AS app, s.device, s.version,
            s.system, s.last_active_at, s.last_address, s.wipe_asked_at, s.wiped_at
     FROM mobile_sessions s";

/// What a list is asked; what is not said narrows nothing.
pub(in super::super) struct Wanted {
    pub query: MobileQuery,
    pub filters: Filters,
    pub now: DateTime<Utc>,
    /// Those whom a search has found; `None`: no search.
    pub people: Option<Vec<PersonId>>,
    /// The addresses of which one was the last that it was used from.
    pub addresses: Option<Vec<String>>,
}

impl Wanted {
    /// The rows that fit.
    fn fitting(&self, statement: Statement, scope: &Scope) -> Statement {
        let query = &self.query;
        let statement = statement.text(AROUND).text("WHERE s.organisation_id =");
        let statement = scope
            .within(statement, "p.department_id")
            .text("AND k.family = 'mobile' AND k.whole_id IS NULL AND k.deleted_at IS NULL");
        let statement = match query.list {
            MobileList::Active => statement
                .text("AND k.ended_at IS NULL AND k.expires_at >")
                .value(self.now),
            MobileList::Ended => statement
                .text("AND (k.ended_at IS NOT NULL OR k.expires_at <=")
                .value(self.now)
                .text(")"),
        };
        let statement = match query.state {
            None => statement,
            Some(State::Suspended) => {
                statement.text("AND k.suspended_at IS NOT NULL AND k.revoked_at IS NULL")
            }
            Some(State::Revoked) => statement.text("AND k.revoked_at IS NOT NULL"),
            Some(State::Expired) => statement
                .text("AND k.revoked_at IS NULL AND k.expires_at <=")
                .value(self.now),
            Some(State::Live | State::NotYet | State::UsedUp) => statement
                .text("AND k.suspended_at IS NULL AND k.revoked_at IS NULL AND k.expires_at >")
                .value(self.now),
        };
        let statement = match query.person {
            Some(person) => statement.text("AND s.person_id =").value(person),
            None => statement,
        };
        let statement = match query.app {
            Some(app) => statement.text("AND s.app_id =").value(app),
            None => statement,
        };
        let statement = match query.department {
            Some(department) => statement
                .text("AND p.department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id =")
                .value(department)
                .text(")"),
            None => statement,
        };
        let statement = match query.user_type {
            Some(user_type) => statement.text("AND u.id =").value(user_type),
            None => statement,
        };
        let statement = match query.expires_within {
            Some(days) => statement
                .text("AND k.expires_at <")
                .value(self.now + TimeDelta::days(days.clamp(0, 3650))),
            None => statement,
        };
        let statement = match &self.people {
            Some(people) => statement.text("AND").is_among("s.person_id", people.clone()),
            None => statement,
        };
        let statement = match &self.addresses {
            Some(addresses) => statement
                .text("AND")
                .is_among("s.last_address", addresses.clone()),
            None => statement,
        };
        self.filtered(statement)
    }

    /// What programs narrow the list by.
    fn filtered(&self, statement: Statement) -> Statement {
        let filters = &self.filters;
        let instants = [
            ("AND k.created_at >=", filters.created.from),
            ("AND k.created_at <", filters.created.before),
            ("AND k.expires_at >=", filters.expires.from),
            ("AND k.expires_at <", filters.expires.before),
            ("AND s.last_active_at >=", filters.last_used.from),
            ("AND s.last_active_at <", filters.last_used.before),
        ];
        let statement = instants
            .into_iter()
            .fold(statement, |statement, (condition, at)| match at {
                Some(at) => statement.text(condition).value(at),
                None => statement,
            });
        match filters.department_alone {
            Some(department) => statement.text("AND p.department_id =").value(department),
            None => statement,
        }
    }
}

/// The order that is asked for; that by age is the order of the ids.
pub(in super::super) fn order(query: &MobileQuery) -> Order {
    let key = match query.order {
        MobileOrder::SignedIn => None,
        MobileOrder::Name => Some(("p.name_key", KeyForm::Text)),
        MobileOrder::LastActive => Some(("s.last_active_at", KeyForm::Instant)),
        MobileOrder::Expires => Some(("k.expires_at", KeyForm::Instant)),
    };
    Order {
        key,
        id: "k.id",
        descending: query.descending,
    }
}

impl Listed {
    /// Where it stands in an order.
    pub(in super::super) fn place(&self, order: MobileOrder) -> Place {
        let key = match order {
            MobileOrder::SignedIn => Key::None,
            MobileOrder::Name => Key::Text(self.name_key.clone()),
            MobileOrder::LastActive => Key::Instant(self.last_active_at),
            MobileOrder::Expires => self.expires_at.map_or(Key::None, Key::Instant),
        };
        (key, self.id.0)
    }
}

/// A page of the list.
pub(in super::super) async fn list(
    conn: &mut Conn,
    scope: &Scope,
    wanted: &Wanted,
    start: &Start,
    rows: i64,
) -> Result<Vec<Listed>> {
    let statement = wanted.fitting(Statement::new(LISTED), scope);
    let page = order(&wanted.query).page(statement, start, rows);
    page.query(conn).all().await
}

/// How many there are, up to ten thousand.
pub(in super::super) async fn count(conn: &mut Conn, scope: &Scope, wanted: &Wanted) -> Result<Count> {
    let statement = wanted.fitting(keyset::counting("FROM mobile_sessions s"), scope);
    keyset::count(conn, statement).await
}

/// Where the sessions of an organisation were last used from.
pub(in super::super) async fn last_addresses(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query(
            "SELECT DISTINCT last_address FROM mobile_sessions WHERE organisation_id = $1 AND last_address <> ''",
        )
        .bind(organisation)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(address,)| address).collect())
}

/// Some sessions, whatever list they are in.
pub(in super::super) async fn by_ids(conn: &mut Conn, scope: &Scope, ids: &[TokenId]) -> Result<Vec<Listed>> {
    let head = [
        Part::Text(LISTED),
        Part::Text(AROUND),
        Part::Text(
            "WHERE k.family = 'mobile' AND k.organisation_id = $1 AND k.deleted_at IS NULL AND k.id IN",
        ),
        Part::Values {
            first: 2,
            count: ids.len(),
        },
    ];
    let mut query = scope
        .query(conn, "p.department_id", 2 + ids.len(), &head, &[])
        .organisation();
    for id in ids {
        query = query.bind(*id);
    }
    query.all().await
}

/// One session.
pub(in super::super) async fn by_id(conn: &mut Conn, scope: &Scope, id: TokenId) -> Result<Option<Listed>> {
    Ok(by_ids(conn, scope, &[id]).await?.into_iter().next())
}

/// The sessions of a person that could be used, in the order of their ids, in which tokens are locked.
pub(in super::super) async fn alive_of_person(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<Vec<Listed>> {
    conn.query(Sql::pieces(&[
        LISTED,
        AROUND,
        "WHERE s.person_id = $1 AND s.organisation_id = $2 AND k.ended_at IS NULL AND k.deleted_at IS NULL ORDER BY k.id",
    ]))
    .bind(person)
    .bind(organisation)
    .all()
    .await
}

/// Sessions that are alive, whosever they are.
pub(in super::super) async fn alive(conn: &mut Conn, most: i64) -> Result<Vec<(TokenId, OrganisationId)>> {
    conn.query(
        "SELECT k.id, k.organisation_id FROM mobile_sessions s JOIN tokens k ON k.id = s.token_id
         WHERE k.ended_at IS NULL AND k.revoked_at IS NULL AND k.deleted_at IS NULL ORDER BY k.id LIMIT $1",
    )
    .bind(most)
    .all()
    .await
}

/// The same of an app.
pub(in super::super) async fn alive_of_app(conn: &mut Conn, app: MobileAppId) -> Result<Vec<Listed>> {
    conn.query(Sql::pieces(&[
        LISTED,
        AROUND,
        "WHERE s.app_id = $1 AND k.ended_at IS NULL AND k.deleted_at IS NULL ORDER BY k.id",
    ]))
    .bind(app)
    .all()
    .await
}
