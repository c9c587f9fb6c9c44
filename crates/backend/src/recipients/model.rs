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
        let code = &mut self.codes[code];
        let person = code.assigned.unwrap_or(person);
        let is_again = code.uses.contains(&(person, key));
        if is_again && !self.expired && !self.suspended {
            return Answer::Done;
        }
        if !is_again && code.uses.iter().any(|(by, _)| *by == person) {
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

    /// Whether a code can be given to a mailbox. A used one stays with whoever used it.
    pub(super) fn assign(&mut self, code: usize, person: Person) -> bool {
        let open = self.multi && !self.deleted && !self.revoked && !self.expired;
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
