//! The texts of mails with what campaigns know: which columns recipients have. Mail knows no campaign, so this stands above
//! both.

use domain::mail::{TemplateForm, TemplatePreview, TemplateView};

use crate::Caller;
use crate::error::Result;
use crate::mail::Mail;

impl Mail<'_> {
    /// A text with all that its editor needs. In a language that has none yet, it begins with the built-in one.
    ///
    /// # Errors
    /// Forbidden; not found: no such text or language.
    pub async fn template(&self, caller: &Caller, key: &str, language: &str) -> Result<TemplateView> {
        let columns = self.0.campaigns().columns(caller).await?;
        self.text_with(caller, key, language, &columns).await
    }

    /// Saves a text of one's own.
    ///
    /// # Errors
    /// Forbidden; not found; refused at `subject`, `html` or `text`.
    pub async fn save_template(
        &self,
        caller: &Caller,
        key: &str,
        language: &str,
        form: &TemplateForm,
    ) -> Result<TemplateView> {
        let columns = self.0.campaigns().columns(caller).await?;
        self.save_text_with(caller, key, language, form, &columns).await?;
        self.text_with(caller, key, language, &columns).await
    }

    /// Goes back to the built-in text.
    ///
    /// # Errors
    /// Forbidden; not found.
    pub async fn reset_template(&self, caller: &Caller, key: &str, language: &str) -> Result<TemplateView> {
        self.reset_text(caller, key, language).await?;
        self.template(caller, key, language).await
    }

    /// What a text that is being written looks like, with the values of the newest mail of its kind; and its HTML.
    ///
    /// # Errors
    /// Forbidden; not found.
    pub async fn preview_template(
        &self,
        caller: &Caller,
        key: &str,
        language: &str,
        form: &TemplateForm,
    ) -> Result<(TemplatePreview, String)> {
        let columns = self.0.campaigns().columns(caller).await?;
        self.preview_text_with(caller, key, language, form, &columns)
            .await
    }
}
