//! The people's statements; those of sessions and invitations are beside them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, WriteTx, padded};
use domain::{DepartmentId, EmailAddress, OrganisationId, PersonId, UserTypeId};

use super::{NewPerson, Wanted};
use crate::{Scope, words};

#[derive(FromRow)]
pub(super) struct Person {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    pub user_type_id: Option<UserTypeId>,
    pub department_id: Option<DepartmentId>,
    pub password_hash: Option<String>,
    pub deactivated_at: Option<DateTime<Utc>>,
    /// The owner who is responsible for it, if it is a service user.
    pub owner_id: Option<PersonId>,
}

/// Returns whether nobody had this address.
pub(super) async fn insert(
    tx: &mut WriteTx,
    id: PersonId,
    new: &NewPerson<'_>,
    words: &BTreeSet<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let added = tx
        .query(
            "INSERT INTO people (id, organisation_id, name, name_key, email, user_type_id, department_id, password_hash,
                                 created_at, words)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (organisation_id, email) DO NOTHING",
        )
        .bind(id)
        .bind(new.organisation)
        .bind(new.name.to_owned())
        .bind(words::order_key(new.name))
        .bind(new.email.to_string())
        .bind(new.user_type.stored())
        .bind(new.department)
        .bind(new.password_hash.map(str::to_owned))
        .bind(now)
        .bind(words::joined(words))
        .run()
        .await?;
    if added > 0 {
        insert_words(tx, &words_of(new.organisation, id, words)).await?;
    }
    Ok(added > 0)
}

/// Puts a name and an address that are nobody's in the place of a member's, and ends what they are known by.
pub(super) async fn erase(
    tx: &mut WriteTx,
    id: PersonId,
    name: &str,
    address: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let erased = tx
        .query(
            "UPDATE people SET name = $2, name_key = $3, email = $4, words = $5, deactivated_at = COALESCE(deactivated_at, $6)
             WHERE id = $1 AND user_type_id IS NULL AND password_hash IS NULL AND owner_id IS NULL",
        )
        .bind(id)
        .bind(name.to_owned())
        .bind(words::order_key(name))
        .bind(address.to_owned())
        .bind(words::joined(&BTreeSet::new()))
        .bind(now)
        .run()
        .await?;
    if erased == 0 {
        return Ok(());
    }
    for statement in [
        "DELETE FROM person_words WHERE person_id = $1",
        "DELETE FROM sign_in_links WHERE person_id = $1",
        "DELETE FROM sessions WHERE person_id = $1",
    ] {
        tx.query(statement).bind(id).run().await?;
    }
    Ok(())
}

/// A search term of a person.
type Word = (OrganisationId, Vec<u8>, PersonId);

fn words_of(organisation: OrganisationId, person: PersonId, words: &BTreeSet<Vec<u8>>) -> Vec<Word> {
    words
        .iter()
        .map(|word| (organisation, word.clone(), person))
        .collect()
}

/// A person with an address that was looked up.
#[derive(FromRow)]
pub(super) struct Addressed {
    pub id: PersonId,
    pub organisation_id: OrganisationId,
    pub email: String,
    pub deactivated_at: Option<DateTime<Utc>>,
}

/// The people with some addresses. Joining the list lets both engines find each row by its index.
pub(super) async fn by_addresses(
    conn: &mut Conn,
    addresses: Vec<(OrganisationId, String)>,
) -> Result<Vec<Addressed>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let addresses = padded(addresses);
    let mut query = conn.query(Sql::rows(
        "SELECT p.id, p.organisation_id, p.email, p.deactivated_at FROM (VALUES",
        2,
        addresses.len(),
        ") AS v JOIN people p ON p.organisation_id = v.column1 AND p.email = v.column2",
    ));
    for (organisation, email) in addresses {
        query = query.bind(organisation).bind(email);
    }
    query.all().await
}

/// Adds people who manage nothing, with their search terms, except those whose address exists by now; returns how many
/// were added.
pub(super) async fn insert_members(
    tx: &mut WriteTx,
    rows: &[(PersonId, &Wanted, BTreeSet<Vec<u8>>)],
    now: DateTime<Utc>,
) -> Result<u64> {
    let added = tx
        .insert(
            "INSERT INTO people (id, organisation_id, department_id, name, name_key, email, created_at, words)",
            8,
            "ON CONFLICT (organisation_id, email) DO NOTHING",
            rows,
            |query, (id, one, words)| {
                query
                    .bind(*id)
                    .bind(one.organisation)
                    .bind(one.department)
                    .bind(one.name.clone())
                    .bind(words::order_key(&one.name))
                    .bind(one.email.to_string())
                    .bind(now)
                    .bind(words::joined(words))
            },
        )
        .await?;
    let mut words: Vec<Word> = rows
        .iter()
        .flat_map(|(id, one, words)| words_of(one.organisation, *id, words))
        .collect();
    // In index order: neighbours are written to the same page.
    words.sort_unstable();
    insert_words(tx, &words).await?;
    Ok(added)
}

async fn insert_words(tx: &mut WriteTx, rows: &[Word]) -> Result<()> {
    let head = "INSERT INTO person_words (organisation_id, word, person_id)";
    tx.insert(head, 3, "", rows, |query, (organisation, word, person)| {
        query.bind(*organisation).bind(word.clone()).bind(*person)
    })
    .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct Named {
    pub organisation_id: OrganisationId,
    pub name: String,
    pub email: String,
}

/// What a person's search terms are made of; the row is locked where the engine has row locks.
pub(super) async fn named(tx: &mut WriteTx, person: PersonId) -> Result<Option<Named>> {
    let statement = tx.either(
        "SELECT organisation_id, name, email FROM people WHERE id = $1",
        "SELECT organisation_id, name, email FROM people WHERE id = $1 FOR UPDATE",
    );
    tx.query(statement).bind(person).optional().await
}

/// Replaces a person's search terms.
pub(super) async fn set_words(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    person: PersonId,
    words: &BTreeSet<Vec<u8>>,
) -> Result<()> {
    let (before,): (Vec<u8>,) = tx
        .query("SELECT words FROM people WHERE id = $1")
        .bind(person)
        .one()
        .await?;
    for word in words::split(&before) {
        tx.query("DELETE FROM person_words WHERE organisation_id = $1 AND word = $2 AND person_id = $3")
            .bind(organisation)
            .bind(word.to_vec())
            .bind(person)
            .run()
            .await?;
    }
    tx.query("UPDATE people SET words = $2 WHERE id = $1")
        .bind(person)
        .bind(words::joined(words))
        .run()
        .await?;
    insert_words(tx, &words_of(organisation, person, words)).await
}

pub(super) async fn by_id(conn: &mut Conn, scope: &Scope, person: PersonId) -> Result<Option<Person>> {
    let head = Part::Text(
        "SELECT id, name, email, user_type_id, department_id, password_hash, deactivated_at, owner_id
         FROM people WHERE id = $1 AND organisation_id = $2",
    );
    scope
        .query(conn, "department_id", 3, &[head], &[])
        .bind(person)
        .organisation()
        .optional()
        .await
}

/// The user type of a person within a scope whose access has not ended.
pub(super) async fn behind(
    conn: &mut Conn,
    scope: &Scope,
    person: PersonId,
) -> Result<Option<(Option<UserTypeId>, Option<DepartmentId>)>> {
    let head = [Part::Text(
        "SELECT user_type_id, department_id FROM people
         WHERE id = $1 AND organisation_id = $2 AND deactivated_at IS NULL",
    )];
    scope
        .query(conn, "department_id", 3, &head, &[])
        .bind(person)
        .organisation()
        .optional()
        .await
}

pub(super) async fn by_email(
    conn: &mut Conn,
    organisation: OrganisationId,
    email: &EmailAddress,
) -> Result<Option<Person>> {
    conn.query(
        "SELECT id, name, email, user_type_id, department_id, password_hash, deactivated_at, owner_id
         FROM people WHERE organisation_id = $1 AND email = $2",
    )
    .bind(organisation)
    .bind(email.to_string())
    .optional()
    .await
}

/// Everybody with this address who may sign in, with their organisation's name. Cancelled organisations let nobody in.
/// Each organisation is queried: they are few, and an index across them would cost a page for every new person.
pub(super) async fn accounts(conn: &mut Conn, email: &EmailAddress) -> Result<Vec<Account>> {
    conn.query(
        "SELECT p.id, p.organisation_id, p.name, p.password_hash, o.name AS organisation
         FROM organisations o JOIN people p ON p.organisation_id = o.id AND p.email = $1
         WHERE p.deactivated_at IS NULL AND o.cancelled_at IS NULL
         ORDER BY o.name, p.id LIMIT 20",
    )
    .bind(email.to_string())
    .all()
    .await
}

#[derive(FromRow)]
pub(super) struct Account {
    pub id: PersonId,
    pub organisation_id: OrganisationId,
    pub name: String,
    pub password_hash: Option<String>,
    pub organisation: String,
}

pub(super) async fn set_name(tx: &mut WriteTx, person: PersonId, name: &str) -> Result<()> {
    let key = words::order_key(name);
    tx.query("UPDATE people SET name = $2, name_key = $3 WHERE id = $1")
        .bind(person)
        .bind(name.to_owned())
        .bind(key.clone())
        .run()
        .await?;
    // Their API tokens are sorted by their name in lists.
    tx.query(
        "UPDATE tokens SET holder_key = $2 WHERE id IN (SELECT a.token_id FROM api_tokens a WHERE a.person_id = $1)",
    )
    .bind(person)
    .bind(key)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn set_user_type(
    tx: &mut WriteTx,
    person: PersonId,
    user_type: Option<UserTypeId>,
) -> Result<()> {
    tx.query("UPDATE people SET user_type_id = $2 WHERE id = $1")
        .bind(person)
        .bind(user_type)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_department(
    tx: &mut WriteTx,
    person: PersonId,
    department: Option<DepartmentId>,
) -> Result<()> {
    tx.query("UPDATE people SET department_id = $2 WHERE id = $1")
        .bind(person)
        .bind(department)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_password(tx: &mut WriteTx, person: PersonId, hash: &str) -> Result<()> {
    tx.query("UPDATE people SET password_hash = $2 WHERE id = $1")
        .bind(person)
        .bind(hash.to_owned())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_deactivated(
    tx: &mut WriteTx,
    person: PersonId,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    tx.query("UPDATE people SET deactivated_at = $2 WHERE id = $1")
        .bind(person)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

/// Owners who can sign in and see everything, except one person.
pub(super) async fn other_owners(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<i64> {
    conn.query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM user_types t JOIN people p ON p.user_type_id = t.id
         WHERE t.organisation_id = $1 AND t.built_in = 'owner' AND p.deactivated_at IS NULL AND p.owner_id IS NULL
           AND p.department_id IS NULL AND p.id <> $2",
    )
    .bind(organisation)
    .bind(person)
    .number()
    .await
}

/// The address of the longest-standing owner.
pub(super) async fn first_owner_address(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> = conn
        .query(
            "SELECT p.email FROM user_types t JOIN people p ON p.user_type_id = t.id
             WHERE t.organisation_id = $1 AND t.built_in = 'owner' AND p.deactivated_at IS NULL
             ORDER BY p.id LIMIT 1",
        )
        .bind(organisation)
        .optional()
        .await?;
    Ok(row.and_then(|(email,)| email))
}

/// The longest-standing owner.
pub(super) async fn first_owner(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<PersonId>> {
    let row: Option<(PersonId,)> = conn
        .query(
            "SELECT p.id FROM user_types t JOIN people p ON p.user_type_id = t.id
             WHERE t.organisation_id = $1 AND t.built_in = 'owner' AND p.deactivated_at IS NULL AND p.owner_id IS NULL
             ORDER BY p.id LIMIT 1",
        )
        .bind(organisation)
        .optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// A service user to be added.
pub(super) struct NewServiceUser<'a> {
    pub id: PersonId,
    pub organisation: OrganisationId,
    pub name: &'a str,
    pub owner: PersonId,
    pub user_type: Option<UserTypeId>,
    pub department: Option<DepartmentId>,
}

/// Adds a service user, with its search terms. Its own id takes the place of an address.
pub(super) async fn insert_service_user(
    tx: &mut WriteTx,
    new: &NewServiceUser<'_>,
    words: &BTreeSet<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO people (id, organisation_id, name, name_key, email, user_type_id, department_id, created_at, words,
                             owner_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.organisation)
    .bind(new.name.to_owned())
    .bind(words::order_key(new.name))
    .bind(new.id.to_string())
    .bind(new.user_type)
    .bind(new.department)
    .bind(now)
    .bind(words::joined(words))
    .bind(new.owner)
    .run()
    .await?;
    insert_words(tx, &words_of(new.organisation, new.id, words)).await
}

pub(super) async fn set_owner(tx: &mut WriteTx, service_user: PersonId, owner: PersonId) -> Result<()> {
    tx.query("UPDATE people SET owner_id = $2 WHERE id = $1 AND owner_id IS NOT NULL")
        .bind(service_user)
        .bind(owner)
        .run()
        .await?;
    Ok(())
}

/// Up to two service users of a name whose access has not ended.
pub(super) async fn service_users_named(
    conn: &mut Conn,
    organisation: OrganisationId,
    name: &str,
) -> Result<Vec<PersonId>> {
    let rows: Vec<(PersonId,)> = conn
        .query(
            "SELECT id FROM people
             WHERE organisation_id = $1 AND name_key = $2 AND owner_id IS NOT NULL AND deactivated_at IS NULL
             ORDER BY id LIMIT 2",
        )
        .bind(organisation)
        .bind(words::order_key(name))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
