//! Showing a link again: an act that is recorded each time.

use domain::access_tokens::SharedLink;
use domain::tokens::Family;
use domain::{Code, Permission, Refusal, TokenId};
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use serde_json::json;

use super::{AccessTokens, MULTI};
use crate::Backend;
use crate::audit::{Entry, Event};
use crate::caller::Caller;
use crate::error::{Fault, Result};
use crate::secret::Secret;
use crate::tokens;

impl AccessTokens<'_> {
    /// The link of a single token or of one code, to hand out.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a multi token, which has no link of its own, and for a
    /// deleted one.
    pub async fn share(&self, caller: &Caller, id: TokenId) -> Result<SharedLink> {
        caller.may(Permission::TokensReveal)?;
        let mut tx = self.0.db.write().await?;
        let found = tokens::load(&mut tx, self.0, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        if found.token.kind == &MULTI {
            return Err(Refusal::Conflict("A multi token has a link for each of its codes.".into()).into());
        }
        if found.is_deleted() {
            return Err(Refusal::Conflict("This token was deleted. Restore it first.".into()).into());
        }
        let code = tokens::reveal(&mut tx, self.0, id).await?.into_code()?;
        let facts = json!({ "hint": found.token.hint_text() });
        let entry = match &found.whole {
            Some(whole) => Entry::code(Event::TokenRevealed, whole.id, id, facts),
            None => Entry::token(Event::TokenRevealed, Family::Access, id, facts),
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await?;
        shared(self.0, &code)
    }
}

/// The link that a code opens.
pub(super) fn link(backend: &Backend, code: &Code) -> Secret {
    Secret::new(format!("{}/t/{}", backend.settings.public_url, code.grouped()))
}

fn shared(backend: &Backend, code: &Code) -> Result<SharedLink> {
    let link = link(backend, code);
    let qr = fast_qr::QRBuilder::new(link.reveal())
        .build()
        .map_err(|error| Fault::new(format!("{error:?}")))?;
    let qr_svg = SvgBuilder::default().margin(2).to_str(&qr);
    Ok(SharedLink {
        link: link.reveal().to_owned(),
        code: code.grouped(),
        qr_svg,
    })
}
