//! The rows that a caller may see and change: those of the whole organisation, or those of a department and all
//! departments below it.
//!
//! A statement on rows of an organisation takes a `&Scope`, and there is one way to use it: [`Scoped`], which writes
//! the organisation and, where the caller is limited, the departments into the statement. The only other way from a
//! scope to an organisation's id is [`Scope::whole_organisation`], which asks for a reason.

use database::{Conn, Part, Query, Result, Row, Sql, Statement, Value};
use domain::{DepartmentId, OrganisationId};

/// A part of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    organisation: OrganisationId,
    department: Option<DepartmentId>,
}

impl Scope {
    /// Everything in an organisation; or, with a department, its rows and those of the departments below it.
    pub fn new(organisation: OrganisationId, department: Option<DepartmentId>) -> Self {
        Self {
            organisation,
            department,
        }
    }

    /// The department that limits it, if one does.
    pub fn department(&self) -> Option<DepartmentId> {
        self.department
    }

    /// Whether it is part of this organisation.
    pub(crate) fn is_of(&self, organisation: OrganisationId) -> bool {
        self.organisation == organisation
    }

    /// Whether it covers the whole organisation.
    pub fn is_whole(&self) -> bool {
        self.department.is_none()
    }

    /// The part of it that belongs to a department, which was found in it.
    pub(crate) fn narrowed(&self, department: DepartmentId) -> Self {
        Self {
            department: Some(department),
            ..*self
        }
    }

    /// The organisation, for a statement that does not depend on departments; the reason says why it does not.
    pub(crate) fn whole_organisation(&self, reason: &'static str) -> OrganisationId {
        debug_assert!(!reason.is_empty());
        self.organisation
    }

    /// The organisation, for what is created in it, and for what the organisation itself is.
    pub(super) fn organisation(&self) -> OrganisationId {
        self.organisation
    }
}

/// A department and those below it: the SQL around the number of the placeholder for the limiting department.
const BELOW: [&str; 3] = [
    "AND",
    "IN (SELECT department_id FROM department_tree WHERE ancestor_id IN",
    ")",
];

impl Scope {
    /// A statement on rows of an organisation: `head`, then, for a limited caller, the condition that `column` is one
    /// of their departments, then `tail`. The organisation is a value of the head ([`Scoped::organisation`]); the
    /// department takes the placeholder `next`, after all others. For everybody else the statement is only the head and
    /// the tail.
    pub(crate) fn query<'c>(
        &self,
        conn: &'c mut Conn,
        column: &'static str,
        next: usize,
        head: &[Part],
        tail: &[Part],
    ) -> Scoped<'c> {
        let parts = [head, &self.parts(column, next), tail].concat();
        Scoped {
            scope: *self,
            query: conn.query(Sql::parts(&parts)),
        }
    }

    /// Whether a row of this organisation and department is in it.
    pub(crate) async fn has(
        &self,
        conn: &mut Conn,
        organisation: OrganisationId,
        department: Option<DepartmentId>,
    ) -> Result<bool> {
        if organisation != self.organisation {
            return Ok(false);
        }
        let Some(limit) = self.department else {
            return Ok(true);
        };
        let found: Option<(DepartmentId,)> = conn
            .query("SELECT department_id FROM department_tree WHERE ancestor_id = $1 AND department_id = $2")
            .bind(limit)
            .bind(department)
            .optional()
            .await?;
        Ok(found.is_some())
    }

    /// The part of a statement that limits a caller to their departments. [`Scope::bind`] binds its value.
    pub(crate) fn parts(&self, column: &'static str, next: usize) -> Vec<Part> {
        if self.is_whole() {
            return Vec::new();
        }
        let department = Part::Values {
            first: next,
            count: 1,
        };
        let [and, below, end] = BELOW.map(Part::Text);
        vec![and, Part::Text(column), below, department, end]
    }

    /// Appends the organisation as a value, and, for a limited caller, the condition that `column` is one of their
    /// departments.
    pub(crate) fn within(&self, statement: Statement, column: &'static str) -> Statement {
        let statement = statement.value(self.organisation);
        match self.department {
            None => statement,
            Some(department) => statement
                .text("AND")
                .text(column)
                .text("IN (SELECT department_id FROM department_tree WHERE ancestor_id =")
                .value(department)
                .text(")"),
        }
    }

    /// Binds the value of [`Scope::parts`], if it has one.
    pub(crate) fn bind<'c>(&self, query: Query<'c>) -> Query<'c> {
        match self.department {
            Some(department) => query.bind(department),
            None => query,
        }
    }
}

/// A statement within a scope, to bind values to and run.
pub(crate) struct Scoped<'c> {
    scope: Scope,
    query: Query<'c>,
}

impl Scoped<'_> {
    /// Binds the next value.
    pub(crate) fn bind(self, value: impl Value) -> Self {
        Self {
            query: self.query.bind(value),
            ..self
        }
    }

    /// Binds the organisation as the next value.
    pub(crate) fn organisation(self) -> Self {
        let organisation = self.scope.organisation;
        self.bind(organisation)
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<T: Row>(self) -> Result<Option<T>> {
        self.scope.bind(self.query).optional().await
    }

    /// All rows.
    pub(crate) async fn all<T: Row>(self) -> Result<Vec<T>> {
        self.scope.bind(self.query).all().await
    }

    /// The number in the first column of the only row.
    pub(crate) async fn number(self) -> Result<i64> {
        self.scope.bind(self.query).number().await
    }

    /// Runs the statement and returns how many rows it affected.
    pub(crate) async fn run(self) -> Result<u64> {
        self.scope.bind(self.query).run().await
    }
}
