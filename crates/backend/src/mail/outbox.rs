//! What became of each mail, for those who look after it: the list, and one mail with its text and its history.
//!
//! A link in a mail is a secret and leaves only to its reader: here its place is shown.

mod sql;

use database::Conn;
use domain::access_tokens::HistoryEntry;
use domain::mail::{MailQuery, MailRow, MailState, MailView};
use domain::{EmailAddress, MailId, OrganisationId, Page, Permission, Refusal};

use super::erase::NOBODY;
use super::letter::Letter;
use super::templates::{self, Content};
use super::{Mail, Template, state_of};
use crate::error::{Fault, Result, corrupt};
use crate::keyset::{self, Key};
use crate::times::Times;
use crate::{Caller, Scope, departments, words};

pub(crate) use sql::Row;

/// Words of a search that are listened to, at most.
const MOST_WORDS: usize = 3;

/// Below so many matches of the rarest word, they are fetched and sorted; above, the list is walked in its order until
/// a page is full.
const FEW: i64 = 20_000;

/// What a list was asked for.
struct Wanted {
    state: Option<MailState>,
    /// The beginnings of words, the rarest first.
    words: Vec<Vec<u8>>,
    /// Whether the rarest word has few matches.
    few: bool,
}

impl Mail<'_> {
    /// The mails, the newest first.
    ///
    /// # Errors
    /// Forbidden; not found: a department outside the scope; malformed: a cursor that is none.
    pub async fn list(&self, caller: &Caller, query: &MailQuery) -> Result<Page<MailRow>> {
        caller.may(Permission::MailsRead)?;
        let start = sql::NEWEST_FIRST.start(query.after.as_ref())?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let wanted = wanted(&mut conn, caller, query).await?;
        let most = keyset::rows(query.rows);
        let rows = sql::list(&mut conn, &scope, &wanted, &start, most + 1).await?;
        let times = self.times(caller);
        let page = keyset::page_of(rows, most, &start, |row| (Key::None, row.id.0));
        Ok(Page {
            rows: page
                .rows
                .into_iter()
                .map(|row| row.shown(&times))
                .collect::<Result<_>>()?,
            next: page.next,
            prev: page.prev,
        })
    }

    /// How many mails a list has, as [`Count::number`](domain::page::Count::number) writes it.
    ///
    /// # Errors
    /// Forbidden; not found: a department outside the scope.
    pub async fn count(&self, caller: &Caller, query: &MailQuery) -> Result<i64> {
        caller.may(Permission::MailsRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let wanted = wanted(&mut conn, caller, query).await?;
        Ok(sql::count(&mut conn, &scope, &wanted).await?.number())
    }

    /// Some mails. Ids that are not the organisation's are left out, and what is more than a list asks for.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn rows(&self, caller: &Caller, ids: &[MailId]) -> Result<Vec<MailRow>> {
        caller.may(Permission::MailsRead)?;
        self.changed_rows(caller, ids).await
    }

    /// The same to anyone who just made or changed them, and may have no permission to see all others.
    pub(crate) async fn changed_rows(&self, caller: &Caller, ids: &[MailId]) -> Result<Vec<MailRow>> {
        let ids = &ids[..ids.len().min(keyset::MOST_BY_ID)];
        let rows = sql::by_ids(&mut self.0.db.read().await?, &caller.scope, ids).await?;
        let times = self.times(caller);
        rows.into_iter().map(|row| row.shown(&times)).collect()
    }

    /// A mail with its text and its history.
    ///
    /// # Errors
    /// Forbidden, or not found.
    pub async fn view(&self, caller: &Caller, id: MailId) -> Result<MailView> {
        caller.may(Permission::MailsRead)?;
        let mut conn = self.0.db.read().await?;
        let row = load(&mut conn, &caller.scope, id).await?;
        let letter = self.letter_of(&mut conn, caller.organisation(), &row).await?;
        let times = self.times(caller);
        let mut history: Vec<HistoryEntry> = sql::events(&mut conn, id)
            .await?
            .into_iter()
            .map(|event| event.told(&times))
            .collect();
        history.push(HistoryEntry {
            when: times.when(row.created_at),
            who: "Tokenwright".into(),
            what: "Was written".into(),
        });
        Ok(MailView {
            subject: letter.subject,
            text: letter.text,
            history,
            repeats: row.repeats_id,
            not_again: row.not_again().map(str::to_owned),
            not_corrected: row.not_corrected().map(str::to_owned),
            row: row.shown(&times)?,
        })
    }

    /// A mail's HTML, to be shown by itself.
    ///
    /// # Errors
    /// Forbidden, or not found.
    pub async fn html(&self, caller: &Caller, id: MailId) -> Result<String> {
        caller.may(Permission::MailsRead)?;
        let mut conn = self.0.db.read().await?;
        let row = load(&mut conn, &caller.scope, id).await?;
        Ok(self.letter_of(&mut conn, caller.organisation(), &row).await?.html)
    }

    /// The letter, with a link that leads nowhere: as it was sent, or as it would be sent now.
    async fn letter_of(&self, conn: &mut Conn, organisation: OrganisationId, row: &Row) -> Result<Letter> {
        let template = row.template()?;
        let (look, language) = self.look_of(conn, organisation).await?;
        let facts = serde_json::from_str(&row.facts).map_err(|_| corrupt("mails", "facts", row.id))?;
        let chosen = if row.sent_at.is_some() {
            templates::sent_with(conn, organisation, template, row.template_id).await?
        } else {
            let languages = [Some(row.language.as_str()), language.as_deref()];
            templates::choose(conn, organisation, template, &facts, languages).await?
        };
        let link = format!("{}/…", self.0.settings.public_url);
        let content = Content {
            template,
            facts: &facts,
            reader: &row.to_name,
            link: Some(&link),
            look: &look,
            is_sent: false,
        };
        templates::letter(&chosen, &content).map_err(|problem| Fault::new(problem).into())
    }

    pub(super) fn times(&self, caller: &Caller) -> Times {
        Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        }
    }
}

/// Whether a mail is in a scope.
///
/// # Errors
/// A fault.
pub(crate) async fn is_in(conn: &mut Conn, scope: &Scope, id: MailId) -> Result<bool> {
    Ok(!sql::by_ids(conn, scope, &[id]).await?.is_empty())
}

/// A mail that the caller may see.
///
/// # Errors
/// Not found.
pub(crate) async fn load(conn: &mut Conn, scope: &Scope, id: MailId) -> Result<Row> {
    let rows = sql::by_ids(conn, scope, &[id]).await?;
    rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
}

/// The newest mail with a text that the caller may see.
pub(super) async fn newest_of(conn: &mut Conn, scope: &Scope, template: &str) -> Result<Option<Row>> {
    Ok(sql::newest_of(conn, scope, template).await?)
}

async fn wanted(conn: &mut Conn, caller: &Caller, query: &MailQuery) -> Result<Wanted> {
    let mut words = Vec::new();
    for word in searched(&query.search) {
        let matches = sql::matches(conn, caller.organisation(), &word, FEW + 1).await?;
        words.push((matches, word));
    }
    words.sort_by_key(|(matches, _)| *matches);
    let few = words.first().is_some_and(|(matches, _)| *matches <= FEW);
    Ok(Wanted {
        state: query.state,
        words: words.into_iter().map(|(_, word)| word).collect(),
        few,
    })
}

/// What is looked for: the beginnings of words; of something with an `@`, the beginning of an address.
fn searched(search: &str) -> Vec<Vec<u8>> {
    let mut beginnings = std::collections::BTreeSet::new();
    for typed in search.split_whitespace() {
        if typed.contains('@') {
            beginnings.insert(words::order_key(typed));
        } else {
            beginnings.extend(words::words(typed));
        }
    }
    beginnings.into_iter().take(MOST_WORDS).collect()
}

impl Row {
    /// What the mail says.
    pub(crate) fn template(&self) -> Result<Template> {
        Template::from_key(&self.template).ok_or_else(|| corrupt("mails", "template", self.id))
    }

    /// Where it is on its way.
    pub(crate) fn state(&self) -> Result<MailState> {
        state_of(&self.state, self.bounced_at).ok_or_else(|| corrupt("mails", "state", self.id))
    }

    /// The address it goes to.
    pub(crate) fn address(&self) -> Result<EmailAddress> {
        self.to_address
            .parse()
            .map_err(|_| corrupt("mails", "to_address", self.id))
    }

    /// Why it cannot be sent again, if it cannot.
    pub(crate) fn not_again(&self) -> Option<&'static str> {
        self.is_on_its_way()
            .then_some("It is on its way already.")
            .or_else(|| self.never_again())
    }

    /// Why its address cannot be corrected, if it cannot.
    pub(crate) fn not_corrected(&self) -> Option<&'static str> {
        self.never_again()
    }

    fn is_on_its_way(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "sending")
    }

    fn never_again(&self) -> Option<&'static str> {
        if self.to_address == NOBODY {
            return Some("Its reader was deleted.");
        }
        match Template::from_key(&self.template) {
            Some(Template::Test) => Some("Send a test from the settings again."),
            Some(Template::SignInLink) => Some(
                "A sign-in link works for a quarter of an hour, for whoever asked. They ask for a new one at /my/sign-in.",
            ),
            Some(Template::ClaimLinks) => {
                Some("Who asked for these links asks for them again, at /recipient-view.")
            }
            Some(Template::ClaimCode | Template::DeletionCode) => Some(
                "A code works for a few minutes, for whoever asked. They ask for a new one where they typed their address.",
            ),
            Some(
                Template::MobileEnded
                | Template::TokenLeaked
                | Template::PageTokenLeaked
                | Template::TokenEnds,
            ) => Some("This said what was so when it was written, and is not sent again."),
            Some(Template::PageLink) => Some(
                "The link of a page token is not kept with its mail. Edit the token, and send its link from there.",
            ),
            _ => None,
        }
    }

    fn shown(self, times: &Times) -> Result<MailRow> {
        let state = self.state()?;
        Ok(MailRow {
            id: self.id,
            to: self.address()?,
            about: self.template()?.name().to_owned(),
            state,
            tries: self.attempts,
            written: times.when(self.created_at),
            sent: self.sent_at.map(|at| times.when(at)),
            next_try: (state == MailState::Queued && self.attempts > 0).then(|| times.when(self.due_at)),
            problem: self.problem,
            to_name: self.to_name,
        })
    }
}

impl sql::Happened {
    fn told(self, times: &Times) -> HistoryEntry {
        let Self { at, event, words } = self;
        let (who, what) = match event.as_str() {
            "sent" if words.is_empty() => ("Tokenwright", "Was put into the folder".to_owned()),
            "sent" => ("The mail server", format!("Took it: {words}")),
            "tried" => ("The mail server", format!("Did not take it yet: {words}")),
            "failed" => ("The mail server", format!("Will not take it: {words}")),
            "bounced" => ("A mail server on its way", format!("Sent it back: {words}")),
            _ => ("Tokenwright", format!("Did not send it: {words}")),
        };
        HistoryEntry {
            when: times.when(at),
            who: who.into(),
            what,
        }
    }
}
