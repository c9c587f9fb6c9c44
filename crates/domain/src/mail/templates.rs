//! The texts of mails, as those who write them see them.

use serde::{Deserialize, Serialize};

use crate::form::Problems;
use crate::when::When;

/// A text that can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRow {
    /// The word that names it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// When the organisation wrote its own; none while the built-in one counts.
    pub saved: Option<When>,
}

/// The parts of a text, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateForm {
    /// *Subject*.
    pub subject: String,
    /// *HTML*.
    pub html: String,
    /// *Plain text*.
    pub text: String,
}

/// A value that a text can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub meaning: String,
    /// Whether it has to be there.
    pub required: bool,
}

/// A text with all that its editor needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateView {
    /// What the list shows of it.
    pub row: TemplateRow,
    /// The parts that count now.
    pub form: TemplateForm,
    /// The values that it can show.
    pub variables: Vec<VariableView>,
}

/// What a text looks like with values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePreview {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// Whose values these are.
    pub values_of: String,
    /// What does not work.
    pub problems: Problems,
}
