//! Where the built files are, whose names change with their content.

/// The addresses of the built site's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteAssets {
    /// The script that loads the Wasm.
    pub js: String,
    /// The Wasm of the admin's pages.
    pub wasm: String,
    /// The style sheet of the admin's pages.
    pub css: String,
    /// The style sheet of the recipients' and sign-in pages.
    pub recipient_css: String,
    /// The mark, for the tab.
    pub favicon: String,
}
