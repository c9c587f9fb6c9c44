//! The texts of mails with what campaigns know: which columns recipients have. Mail knows no campaign, so this stands above
//! both.

use std::collections::BTreeSet;

use domain::CampaignId;
use domain::mail::{TemplateForm, TemplatePreview, TemplateRow, TemplateView};

use crate::Caller;
use crate::error::Result;
use crate::mail::{Mail, TextKey};

impl Mail<'_> {
    /// All texts, each in the languages in which there is one; of a campaign those that it may have of its own.
    ///
    /// # Errors
    /// Forbidden, or not found: no such campaign.
    pub async fn templates(&self, caller: &Caller, campaign: Option<CampaignId>) -> Result<Vec<TemplateRow>> {
        if campaign.is_some() {
            self.0.campaigns().columns(caller, campaign).await?;
        }
        self.texts(caller, campaign).await
    }

    /// A text with all that its editor needs. In a language that has none yet, it begins with the built-in one.
    ///
    /// # Errors
    /// Forbidden; not found: no such text or language.
    pub async fn template(&self, caller: &Caller, key: &str, language: &str) -> Result<TemplateView> {
        let columns = self.columns(caller, key).await?;
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
        let columns = self.columns(caller, key).await?;
        self.save_text_with(caller, key, language, form, &columns).await?;
        self.text_with(caller, key, language, &columns).await
    }

    /// Goes back to the built-in text.
    ///
    /// # Errors
    /// Forbidden; not found.
    pub async fn reset_template(&self, caller: &Caller, key: &str, language: &str) -> Result<TemplateView> {
        // Anyone who does not see a campaign changes none of its texts.
        self.columns(caller, key).await?;
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
        let columns = self.columns(caller, key).await?;
        self.preview_text_with(caller, key, language, form, &columns)
            .await
    }

    /// The columns that a text may show; not found if its campaign is not the caller's.
    async fn columns(&self, caller: &Caller, key: &str) -> Result<BTreeSet<String>> {
        let campaign = TextKey::parse(key).and_then(TextKey::campaign);
        self.0.campaigns().columns(caller, campaign).await
    }
}
