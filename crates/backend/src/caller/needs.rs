//! What an operation of the REST API requires of its caller. The guard in front of the operations uses this, and so
//! does *Why refused?*, which answers for a request that was not made.

use domain::{Permission, Permissions};

use super::{Caller, Who};

/// What a caller needs to be let in to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A token or session with this permission.
    Permission(Permission),
    /// A signed-in person with this permission. Tokens are refused, whatever they may do.
    Person(Permission),
    /// Any token: the operation is about the token itself.
    Itself,
    /// A person, in a browser or in an app: the operation is about themselves. API tokens are refused.
    Oneself,
    /// Nothing: the description of the API.
    Nothing,
}

/// What a caller lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacks {
    /// A permission.
    Permission(Permission),
    /// A person who is signed in in a browser.
    Person,
    /// A person, in a browser or in an app.
    Oneself,
    /// A token.
    Token,
}

impl Needs {
    /// Checks that a caller is let in.
    ///
    /// # Errors
    /// What they lack.
    pub fn admits(self, caller: &Caller) -> Result<(), Lacks> {
        let is_token = matches!(caller.who, Who::ApiToken(_) | Who::MobileApp(_));
        let permission = match self {
            Self::Permission(permission) => permission,
            Self::Person(_) if is_token => return Err(Lacks::Person),
            Self::Person(permission) => permission,
            Self::Oneself => {
                return match caller.who {
                    Who::Admin(_) | Who::MobileApp(_) => Ok(()),
                    Who::ApiToken(_) | Who::Operator => Err(Lacks::Oneself),
                };
            }
            Self::Itself if is_token => return Ok(()),
            Self::Itself => return Err(Lacks::Token),
            Self::Nothing => return Ok(()),
        };
        caller.may(permission).map_err(|_| Lacks::Permission(permission))
    }
}

/// The operations of the REST API.
#[derive(Clone, Copy)]
pub struct Operations {
    /// What the operation at a method and path needs; `None` if there is no such operation.
    pub needs: fn(&str, &str) -> Option<Needs>,
    /// All of them, such as `GET /api/v1/collections`, with what each needs.
    pub all: fn() -> Vec<(String, Needs)>,
}

impl Operations {
    /// Those that a token with these permissions may carry out.
    pub fn open_to(self, permissions: Permissions) -> Vec<String> {
        let is_open = |needs| match needs {
            Needs::Permission(permission) => permissions.contains(permission),
            Needs::Itself => true,
            Needs::Person(_) | Needs::Oneself | Needs::Nothing => false,
        };
        let all = (self.all)().into_iter();
        all.filter(|(_, needs)| is_open(*needs))
            .map(|(operation, _)| operation)
            .collect()
    }
}
