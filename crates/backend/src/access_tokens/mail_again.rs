//! The mail with the link of a code, once more.

use database::WriteTx;
use domain::{EmailAddress, MailId, Permission, Refusal, TokenId};

use super::{AccessTokens, sql};
use crate::Caller;
use crate::error::Result;

impl AccessTokens<'_> {
    /// Mails the link of a code once more to the address that it is assigned to. The link stays the same.
    pub(crate) async fn mail_code_again(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        id: TokenId,
        address: &EmailAddress,
    ) -> Result<MailId> {
        let (code, whole) = self.unused_code(tx, &caller.scope, id).await?;
        self.may_be_mailed(tx, &caller.scope, &code, &whole).await?;
        let assigned = sql::assignment(tx, id).await?;
        if assigned
            .as_ref()
            .is_none_or(|assigned| assigned.email != address.as_str())
        {
            return Err(Refusal::Conflict(ELSEWHERE.into()).into());
        }
        self.mail_link(tx, &self.behalf(caller), id, &whole, address)
            .await?;
        mail_of(tx, id).await
    }

    /// Assigns a code to another address than the one that a mail went to, and mails a new link there.
    pub(crate) async fn assign_instead(
        &self,
        caller: &Caller,
        id: TokenId,
        wrong: &EmailAddress,
        right: &EmailAddress,
    ) -> Result<MailId> {
        caller.may(Permission::TokensManage)?;
        let assigned = sql::assignment(&mut self.0.db.read().await?, id).await?;
        if assigned.is_none_or(|assigned| assigned.email != wrong.as_str()) {
            return Err(Refusal::Conflict(ELSEWHERE.into()).into());
        }
        self.assign(caller, id, right.as_str()).await?;
        mail_of(&mut self.0.db.read().await?, id).await
    }
}

async fn mail_of(conn: &mut database::Conn, id: TokenId) -> Result<MailId> {
    let assigned = sql::assignment(conn, id).await?;
    assigned
        .and_then(|assigned| assigned.mail_id)
        .ok_or_else(|| Refusal::NotFound.into())
}

const ELSEWHERE: &str = "The code is not assigned to this address any more. Its page says where it is now.";
