//! Service users: the people behind the tokens of programs that do not belong to anyone in particular.
//!
//! A service user has a name, a user type, perhaps a department, and a person who is responsible for it. It has no
//! address and no password: nobody can sign in as one, and nothing is mailed to it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::form::{self, Problems};
use crate::id::{DepartmentId, PersonId};
use crate::user_types::UserTypeRef;

/// A new service user, as typed; for an existing one, its name and its owner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceUserForm {
    /// *Name*.
    pub name: String,
    /// *Owner*: a person's address or id; blank: the person who creates it, or for an existing one, its present owner.
    pub owner: String,
    /// *User type*: the name of a built-in one, or an id.
    pub user_type: String,
    /// *Department*: its id; blank: none.
    pub department: String,
}

/// The person responsible for a service user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// By their id.
    Id(PersonId),
    /// By their address.
    Address(EmailAddress),
}

impl FromStr for Owner {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text
                .parse()
                .map(Self::Address)
                .map_err(|_| "Type the e-mail address of a person."),
        }
    }
}

/// A service user to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServiceUser {
    /// Its name.
    pub name: String,
    /// The person responsible for it; `None`: the person who creates it.
    pub owner: Option<Owner>,
    /// Its user type.
    pub user_type: UserTypeRef,
    /// Which department it belongs to.
    pub department: Option<DepartmentId>,
}

/// A change of a service user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUserChange {
    /// Its name.
    pub name: String,
    /// The person responsible for it; `None`: unchanged.
    pub owner: Option<Owner>,
}

impl ServiceUserForm {
    /// The service user, from what was typed.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<NewServiceUser, Problems> {
        let mut problems = Problems::default();
        let named = self.named(&mut problems);
        let user_type = problems.check("user_type", self.user_type.parse());
        let department = problems.check("department", crate::departments::choice(&self.department));
        match (named, user_type, department) {
            (Some((name, owner)), Some(user_type), Some(department)) => Ok(NewServiceUser {
                name,
                owner,
                user_type,
                department,
            }),
            _ => Err(problems),
        }
    }

    /// The change of an existing one, from what was typed.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn change(&self) -> Result<ServiceUserChange, Problems> {
        let mut problems = Problems::default();
        match self.named(&mut problems) {
            Some((name, owner)) => Ok(ServiceUserChange { name, owner }),
            None => Err(problems),
        }
    }

    fn named(&self, problems: &mut Problems) -> Option<(String, Option<Owner>)> {
        let name = problems.check("name", form::line("A name", 100, &self.name));
        let owner = match self.owner.trim() {
            "" => Some(None),
            text => problems.check("owner", text.parse().map(Some)),
        };
        name.zip(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_user_is_read_with_its_owner() {
        let form = ServiceUserForm {
            name: " Nightly import ".into(),
            owner: "ada@example.org".into(),
            user_type: "administrator".into(),
            department: String::new(),
        };
        let new = form.parse().expect("a good form");
        assert_eq!(new.name, "Nightly import");
        assert!(matches!(new.owner, Some(Owner::Address(_))));
        let own = ServiceUserForm {
            owner: String::new(),
            ..form.clone()
        };
        assert_eq!(own.parse().map(|new| new.owner), Ok(None));
        let by_id: Result<Owner, _> = "00000000-0000-4000-8000-000000000020".parse();
        assert!(matches!(by_id, Ok(Owner::Id(_))));
        let wrong = ServiceUserForm {
            name: String::new(),
            owner: "Ada".into(),
            ..form
        };
        let problems = wrong.parse().expect_err("problems");
        assert!(problems.at("name").is_some() && problems.at("owner").is_some());
        assert!(wrong.change().is_err());
    }
}
