//! What tokens are to do, in the shortest form that says it: what the real thing is compared with.

/// A person, by number.
pub(super) type Person = u8;
/// An idempotency key, by number.
pub(super) type Key = u8;

/// A token: a single one has one code.
#[derive(Debug, Clone, Default)]
pub(super) struct Token {
    pub multi: bool,
    /// Of a single one; `None`: no limit. A code of a multi token is used once.
    pub limit: Option<usize>,
    pub codes: Vec<Code>,
    pub expired: bool,
    pub suspended: bool,
    pub revoked: bool,
    pub deleted: bool,
}

/// A code.
#[derive(Debug, Clone, Default)]
pub(super) struct Code {
    pub uses: Vec<(Person, Key)>,
    pub assigned: Option<Person>,
}

/// What a press of the button is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    /// They had it already: a link to their mailbox.
    Mailed,
    Unknown,
    Expired,
    UsedUp,
    /// It was used, by whom it was assigned to.
    Yours,
    Suspended,
}

impl Token {
    pub(super) fn uses(&self) -> usize {
        self.codes.iter().map(|code| code.uses.len()).sum()
    }

    pub(super) fn redeem(&mut self, code: usize, person: Person, key: Key) -> Answer {
        if self.deleted || self.revoked {
            return Answer::Unknown;
        }
        let limit = if self.multi { Some(1) } else { self.limit };
        let person = self.codes[code].assigned.unwrap_or(person);
        let has_another = self.multi && self.has_by_another(code, person);
        let code = &mut self.codes[code];
        let is_again = code.uses.contains(&(person, key));
        if is_again && !self.expired && !self.suspended {
            return Answer::Done;
        }
        if !is_again && code.uses.iter().any(|(by, _)| *by == person) {
            return Answer::Mailed;
        }
        if !is_again && has_another {
            return Answer::Mailed;
        }
        if self.expired {
            return Answer::Expired;
        }
        if limit.is_some_and(|limit| code.uses.len() >= limit) {
            return if code.assigned.is_some() {
                Answer::Yours
            } else {
                Answer::UsedUp
            };
        }
        if self.suspended {
            return Answer::Suspended;
        }
        code.uses.push((person, key));
        Answer::Done
    }

    /// Whether somebody used another code than this one: one person needs one.
    fn has_by_another(&self, code: usize, person: Person) -> bool {
        let others = self.codes.iter().enumerate().filter(|(at, _)| *at != code);
        others
            .flat_map(|(_, other)| &other.uses)
            .any(|(by, _)| *by == person)
    }

    /// Whether a code can be given to a mailbox. A used one stays with whoever used it, and none is mailed that opens
    /// nothing now.
    pub(super) fn assign(&mut self, code: usize, person: Person) -> bool {
        let open = self.multi && !self.deleted && !self.revoked && !self.expired && !self.suspended;
        let code = &mut self.codes[code];
        let ok = open && code.uses.is_empty() && code.assigned != Some(person);
        if ok {
            code.assigned = Some(person);
        }
        ok
    }

    pub(super) fn clear(&mut self, code: usize) -> bool {
        let ok = self.multi && !self.deleted && self.codes[code].uses.is_empty();
        if ok {
            self.codes[code].assigned = None;
        }
        ok
    }
}
