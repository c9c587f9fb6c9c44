//! Where the built files are, whose names change with their content.

/// The addresses of the built site's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteAssets {
    /// The script that loads the Wasm.
    pub js: String,
    /// The Wasm of the admin pages.
    pub wasm: String,
    /// The parts of the Wasm that sections need before they can be shown, by the section's name.
    pub parts: Vec<(String, Vec<String>)>,
    /// The style sheet of the admin pages.
    pub css: String,
    /// The style sheet of the recipients' and sign-in pages.
    pub recipient_css: String,
    /// The icon, for the tab.
    pub favicon: String,
}

impl SiteAssets {
    /// The addresses of a section's parts.
    pub fn parts_of(&self, section: &str) -> impl Iterator<Item = String> {
        let found = self.parts.iter().find(|(name, _)| name == section);
        found.into_iter().flat_map(|(_, parts)| parts).cloned()
    }
}
