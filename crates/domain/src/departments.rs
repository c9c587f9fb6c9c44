//! Departments: the parts of an organisation, as a tree.

use serde::{Deserialize, Serialize};

use crate::form::{self, Problems};
use crate::id::DepartmentId;

/// The most levels of departments.
pub const MOST_DEPTH: i64 = 8;

/// The most departments in an organisation.
pub const MOST_DEPARTMENTS: i64 = 1_000;

/// A department, as rows name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentName {
    /// Which one.
    pub id: DepartmentId,
    /// Its name.
    pub name: String,
}

/// A department in the tree. In a list, each comes after its parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentView {
    /// Which one.
    pub id: DepartmentId,
    /// Its name.
    pub name: String,
    /// Its parent, if the reader may see it.
    pub parent: Option<DepartmentId>,
    /// Its depth: 1 at the top of what the reader may see.
    pub depth: i64,
    /// Whether nothing belongs to it or to one below it, so that it can be removed.
    pub is_empty: bool,
}

/// A department to be created, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DepartmentForm {
    /// *Name*.
    pub name: String,
    /// *Part of*: the id of another one; blank: none.
    pub parent: String,
}

/// A department to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDepartment {
    /// Its name.
    pub name: String,
    /// Its parent.
    pub parent: Option<DepartmentId>,
}

impl DepartmentForm {
    /// The department.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<NewDepartment, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", department_name(&self.name));
        let parent = problems.check("parent", choice(&self.parent));
        match (name, parent) {
            (Some(name), Some(parent)) => Ok(NewDepartment { name, parent }),
            _ => Err(problems),
        }
    }
}

/// A department's name: one line of 1 to 60 characters.
///
/// # Errors
/// A sentence with the bounds.
pub fn department_name(text: &str) -> Result<String, form::BadText> {
    form::line("A department's name", 60, text)
}

/// A department that was chosen from a list; blank: none.
///
/// # Errors
/// A sentence that says what was expected.
pub fn choice(text: &str) -> Result<Option<DepartmentId>, &'static str> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| "Choose a department from the list.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_choice_is_no_department_and_nonsense_is_refused() {
        assert_eq!(choice(" "), Ok(None));
        let id = DepartmentId(uuid::Uuid::from_u128(3));
        assert_eq!(choice(&id.to_string()), Ok(Some(id)));
        assert!(choice("Sales").is_err());
    }

    #[test]
    fn a_form_says_all_problems_at_once() {
        let form = DepartmentForm {
            name: "a\nb".into(),
            parent: "Sales".into(),
        };
        let problems = form.parse().expect_err("a bad form");
        let fields: Vec<&str> = problems.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["name", "parent"]);
    }
}
