//! A database with credentials: those that were claimed, as recipients claim them, and as many others beside them as one likes.
//!
//! The others are one campaign's, as the claimed ones are: the hardest case of its lists. What they were signed with is a copy,
//! so each validates, under the name of the one it was copied from. All were claimed by one person, and the words by which the
//! Mail screen finds a mail are not copied: neither is read by what is measured.

use std::path::Path;

use backend::Client;
use backend::campaigns::Profile;
use bench::Outcome;
use bench::token_list::{self, Listed};
use domain::campaigns::claims::Claimed;
use domain::{CredentialId, RecipientId, TokenId};
use uuid::Uuid;

use super::claims::{address, campaign};
use super::filling::{self, Belongs, Filling, ID};
use super::prepared::{Prepared, place};

/// The rows of a credential that do not name its token.
const CREDENTIAL: Belongs = Belongs {
    table: "credentials",
    whose: "recipient_id = (SELECT id FROM campaign_recipients WHERE token_id = ?1)",
};

/// A public id: of version 4, and all over the tree, as ids by chance are.
const PUBLIC_ID: &str = "unhex(printf('%08x000040008000%012x', (n * 2654435761) & 4294967295, n))";

/// Makes the database. The ids of credentials stand in the list where codes do: those that were claimed; or, where others
/// stand beside them, as many of these, from everywhere among them.
pub async fn prepare(folder: &Path, count: usize, beside: i64) -> Outcome {
    let prepared = Prepared::create(folder, place(folder, None)?).await?;
    let (_, tokens) = campaign(&prepared, count).await?;
    let mut listed = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let profile = Profile::mailbox(address(n).parse()?);
        let campaigns = prepared.backend.campaigns();
        match campaigns.claim(&token.code, &profile, &Client::default()).await? {
            Claimed::Done(credential) => listed.push(listed_as(credential, token.id.parse()?)),
            Claimed::Refused(link) => return Err(format!("a claim was refused: {link:?}").into()),
        }
    }
    filling::close(prepared).await?;
    if beside > 0 {
        let pattern: RecipientId = listed.last().ok_or("there is a credential")?.id.parse()?;
        listed = fill(folder, pattern, beside, count).await?;
    }
    token_list::write(folder, &listed)
}

fn listed_as(credential: CredentialId, recipient: RecipientId) -> Listed {
    Listed {
        code: credential.to_string(),
        id: recipient.to_string(),
    }
}

/// Puts others beside those that are there, and says which of them are asked for.
async fn fill(folder: &Path, pattern: RecipientId, beside: i64, listed: usize) -> Outcome<Vec<Listed>> {
    let mut filling = Filling::open(folder).await?;
    let token = filling
        .texts(&format!(
            "SELECT hex(token_id) FROM campaign_recipients WHERE hex(id) = '{}'",
            pattern.0.simple().to_string().to_uppercase()
        ))
        .await?;
    let token = token.first().ok_or("the recipient has a token")?;
    filling
        .fill(TokenId(Uuid::parse_str(token)?), beside, &[CREDENTIAL], own)
        .await?;
    // Lists of what was revoked are half full, as those of the product are when it begins the next one.
    filling
        .run("INSERT OR IGNORE INTO status_places (list, place) SELECT list, place FROM credentials")
        .await?;
    filling
        .run(
            "INSERT OR IGNORE INTO status_lists (number, organisation_id, issuer, key_id, created_at)
             SELECT c.list, s.organisation_id, s.issuer, s.key_id, s.created_at
             FROM (SELECT DISTINCT list FROM credentials) c,
                  (SELECT * FROM status_lists ORDER BY number LIMIT 1) s",
        )
        .await?;
    let each = usize::try_from(beside)?.div_ceil(listed.max(1));
    let ids = format!(
        "SELECT hex(id) || hex(recipient_id) FROM credentials
         WHERE recipient_id < x'01900000000070008001' AND rowid % {each} = 0 ORDER BY recipient_id LIMIT {listed}"
    );
    let mut found = Vec::new();
    for both in filling.texts(&ids).await? {
        let (credential, recipient) = both.split_at(32);
        found.push(listed_as(
            CredentialId(Uuid::parse_str(credential)?),
            RecipientId(Uuid::parse_str(recipient)?),
        ));
    }
    filling.close().await?;
    Ok(found)
}

/// What differs between the credentials that are written again.
fn own(table: &str, column: &str) -> Option<&'static str> {
    Some(match (table, column) {
        ("credentials", "id") | ("campaign_recipients", "credential_id") => PUBLIC_ID,
        ("credentials", "recipient_id") => ID,
        ("credentials", "subject") => "randomblob(16)",
        ("credentials", "recipient") => "o.recipient || n",
        // Half of the 131,072 places of a list, then the next list.
        ("credentials", "list") => "o.list + 1 + n / 65536",
        ("credentials", "place") => "n % 65536 * 2",
        ("campaign_recipients", "mail_id") => {
            "CASE WHEN o.mail_id IS NULL THEN NULL ELSE unhex(printf('0190000000007000800000%010x', n)) END"
        }
        ("mails", "to_address") | ("campaign_recipients", "email" | "lock_subject") => {
            "'beside' || n || '@example.org'"
        }
        ("mails", "return_key") => "CASE WHEN o.return_key IS NULL THEN NULL ELSE randomblob(16) END",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::campaigns::{CredentialQuery, RecipientQuery};

    #[tokio::test]
    async fn the_others_validate_and_stand_in_the_lists_with_rows_of_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path(), 2, 250).await.expect("made");
        let mut filled = Filling::open(folder.path()).await.expect("opens");
        let mut counts = Vec::new();
        for query in [
            "SELECT CAST(COUNT(*) AS TEXT) FROM credentials x JOIN campaign_recipients r ON r.id = x.recipient_id
             JOIN tokens t ON t.id = r.token_id WHERE r.credential_id = x.id",
            "SELECT CAST(COUNT(DISTINCT email) AS TEXT) FROM campaign_recipients",
            "SELECT CAST(COUNT(*) AS TEXT) FROM campaign_recipients r JOIN mails m ON m.id = r.mail_id
             WHERE m.to_address = r.email",
            "SELECT CAST(COUNT(*) AS TEXT) FROM uses",
            "SELECT CAST(COUNT(*) AS TEXT) FROM credentials JOIN status_places USING (list, place)
             JOIN status_lists ON number = list",
            "SELECT CAST(COUNT(*) AS TEXT) FROM status_places",
        ] {
            counts.extend(filled.texts(query).await.expect("a number"));
        }
        assert_eq!(counts, ["252"; 6]);
        filled.close().await.expect("closed");

        let listed = token_list::read(folder.path(), 10).expect("a list");
        assert_eq!(listed.len(), 2);
        let place = place(folder.path(), None).expect("a place");
        let prepared = Prepared::open(folder.path(), place).await.expect("opens");
        let (campaigns, owner) = (prepared.backend.campaigns(), &prepared.owner);
        for listed in listed {
            let page = campaigns.public(listed.code.parse().expect("an id")).await;
            let page = page.expect("read").expect("there");
            assert!(page.signature_is_good && page.is_good(), "{page:?}");
        }
        let rows = campaigns.credentials(owner, &CredentialQuery::default()).await;
        let rows = rows.expect("a page").rows;
        let query = RecipientQuery {
            search: "beside7@".into(),
            ..RecipientQuery::default()
        };
        let found = campaigns.recipients(owner, rows[0].campaign, &query).await;
        assert_eq!(found.expect("a page").rows.len(), 1);
        prepared.backend.database().close().await;
    }
}
