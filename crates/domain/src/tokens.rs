//! Families, bounds and states, for tokens of every kind.

mod list;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use list::{TokenList, TokenOrder};

/// What tokens are for. Each family has its own lists, permissions and screens; the kinds of a family share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Access tokens, which open a collection.
    Access,
    /// API tokens, with which programs call the REST API.
    Api,
    /// The sessions of mobile apps.
    Mobile,
    /// Page tokens, which open one guarded page.
    Page,
    /// Claim tokens, with which recipients claim a certificate or badge.
    Claim,
}

impl Family {
    /// All families.
    pub const ALL: [Family; 5] = [Self::Access, Self::Api, Self::Mobile, Self::Page, Self::Claim];

    /// Its name in the database and in events.
    pub fn key(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Api => "api",
            Self::Mobile => "mobile",
            Self::Page => "page",
            Self::Claim => "claim",
        }
    }

    /// The family with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.key() == key)
    }
}

/// From when, until when, how often: the facts that a token's state follows from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Valid from this instant on; `None`: from the beginning.
    pub starts_at: Option<DateTime<Utc>>,
    /// Valid before this instant; `None`: for ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// How many uses there may be; `None`: no limit.
    pub use_limit: Option<i64>,
    /// How many there were.
    pub uses: i64,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Whether it is revoked.
    pub revoked: bool,
}

/// What a token is right now: exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its start is in the future.
    NotYet,
    /// It opens what it is for.
    Live,
    /// Its last use was spent.
    UsedUp,
    /// It has expired.
    Expired,
    /// It is suspended; it can be resumed.
    Suspended,
    /// It is revoked.
    Revoked,
}

impl Bounds {
    /// The state at an instant. A token is valid in `[starts_at, expires_at)`. Revocation, which cannot be undone,
    /// comes first, then what ended the token, then what holds it back. A multi token whose codes are still being
    /// created has a limit of 0 for a moment, which does not make it used up.
    pub fn state(&self, now: DateTime<Utc>) -> State {
        if self.revoked {
            State::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            State::Expired
        } else if self
            .use_limit
            .is_some_and(|limit| self.uses >= limit && self.uses > 0)
        {
            State::UsedUp
        } else if self.suspended {
            State::Suspended
        } else if self.starts_at.is_some_and(|start| now < start) {
            State::NotYet
        } else {
            State::Live
        }
    }

    /// The bounds of one code of a multi token: its own uses, limited by the dates and state of the whole.
    pub fn within(self, whole: Bounds) -> Bounds {
        Bounds {
            starts_at: self.starts_at.max(whole.starts_at),
            expires_at: match (self.expires_at, whole.expires_at) {
                (Some(own), Some(whole)) => Some(own.min(whole)),
                (own, whole) => own.or(whole),
            },
            suspended: self.suspended || whole.suspended,
            revoked: self.revoked || whole.revoked,
            ..self
        }
    }

    /// How many uses are left; `None`: no limit.
    pub fn remaining(&self) -> Option<i64> {
        self.use_limit.map(|limit| limit - self.uses)
    }
}

impl State {
    /// All states, in the order of a menu.
    pub const ALL: [State; 6] = [
        Self::Live,
        Self::NotYet,
        Self::Suspended,
        Self::UsedUp,
        Self::Expired,
        Self::Revoked,
    ];

    /// Whether tokens in this state are in the list of active ones; the others are in the expired list.
    pub fn is_active(self) -> bool {
        matches!(self, Self::NotYet | Self::Live | Self::Suspended)
    }

    /// Its label on screens.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotYet => "Not yet",
            Self::Live => "Live",
            Self::UsedUp => "Used up",
            Self::Expired => "Expired",
            Self::Suspended => "Suspended",
            Self::Revoked => "Revoked",
        }
    }

    /// Its name in URLs.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotYet => "not-yet",
            Self::Live => "live",
            Self::UsedUp => "used-up",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    /// The state with this name in URLs.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a valid instant")
    }

    #[test]
    fn a_token_is_valid_from_its_start_until_just_before_its_end() {
        let hour = TimeDelta::hours(1);
        let bounds = Bounds {
            starts_at: Some(noon()),
            expires_at: Some(noon() + hour),
            ..Bounds::default()
        };

        assert_eq!(bounds.state(noon() - TimeDelta::microseconds(1)), State::NotYet);
        assert_eq!(bounds.state(noon()), State::Live);
        assert_eq!(
            bounds.state(noon() + hour - TimeDelta::microseconds(1)),
            State::Live
        );
        assert_eq!(bounds.state(noon() + hour), State::Expired);
    }

    #[test]
    fn the_last_use_uses_it_up_and_a_pause_holds_it_back() {
        let bounds = Bounds {
            use_limit: Some(3),
            uses: 2,
            ..Bounds::default()
        };
        assert_eq!(bounds.state(noon()), State::Live);
        assert_eq!(bounds.remaining(), Some(1));
        assert_eq!(Bounds { uses: 3, ..bounds }.state(noon()), State::UsedUp);
        assert_eq!(
            Bounds {
                use_limit: Some(0),
                uses: 0,
                ..bounds
            }
            .state(noon()),
            State::Live,
            "being made"
        );
        assert_eq!(
            Bounds {
                suspended: true,
                ..bounds
            }
            .state(noon()),
            State::Suspended
        );
        assert_eq!(
            Bounds {
                suspended: true,
                revoked: true,
                ..bounds
            }
            .state(noon()),
            State::Revoked
        );
    }

    #[test]
    fn every_combination_of_facts_has_one_state_and_stands_in_one_list() {
        for facts in 0..32u8 {
            let on = |bit: u8| facts & (1 << bit) != 0;
            let bounds = Bounds {
                starts_at: on(0).then(|| noon() + TimeDelta::days(1)),
                expires_at: on(1).then(|| noon() - TimeDelta::days(1)),
                use_limit: Some(1),
                uses: i64::from(on(2)),
                suspended: on(3),
                revoked: on(4),
            };
            let ended = on(1) || on(2) || on(4);
            assert_eq!(bounds.state(noon()).is_active(), !ended, "{bounds:?}");
        }
    }

    #[test]
    fn a_code_stands_inside_the_bounds_of_its_multi_token() {
        let whole = Bounds {
            expires_at: Some(noon()),
            suspended: true,
            uses: 7,
            use_limit: Some(9),
            ..Bounds::default()
        };
        let code = Bounds {
            use_limit: Some(1),
            ..Bounds::default()
        };

        let both = code.within(whole);

        assert_eq!(
            both,
            Bounds {
                expires_at: Some(noon()),
                suspended: true,
                use_limit: Some(1),
                ..Bounds::default()
            }
        );
        assert_eq!(both.state(noon() - TimeDelta::days(1)), State::Suspended);
        assert_eq!(both.state(noon()), State::Expired);
    }
}
