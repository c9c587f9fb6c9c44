//! Showing a link again: an act that is recorded each time.

use domain::access_tokens::SharedLink;
use domain::collections::CollectionState;
use domain::tokens::Family;
use domain::{Code, Permission, Refusal, TokenId};
use fast_qr::QRCode;
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use serde_json::json;

use super::{AccessTokens, MULTI, sql};
use crate::Backend;
use crate::audit::{Entry, Event};
use crate::caller::Caller;
use crate::error::{Fault, Result};
use crate::secret::Secret;
use crate::{collections, tokens};

/// Pixels of a module, and modules of light ground around a QR code. The standard (ISO/IEC 18004) asks for four.
const MODULE: usize = 10;
const GROUND: usize = 4;

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
            .filter(|found| found.token.kind.family == Family::Access)
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
        let assigned = sql::assignment(&mut tx, id).await?;
        let is_published = match sql::collection_of(&mut tx, found.shown().id).await? {
            Some(collection) => collections::head(&mut tx, &caller.scope, collection)
                .await?
                .is_none_or(|head| head.state == CollectionState::Published),
            None => true,
        };
        self.0.commit(tx).await?;
        let link = link(self.0, &code);
        let qr = fast_qr::QRBuilder::new(link.reveal())
            .build()
            .map_err(|error| Fault::new(format!("{error:?}")))?;
        Ok(SharedLink {
            link: link.reveal().to_owned(),
            code: code.grouped(),
            qr_svg: SvgBuilder::default().margin(GROUND).to_str(&qr),
            qr_png: address_of(&picture(&qr).map_err(|error| Fault::new(error.to_string()))?),
            state: found.bounds().state(self.0.clock.now()),
            assigned: assigned.map(|assigned| assigned.address()).transpose()?,
            is_published,
        })
    }
}

/// The link that a code opens.
pub(super) fn link(backend: &Backend, code: &Code) -> Secret {
    Secret::new(format!("{}/t/{}", backend.settings.public_url, code.grouped()))
}

/// A link as a QR code: the address of a picture, with the picture in it.
pub(super) fn picture_of(link: &Secret) -> Result<String> {
    let qr = fast_qr::QRBuilder::new(link.reveal())
        .build()
        .map_err(|error| Fault::new(format!("{error:?}")))?;
    let png = picture(&qr).map_err(|error| Fault::new(error.to_string()))?;
    Ok(address_of(&png))
}

fn address_of(png: &[u8]) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.encode(png);
    format!("data:image/png;base64,{bytes}")
}

/// A QR code as a PNG of one bit for each pixel.
fn picture(qr: &QRCode) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let modules = qr.size + 2 * GROUND;
    let side = modules * MODULE;
    let is_dark = |x: usize, y: usize| {
        let module = |at: usize| (at / MODULE).checked_sub(GROUND).filter(|at| *at < qr.size);
        module(x).zip(module(y)).is_some_and(|(x, y)| qr[y][x].value())
    };
    let mut bits = Vec::with_capacity(side * side.div_ceil(8));
    for y in 0..side {
        for first in (0..side).step_by(8) {
            let light = (0..8).filter(|bit| first + bit < side && !is_dark(first + bit, y));
            bits.push(light.fold(0u8, |byte, bit| byte | 0x80 >> bit));
        }
    }
    let mut file = Vec::new();
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&bits)?;
    writer.finish()?;
    Ok(file)
}
