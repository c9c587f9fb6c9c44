//! The outbox's statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, WriteTx};
use domain::mail::{MailSettings, MailState};
use domain::{DepartmentId, MailId, OrganisationId, PersonId, TokenId};
use uuid::Uuid;

use super::NewMail;
use super::returned::Keyed;
use super::texts::Source;

pub(super) struct New<'a> {
    pub id: MailId,
    pub mail: &'a NewMail,
    pub to_name: String,
    pub sealed: Option<Vec<u8>>,
    pub return_key: Vec<u8>,
    pub words: Vec<Vec<u8>>,
    pub now: DateTime<Utc>,
}

pub(super) async fn insert(tx: &mut WriteTx, new: New<'_>) -> Result<()> {
    let mail = new.mail;
    tx.query(
        "INSERT INTO mails (id, organisation_id, to_address, to_name, template, facts, sealed, token_id, state,
                            attempts, due_at, created_at, class, language, return_key, department_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, $9, $10, $11, $12, $13)",
    )
    .bind(new.id)
    .bind(mail.organisation)
    .bind(mail.to.to_string())
    .bind(new.to_name)
    .bind(mail.template.key())
    .bind(mail.facts.to_string())
    .bind(new.sealed)
    .bind(mail.token)
    .bind(new.now)
    .bind(mail.class.rank())
    .bind(mail.language.clone())
    .bind(new.return_key)
    .bind(mail.department)
    .run()
    .await?;
    tx.insert(
        "INSERT INTO mail_words (organisation_id, word, mail_id)",
        3,
        "",
        &new.words,
        |query, word| query.bind(mail.organisation).bind(word.clone()).bind(new.id),
    )
    .await?;
    tx.insert(
        "INSERT INTO mail_tokens (mail_id, token_id)",
        2,
        "",
        &mail.other_tokens,
        |query, token| query.bind(new.id).bind(*token),
    )
    .await?;
    Ok(())
}

/// The tokens that a mail is about, in their order.
pub(super) async fn tokens_of(conn: &mut Conn, id: MailId) -> Result<Vec<TokenId>> {
    let rows: Vec<(TokenId,)> = conn
        .query(
            "SELECT token_id FROM mails WHERE id = $1 AND token_id IS NOT NULL
             UNION SELECT token_id FROM mail_tokens WHERE mail_id = $1 ORDER BY token_id",
        )
        .bind(id)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(token,)| token).collect())
}

/// Puts the mails about some tokens, and about the parts of them, into a department or into none. Which parts a token has is
/// asked of the core's table: they may be a hundred thousand.
pub(super) async fn set_department(
    tx: &mut WriteTx,
    tokens: &[TokenId],
    department: Option<DepartmentId>,
) -> Result<()> {
    for some in tokens.chunks(500) {
        let list = Part::Values {
            first: 2,
            count: some.len(),
        };
        let update = Sql::parts(&[
            Part::Text(
                "UPDATE mails SET department_id = $1 WHERE token_id IN (SELECT id FROM tokens WHERE id IN",
            ),
            list,
            Part::Text("UNION ALL SELECT id FROM tokens WHERE whole_id IN"),
            list,
            Part::Text(")"),
        ]);
        let query = tx.query(update).bind(department);
        let query = some.iter().fold(query, |query, id| query.bind(*id));
        query.run().await?;
    }
    Ok(())
}

/// One that is being sent at this moment may still go out; then [`set_sent`] says so.
pub(super) async fn cancel(tx: &mut WriteTx, id: MailId) -> Result<bool> {
    let touched = tx
        .query("UPDATE mails SET state = 'cancelled', sealed = NULL WHERE id = $1 AND state IN ('queued', 'sending')")
        .bind(id)
        .run()
        .await?;
    Ok(touched > 0)
}

/// A mail whose reader is erased.
#[derive(FromRow)]
pub(super) struct Erased {
    pub id: MailId,
    pub to_address: String,
    pub facts: String,
    pub problem: Option<String>,
}

/// The mails that are about one token and no other.
pub(super) async fn of_token_alone(conn: &mut Conn, token: TokenId) -> Result<Vec<Erased>> {
    conn.query(
        "SELECT id, to_address, facts, problem FROM mails
         WHERE token_id = $1 AND NOT EXISTS (SELECT 1 FROM mail_tokens t WHERE t.mail_id = mails.id)",
    )
    .bind(token)
    .all()
    .await
}

/// The mails with codes and links that somebody asked for at an address.
pub(super) async fn asked_for_at(
    conn: &mut Conn,
    organisation: OrganisationId,
    address: &str,
) -> Result<Vec<Erased>> {
    conn.query(
        "SELECT m.id, m.to_address, m.facts, m.problem FROM mail_words w JOIN mails m ON m.id = w.mail_id
         WHERE w.organisation_id = $1 AND w.word = $2 AND m.to_address = $3
           AND m.template IN ('claim_code', 'deletion_code', 'claim_links')",
    )
    .bind(organisation)
    .bind(crate::words::order_key(address))
    .bind(address.to_owned())
    .all()
    .await
}

/// Puts nobody in the place of a mail's reader; one that waits does not go out any more, and nobody finds it by a name.
pub(super) async fn erase(
    tx: &mut WriteTx,
    id: MailId,
    nobody: &str,
    facts: &str,
    problem: Option<String>,
) -> Result<()> {
    tx.query(
        "UPDATE mails SET to_address = $2, to_name = '', facts = $3, problem = $4, subject = NULL, sealed = NULL,
                state = CASE WHEN state IN ('queued', 'sending') THEN 'cancelled' ELSE state END
         WHERE id = $1",
    )
    .bind(id)
    .bind(nobody.to_owned())
    .bind(facts.to_owned())
    .bind(problem)
    .run()
    .await?;
    tx.query("DELETE FROM mail_words WHERE mail_id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

/// What servers said of a mail.
pub(super) async fn words_of_events(conn: &mut Conn, id: MailId) -> Result<Vec<(Uuid, String)>> {
    conn.query("SELECT id, words FROM mail_events WHERE mail_id = $1")
        .bind(id)
        .all()
        .await
}

pub(super) async fn set_words_of_event(
    tx: &mut WriteTx,
    mail: MailId,
    event: Uuid,
    words: &str,
) -> Result<()> {
    tx.query("UPDATE mail_events SET words = $3 WHERE mail_id = $1 AND id = $2")
        .bind(mail)
        .bind(event)
        .bind(words.to_owned())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn state(conn: &mut Conn, id: MailId) -> Result<Option<MailState>> {
    let row: Option<(String, Option<DateTime<Utc>>)> = conn
        .query("SELECT state, bounced_at FROM mails WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|(state, bounced)| super::state_of(&state, bounced)))
}

#[derive(FromRow, Clone)]
pub(super) struct Due {
    pub id: MailId,
    pub organisation_id: OrganisationId,
    pub token_id: Option<TokenId>,
    pub to_address: String,
    pub to_name: String,
    pub template: String,
    pub facts: String,
    pub sealed: Option<Vec<u8>>,
    /// How often it was taken, which is also who holds it: only the latest may write what became of it.
    pub attempts: i64,
    pub created_at: DateTime<Utc>,
    pub class: i64,
    pub language: String,
    pub return_key: Option<Vec<u8>>,
}

/// Which mail may go out: up to a class, and written at some time or later.
pub(super) struct Free {
    pub class: i64,
    pub since: DateTime<Utc>,
}

impl Free {
    /// All of it.
    pub(super) const ALL: Self = Self {
        class: i64::MAX,
        since: DateTime::UNIX_EPOCH,
    };
}

/// The next organisation, in the order of their ids, that has a mail to send.
pub(super) async fn due_after(
    conn: &mut Conn,
    organisation: OrganisationId,
    now: DateTime<Utc>,
    free: &Free,
) -> Result<Option<OrganisationId>> {
    let row: Option<(OrganisationId,)> = conn
        .query(
            "SELECT organisation_id FROM mails
             WHERE state IN ('queued', 'sending') AND organisation_id > $1 AND due_at <= $2
               AND class <= $3 AND created_at >= $4
             ORDER BY organisation_id LIMIT 1",
        )
        .bind(organisation)
        .bind(now)
        .bind(free.class)
        .bind(free.since)
        .optional()
        .await?;
    Ok(row.map(|(organisation,)| organisation))
}

/// Whether an organisation has a mail to send.
pub(super) async fn is_due(
    conn: &mut Conn,
    organisation: OrganisationId,
    now: DateTime<Utc>,
    free: &Free,
) -> Result<bool> {
    let row: Option<(MailId,)> = conn
        .query(
            "SELECT id FROM mails WHERE organisation_id = $1 AND state IN ('queued', 'sending') AND due_at <= $2
               AND class <= $3 AND created_at >= $4
             ORDER BY class, due_at, id LIMIT 1",
        )
        .bind(organisation)
        .bind(now)
        .bind(free.class)
        .bind(free.since)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Takes the next mail that is due: queued, or left by a worker that died. What somebody waits for goes before what
/// goes to many.
pub(super) async fn take(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    free: &Free,
) -> Result<Option<Due>> {
    // SQLite has one writer; PostgreSQL leaves out what another worker takes at this moment.
    let untaken = tx.either("", "FOR UPDATE SKIP LOCKED");
    tx.query(Sql::pieces(&[
        "UPDATE mails SET state = 'sending', attempts = attempts + 1, due_at = $3
         WHERE id = (SELECT id FROM mails
                     WHERE organisation_id = $1 AND state IN ('queued', 'sending') AND due_at <= $2
                       AND class <= $4 AND created_at >= $5
                     ORDER BY class, due_at, id LIMIT 1",
        untaken,
        ") RETURNING id, organisation_id, token_id, to_address, to_name, template, facts, sealed, attempts,
                     created_at, class, language, return_key",
    ]))
    .bind(organisation)
    .bind(now)
    .bind(until)
    .bind(free.class)
    .bind(free.since)
    .optional()
    .await
}

/// Holds a mail for longer; says whether it is still held.
pub(super) async fn hold(tx: &mut WriteTx, mail: &Due, until: DateTime<Utc>) -> Result<bool> {
    let touched = tx
        .query("UPDATE mails SET due_at = $3 WHERE id = $1 AND state = 'sending' AND attempts = $2")
        .bind(mail.id)
        .bind(mail.attempts)
        .bind(until)
        .run()
        .await?;
    Ok(touched > 0)
}

/// Says whether it was not known yet.
pub(super) async fn set_sent(
    tx: &mut WriteTx,
    id: MailId,
    subject: &str,
    text: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let touched = tx
        .query(
            "UPDATE mails SET state = 'sent', sent_at = $2, sealed = NULL, problem = NULL, subject = $3, template_id = $4
             WHERE id = $1 AND state IN ('queued', 'sending', 'cancelled', 'failed')",
        )
        .bind(id)
        .bind(now)
        .bind(subject.to_owned())
        .bind(text)
        .run()
        .await?;
    Ok(touched > 0)
}

/// Puts a mail back, to be taken at a time; says whether it was still held.
pub(super) async fn set_queued(
    tx: &mut WriteTx,
    mail: &Due,
    due: DateTime<Utc>,
    problem: Option<&str>,
    counts: bool,
) -> Result<bool> {
    let touched = tx
        .query(
            "UPDATE mails SET state = 'queued', due_at = $3, problem = $4, attempts = attempts - $5
             WHERE id = $1 AND state = 'sending' AND attempts = $2",
        )
        .bind(mail.id)
        .bind(mail.attempts)
        .bind(due)
        .bind(problem.map(str::to_owned))
        .bind(i64::from(!counts))
        .run()
        .await?;
    Ok(touched > 0)
}

/// Gives a mail up; says whether it was still held.
pub(super) async fn set_failed(tx: &mut WriteTx, mail: &Due, problem: &str) -> Result<bool> {
    let touched = tx
        .query(
            "UPDATE mails SET state = 'failed', sealed = NULL, problem = $3
             WHERE id = $1 AND state = 'sending' AND attempts = $2",
        )
        .bind(mail.id)
        .bind(mail.attempts)
        .bind(problem.to_owned())
        .run()
        .await?;
    Ok(touched > 0)
}

pub(super) async fn add_event(
    tx: &mut WriteTx,
    mail: MailId,
    id: Uuid,
    at: DateTime<Utc>,
    event: &str,
    words: &str,
) -> Result<()> {
    tx.query("INSERT INTO mail_events (mail_id, id, at, event, words) VALUES ($1, $2, $3, $4, $5)")
        .bind(mail)
        .bind(id)
        .bind(at)
        .bind(event.to_owned())
        .bind(words.to_owned())
        .run()
        .await?;
    Ok(())
}

/// When the organisation's next mail may go out. Others who ask wait until this transaction ends.
pub(super) async fn next_at(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let (next_at,): (DateTime<Utc>,) = tx
        .query(
            "INSERT INTO mail_paces (organisation_id, next_at) VALUES ($1, $2)
             ON CONFLICT (organisation_id) DO UPDATE SET next_at = mail_paces.next_at RETURNING next_at",
        )
        .bind(organisation)
        .bind(now)
        .one()
        .await?;
    Ok(next_at)
}

pub(super) async fn set_next_at(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    next_at: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE mail_paces SET next_at = $2 WHERE organisation_id = $1")
        .bind(organisation)
        .bind(next_at)
        .run()
        .await?;
    Ok(())
}

/// When the last mails to an address went out, the newest first, so many at most.
pub(super) async fn sent_since(
    conn: &mut Conn,
    organisation: OrganisationId,
    address: &str,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<(DateTime<Utc>,)>> {
    conn.query(
        "SELECT sent_at FROM mails WHERE organisation_id = $1 AND to_address = $2 AND sent_at > $3
         ORDER BY sent_at DESC LIMIT $4",
    )
    .bind(organisation)
    .bind(address.to_owned())
    .bind(since)
    .bind(most)
    .all()
    .await
}

/// Why an address is not to be written to by programs, if it is not: each reason.
pub(super) async fn stops(
    conn: &mut Conn,
    organisation: OrganisationId,
    address: &str,
) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query("SELECT reason FROM mail_stops WHERE organisation_id = $1 AND address = $2")
        .bind(organisation)
        .bind(address.to_owned())
        .all()
        .await?;
    Ok(rows.into_iter().map(|(reason,)| reason).collect())
}

#[derive(FromRow)]
pub(super) struct SettingsRow {
    pub host: Option<String>,
    pub port: Option<i64>,
    pub security: Option<String>,
    pub username: Option<String>,
    pub sealed: Option<Vec<u8>>,
    pub from_address: Option<String>,
    pub reply_to: Option<String>,
    pub colour: Option<String>,
    pub language: Option<String>,
    pub per_hour: i64,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub contact_url: Option<String>,
    pub changed_at: DateTime<Utc>,
}

pub(super) async fn settings(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<SettingsRow>> {
    conn.query(
        "SELECT host, port, security, username, sealed, from_address, reply_to, colour, language, per_hour,
                contact_email, contact_phone, contact_url, changed_at
         FROM mail_settings WHERE organisation_id = $1",
    )
    .bind(organisation)
    .optional()
    .await
}

pub(super) async fn give_up(tx: &mut WriteTx, organisation: OrganisationId, problem: &str) -> Result<()> {
    tx.query(
        "UPDATE mails SET state = 'failed', sealed = NULL, problem = $2
         WHERE organisation_id = $1 AND state IN ('queued', 'sending')",
    )
    .bind(organisation)
    .bind(problem.to_owned())
    .run()
    .await?;
    Ok(())
}

pub(super) async fn waiting_with_link(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Vec<(MailId, TokenId)>> {
    conn.query(
        "SELECT id, token_id FROM mails
         WHERE state IN ('queued', 'sending') AND organisation_id = $1 AND token_id IS NOT NULL",
    )
    .bind(organisation)
    .all()
    .await
}

/// The next key that links were sealed with: a sealed text begins with its number.
pub(super) async fn next_key(conn: &mut Conn, after: &[u8]) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = conn
        .query(
            "SELECT substr(sealed, 1, 8) FROM mails WHERE sealed IS NOT NULL AND substr(sealed, 1, 8) > $1
             ORDER BY substr(sealed, 1, 8) LIMIT 1",
        )
        .bind(after.to_vec())
        .optional()
        .await?;
    Ok(row.map(|(key,)| key))
}

pub(super) async fn count_with_key(conn: &mut Conn, key: &[u8]) -> Result<i64> {
    conn.query("SELECT COUNT(*) FROM mails WHERE sealed IS NOT NULL AND substr(sealed, 1, 8) = $1")
        .bind(key.to_vec())
        .number()
        .await
}

pub(super) async fn sealed_with_key(
    conn: &mut Conn,
    key: &[u8],
    after: Uuid,
    most: i64,
) -> Result<Vec<(MailId, Vec<u8>)>> {
    conn.query(
        "SELECT id, sealed FROM mails WHERE sealed IS NOT NULL AND substr(sealed, 1, 8) = $1 AND id > $2
         ORDER BY id LIMIT $3",
    )
    .bind(key.to_vec())
    .bind(after)
    .bind(most)
    .all()
    .await
}

/// Seals a link anew; not if the one that was read is gone by now.
pub(super) async fn move_sealed(tx: &mut WriteTx, id: MailId, read: &[u8], sealed: Vec<u8>) -> Result<bool> {
    let moved = tx
        .query("UPDATE mails SET sealed = $2 WHERE id = $1 AND sealed = $3")
        .bind(id)
        .bind(sealed)
        .bind(read.to_vec())
        .run()
        .await?;
    Ok(moved == 1)
}

/// Says that a mail came back, once; what it was about.
pub(super) async fn set_bounced(
    tx: &mut WriteTx,
    key: &[u8],
    problem: &str,
    now: DateTime<Utc>,
) -> Result<Option<Keyed>> {
    tx.query(
        "UPDATE mails SET bounced_at = $2, problem = $3
         WHERE return_key = $1 AND bounced_at IS NULL AND state IN ('sending', 'sent')
         RETURNING id, organisation_id, to_address",
    )
    .bind(key.to_vec())
    .bind(now)
    .bind(problem.to_owned())
    .optional()
    .await
}

/// The mail with a key, and the name of its organisation.
pub(super) async fn by_key(conn: &mut Conn, key: &[u8]) -> Result<Option<(Keyed, String)>> {
    let row: Option<(MailId, OrganisationId, String, String)> = conn
        .query(
            "SELECT m.id, m.organisation_id, m.to_address, o.name FROM mails m
             JOIN organisations o ON o.id = m.organisation_id WHERE m.return_key = $1",
        )
        .bind(key.to_vec())
        .optional()
        .await?;
    Ok(row.map(|(id, organisation_id, to_address, organisation)| {
        let keyed = Keyed {
            id,
            organisation_id,
            to_address,
        };
        (keyed, organisation)
    }))
}

/// Stops mail by programs to an address; says whether it was not stopped yet.
pub(super) async fn add_stop(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    address: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let touched = tx
        .query(
            "INSERT INTO mail_stops (organisation_id, address, reason, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (organisation_id, address, reason) DO NOTHING",
        )
        .bind(organisation)
        .bind(address.to_owned())
        .bind(reason.to_owned())
        .bind(now)
        .run()
        .await?;
    Ok(touched > 0)
}

pub(super) async fn end_stop(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    address: &str,
    reason: &str,
) -> Result<()> {
    tx.query("DELETE FROM mail_stops WHERE organisation_id = $1 AND address = $2 AND reason = $3")
        .bind(organisation)
        .bind(address.to_owned())
        .bind(reason.to_owned())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_repeats(tx: &mut WriteTx, new: MailId, old: MailId) -> Result<()> {
    tx.query("UPDATE mails SET repeats_id = $2 WHERE id = $1")
        .bind(new)
        .bind(old)
        .run()
        .await?;
    Ok(())
}

/// Takes everything from whoever held it: for a server that has just started and is the only one.
pub(super) async fn release_all(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE mails SET due_at = $1 WHERE state = 'sending'")
        .bind(now)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn put_settings(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    settings: &MailSettings,
    sealed: Option<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<()> {
    let server = settings.server.as_ref();
    tx.query(
        "INSERT INTO mail_settings (organisation_id, host, port, security, username, sealed, from_address, reply_to,
                                    colour, language, per_hour, changed_at, contact_email, contact_phone, contact_url)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (organisation_id) DO UPDATE SET
             host = $2, port = $3, security = $4, username = $5, sealed = $6, from_address = $7, reply_to = $8,
             colour = $9, language = $10, per_hour = $11, changed_at = $12, contact_email = $13, contact_phone = $14,
             contact_url = $15",
    )
    .bind(organisation)
    .bind(server.map(|server| server.host.clone()))
    .bind(server.map(|server| i64::from(server.port)))
    .bind(server.map(|server| server.security.clone()))
    .bind(server.and_then(|server| server.user.clone()))
    .bind(sealed)
    .bind(server.map(|server| server.from.to_string()))
    .bind(settings.reply_to.as_ref().map(ToString::to_string))
    .bind(settings.colour.clone())
    .bind(settings.language.clone())
    .bind(settings.per_hour)
    .bind(now)
    .bind(settings.contact.email.clone())
    .bind(settings.contact.phone.clone())
    .bind(settings.contact.url.clone())
    .run()
    .await?;
    Ok(())
}

/// A logo that was taken.
pub(super) struct NewLogo {
    pub png: Vec<u8>,
    pub width: i64,
    pub height: i64,
}

/// A logo that is kept.
#[derive(Debug, Clone, FromRow)]
pub(super) struct StoredLogo {
    pub png: Vec<u8>,
    pub width: i64,
    pub height: i64,
}

pub(super) async fn logo(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<StoredLogo>> {
    conn.query("SELECT png, width, height FROM logos WHERE organisation_id = $1")
        .bind(organisation)
        .optional()
        .await
}

/// How large a logo is, and since when there is this one.
pub(super) async fn logo_size(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Option<(i64, i64, DateTime<Utc>)>> {
    conn.query("SELECT width, height, changed_at FROM logos WHERE organisation_id = $1")
        .bind(organisation)
        .optional()
        .await
}

/// Keeps a logo, or none.
pub(super) async fn put_logo(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    logo: Option<NewLogo>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("DELETE FROM logos WHERE organisation_id = $1")
        .bind(organisation)
        .run()
        .await?;
    if let Some(logo) = logo {
        tx.query(
            "INSERT INTO logos (organisation_id, png, width, height, changed_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(organisation)
        .bind(logo.png)
        .bind(logo.width)
        .bind(logo.height)
        .bind(now)
        .run()
        .await?;
    }
    Ok(())
}

/// A text of an organisation's own; without parts it stands for the built-in one.
#[derive(FromRow)]
pub(super) struct Text {
    pub id: Uuid,
    pub template: String,
    pub language: String,
    pub subject: Option<String>,
    pub html: Option<String>,
    pub text: Option<String>,
    pub saved_at: DateTime<Utc>,
}

pub(super) async fn text(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<Option<Text>> {
    conn.query(
        "SELECT id, template, language, subject, html, text, saved_at FROM mail_templates
         WHERE organisation_id = $1 AND id = $2",
    )
    .bind(organisation)
    .bind(id)
    .optional()
    .await
}

/// The text that counts, if one was ever written.
pub(super) async fn newest_text(
    conn: &mut Conn,
    organisation: OrganisationId,
    template: &str,
    language: &str,
) -> Result<Option<Text>> {
    conn.query(
        "SELECT id, template, language, subject, html, text, saved_at FROM mail_templates
         WHERE organisation_id = $1 AND template = $2 AND language = $3 ORDER BY id DESC LIMIT 1",
    )
    .bind(organisation)
    .bind(template.to_owned())
    .bind(language.to_owned())
    .optional()
    .await
}

/// The texts that count, in the order of their languages.
pub(super) async fn newest_texts(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Text>> {
    conn.query(
        "SELECT t.id, t.template, t.language, t.subject, t.html, t.text, t.saved_at FROM mail_templates t
         WHERE t.organisation_id = $1 AND NOT EXISTS (
             SELECT 1 FROM mail_templates n WHERE n.organisation_id = $1 AND n.template = t.template
                 AND n.language = t.language AND n.id > t.id)
         ORDER BY t.language",
    )
    .bind(organisation)
    .all()
    .await
}

pub(super) struct NewText<'a> {
    pub id: Uuid,
    pub organisation: OrganisationId,
    pub template: &'a str,
    pub language: &'a str,
    pub source: Option<&'a Source>,
    pub author: Option<PersonId>,
    pub now: DateTime<Utc>,
}

pub(super) async fn insert_text(tx: &mut WriteTx, new: NewText<'_>) -> Result<()> {
    tx.query(
        "INSERT INTO mail_templates (id, organisation_id, template, language, subject, html, text, author_id, saved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.organisation)
    .bind(new.template.to_owned())
    .bind(new.language.to_owned())
    .bind(new.source.map(|source| source.subject.clone()))
    .bind(new.source.map(|source| source.html.clone()))
    .bind(new.source.map(|source| source.text.clone()))
    .bind(new.author)
    .bind(new.now)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn passwords(conn: &mut Conn) -> Result<Vec<(Uuid, Vec<u8>)>> {
    conn.query(
        "SELECT organisation_id, sealed FROM mail_settings WHERE sealed IS NOT NULL ORDER BY organisation_id",
    )
    .all()
    .await
}

/// Seals a password anew; not if the one that was read is gone by now.
pub(super) async fn move_password(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    read: &[u8],
    sealed: Vec<u8>,
) -> Result<bool> {
    let moved = tx
        .query("UPDATE mail_settings SET sealed = $2 WHERE organisation_id = $1 AND sealed = $3")
        .bind(organisation)
        .bind(sealed)
        .bind(read.to_vec())
        .run()
        .await?;
    Ok(moved == 1)
}
