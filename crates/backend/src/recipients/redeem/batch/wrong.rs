//! The obvious way to redeem, and its fault: read, compare, write.

use domain::CollectionId;
use domain::tokens::State;

use super::{Outcome, Request, Why, sql};
use crate::error::Result;
use crate::people::{self, Added, Wanted};
use crate::tokens::{self, Spending, Spent};
use crate::{Backend, access_tokens, audit};

pub(super) async fn read_then_write(backend: &Backend, request: &Request) -> Result<Outcome> {
    let mut conn = backend.db.read().await?;
    let Some(found) = tokens::find(&mut conn, backend, access_tokens::presented(&request.code)).await? else {
        return Ok(Outcome::Unknown);
    };
    let opened = sql::opened_by(&mut conn, vec![found.shown().id]).await?;
    let collection = opened.into_iter().next().map(|opens| opens.collection_id);
    drop(conn);
    tokio::time::sleep(crate::wrong::MOMENT).await;

    let now = backend.clock.now();
    let (name, email) = request.form.parse(None)?;
    let wanted = Wanted {
        organisation: found.token.organisation,
        department: found.shown().department,
        email,
        name,
    };
    let mut tx = backend.db.write().await?;
    let met = people::meet(&mut tx, backend, std::slice::from_ref(&wanted), now).await?;
    let Some(Ok(met)) = met.into_iter().next() else {
        return Ok(Outcome::Refused(Why::Gone));
    };
    if met.is_new {
        let Added(entries) = people::add_all(&mut tx, &[(met.person, &wanted)], now).await?;
        audit::record_all(&mut tx, backend.random, now, &entries).await?;
    }
    let spending = Spending {
        token: found.token.id,
        person: Some(met.person),
        earlier_key: None,
        idempotency_key: request.key.bound_to(&wanted.email),
        address: None,
    };
    let spent = tokens::spend_what_was_read(&mut tx, &found.token, &spending, now).await?;
    backend.commit(tx).await?;
    Ok(match spent {
        Spent::New { .. } => Outcome::Done {
            collection: collection.unwrap_or(CollectionId(uuid::Uuid::nil())),
            session: None,
            name: wanted.name,
        },
        _ => Outcome::Refused(Why::State(State::UsedUp)),
    })
}
