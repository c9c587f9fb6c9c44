//! An organisation to test in.

use domain::OrganisationId;

use crate::Backend;

/// A new organisation, with nobody in it.
pub(crate) async fn organisation(backend: &Backend) -> OrganisationId {
    let now = backend.clock.now();
    let id = OrganisationId(backend.random.id(now));
    let mut tx = backend.db.write().await.expect("a transaction");
    super::sql::insert(&mut tx, id, "Acme", "Pacific/Auckland", now)
        .await
        .expect("an organisation");
    crate::user_types::add_built_in(&mut tx, backend, id, now)
        .await
        .expect("user types");
    backend.commit(tx).await.expect("committed");
    id
}
