//! PDF files as backgrounds: their first page is drawn by whom the server names, away from this process.

use std::pin::Pin;

use credentials::rendering::{Undrawn, is_pdf};
use domain::Refusal;

use crate::error::Result;
use crate::{Backend, Caller};

/// A page that is being drawn.
pub type DrawingPage = Pin<Box<dyn Future<Output = Result<String, Undrawn>> + Send>>;

/// What draws the first page of somebody else's PDF as SVG: with an end to its time and its memory, whatever the file holds.
/// What it draws is trusted no more than the file.
pub trait DrawsPages: Send + Sync {
    /// Draws it.
    fn draw(&self, pdf: Vec<u8>) -> DrawingPage;
}

impl Backend {
    /// Says who draws PDF files. Without anybody they are refused.
    pub fn draw_pages_with(&self, drawer: impl DrawsPages + 'static) {
        // Anyone who is named first goes on doing it.
        let _ = self.page_drawer.set(Box::new(drawer));
    }

    /// The first page of a PDF as SVG; `None` for what is no PDF.
    pub(super) async fn page_of(&self, caller: &Caller, file: &[u8]) -> Result<Option<String>> {
        if !is_pdf(file) {
            return Ok(None);
        }
        let refused = |undrawn: Undrawn| Refusal::at("file", undrawn.to_string());
        let drawer = self.page_drawer.get().ok_or_else(|| refused(Undrawn::NotHere))?;
        let drawn = self.drawing.wait_for(caller, drawer.draw(file.to_vec())).await?;
        Ok(Some(drawn.map_err(refused)?))
    }
}
