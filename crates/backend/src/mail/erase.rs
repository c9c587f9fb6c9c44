//! Taking a reader out of mails. What is left says that there was a mail, when, and what became of it.

use database::WriteTx;
use domain::{OrganisationId, TokenId};
use serde_json::{Value, json};

use super::sql;
use crate::error::{Result, corrupt};

/// The address in the place of one that was erased: no mail arrives at a name under `.invalid` (RFC 6761).
pub(super) const NOBODY: &str = "deleted@deleted.invalid";

/// Takes a reader out of the mails about a token, and out of those with codes and links that somebody asked for at an
/// address. A mail with the links of others, too, stays theirs. What is not out yet does not go out.
///
/// # Errors
/// A fault.
pub(crate) async fn erase_reader(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    token: TokenId,
    addresses: &[String],
) -> Result<()> {
    let mut mails = sql::of_token_alone(tx, token).await?;
    for address in addresses {
        mails.extend(sql::asked_for_at(tx, organisation, address).await?);
    }
    for mail in mails {
        let mut facts: Value =
            serde_json::from_str(&mail.facts).map_err(|_| corrupt("mails", "facts", mail.id))?;
        // Texts ask for what they know, so the places stay.
        for (name, blank) in [("name", json!("")), ("columns", json!({}))] {
            if let Some(fact) = facts.get_mut(name) {
                *fact = blank;
            }
        }
        let without = |words: &str| words.replace(&mail.to_address, NOBODY);
        let problem = mail.problem.as_deref().map(without);
        sql::erase(tx, mail.id, NOBODY, &facts.to_string(), problem).await?;
        // Servers repeat the address that they refuse.
        for (event, words) in sql::words_of_events(tx, mail.id).await? {
            if words.contains(&mail.to_address) {
                sql::set_words_of_event(tx, mail.id, event, &without(&words)).await?;
            }
        }
    }
    Ok(())
}
