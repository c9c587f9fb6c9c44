//! Collections: content to give access to.

use serde::{Deserialize, Serialize};

use crate::departments::DepartmentName;
use crate::form::{self, Problems};
use crate::id::{CollectionId, DepartmentId, FileId, ItemId};
use crate::page::Cursor;
use crate::when::When;

/// The largest file, in bytes: 20 MB.
pub const LARGEST_FILE: i64 = 20 * 1024 * 1024;

/// The message for a larger one.
pub const TOO_LARGE: &str = "A file has up to 20 MB. Put a larger one elsewhere and add a link.";

/// The most items in one collection: nobody would read more.
pub const MOST_ITEMS: i64 = 500;

/// The state of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionState {
    /// Being written: no token can be created for it, and tokens created earlier say that it is not ready.
    Draft,
    /// Open: tokens can be made for it and open it.
    Published,
    /// Archived: no new tokens and no new uses; people who have it keep it.
    Archived,
}

impl CollectionState {
    /// All states.
    pub const ALL: [CollectionState; 3] = [Self::Draft, Self::Published, Self::Archived];

    /// Its label on screens.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Published => "Published",
            Self::Archived => "Archived",
        }
    }

    /// Its name in URLs and in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// The state with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// What the state means for tokens, as a sentence for the editor.
    pub fn means(self) -> &'static str {
        match self {
            Self::Draft => "Only admins see it. Tokens can be made once it is published.",
            Self::Published => "Tokens can be made for it, and open it.",
            Self::Archived => "Its tokens open it for nobody new. Who has it already keeps it.",
        }
    }
}

/// A cover: a colour of the palette and an emoji.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cover {
    /// One of [`Cover::COLOURS`]; style sheets know it as `cover-COLOUR`.
    pub colour: String,
    /// One emoji.
    pub emoji: String,
}

impl Cover {
    /// The palette.
    pub const COLOURS: [&'static str; 8] =
        ["teal", "blue", "violet", "rose", "red", "amber", "olive", "slate"];

    /// Reads a cover: a colour of the palette, and up to 16 bytes of non-ASCII text (one emoji, which can
    /// be several characters long).
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(colour: &str, emoji: &str) -> Result<Self, String> {
        let emoji = emoji.trim();
        if !Self::COLOURS.contains(&colour) {
            return Err(format!("Choose a colour: {}.", Self::COLOURS.join(", ")));
        }
        // The longest emoji in use (families, flags of regions) have under 36 bytes; digits are not emoji.
        if emoji.is_empty()
            || emoji.len() > 36
            || emoji
                .chars()
                .any(|c| c.is_alphanumeric() || c.is_control() || form::turns_around(c))
            || emoji.chars().all(form::is_unseen)
        {
            return Err("Choose one emoji.".into());
        }
        Ok(Self {
            colour: colour.into(),
            emoji: emoji.into(),
        })
    }
}

impl Default for Cover {
    fn default() -> Self {
        Self {
            colour: "teal".into(),
            emoji: "📘".into(),
        }
    }
}

/// The head of a collection, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CollectionForm {
    /// *Title*.
    pub title: String,
    /// *Summary*.
    pub summary: String,
    /// *Colour*.
    pub colour: String,
    /// *Emoji*.
    pub emoji: String,
}

/// The head of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionHead {
    /// The title.
    pub title: String,
    /// The summary; may be blank.
    pub summary: String,
    /// The cover.
    pub cover: Cover,
}

impl CollectionForm {
    /// The head, from what was typed.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<CollectionHead, Problems> {
        let mut problems = Problems::default();
        let title = problems.check("title", title(&self.title));
        let summary = form::text(self.summary.trim());
        if summary.chars().count() > 1000 {
            problems.add("summary", "A summary has up to 1,000 characters.");
        }
        let cover = problems.check("emoji", Cover::parse(&self.colour, &self.emoji));
        problems.into_result()?;
        Ok(CollectionHead {
            title: title.unwrap_or_default(),
            summary,
            cover: cover.unwrap_or_default(),
        })
    }
}

/// A title: one line of 1 to 120 characters.
///
/// # Errors
/// A sentence with the bounds.
pub fn title(text: &str) -> Result<String, form::BadText> {
    form::line("A title", 120, text)
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemType {
    /// Text in Markdown.
    Page,
    /// A web address.
    Link,
    /// An uploaded file.
    File,
}

impl ItemType {
    /// Its label on screens.
    pub fn label(self) -> &'static str {
        match self {
            Self::Page => "Page",
            Self::Link => "Link",
            Self::File => "File",
        }
    }

    /// Its name in forms and in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Link => "link",
            Self::File => "file",
        }
    }

    /// The type with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Page, Self::Link, Self::File]
            .into_iter()
            .find(|item_type| item_type.key() == key)
    }
}

/// An item, as typed. Files are uploaded separately and have only a title here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemForm {
    /// `page`, `link` or `file`.
    pub item_type: String,
    /// *Title*.
    pub title: String,
    /// *Text* of a page, in Markdown.
    pub text: String,
    /// *Link* of a link.
    pub url: String,
}

/// The content of an item, as typed and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemContent {
    /// Markdown.
    Page {
        /// The text.
        text: String,
    },
    /// A web address.
    Link {
        /// An `https` or `http` address.
        url: String,
    },
    /// The file stays as it is.
    File,
}

impl ItemForm {
    /// The title and content, from what was typed.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<(String, ItemContent), Problems> {
        let mut problems = Problems::default();
        let title = problems.check("title", title(&self.title));
        let content = match ItemType::from_key(&self.item_type) {
            Some(ItemType::Page) => {
                if self.text.chars().count() > 100_000 {
                    problems.add("text", "A page has up to 100,000 characters.");
                }
                Some(ItemContent::Page {
                    text: form::text(&self.text),
                })
            }
            Some(ItemType::Link) => problems
                .check("url", web_address(&self.url))
                .map(|url| ItemContent::Link { url }),
            Some(ItemType::File) => Some(ItemContent::File),
            None => {
                problems.add("item_type", "Choose a page, a link or a file.");
                None
            }
        };
        problems.into_result()?;
        Ok((title.unwrap_or_default(), content.unwrap_or(ItemContent::File)))
    }
}

/// A web address to lead people to: `https` or `http`, a host, no user name, no control characters,
/// no backslash (browsers read it as a slash).
///
/// # Errors
/// A sentence that shows the form.
pub fn web_address(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "A link is a web address such as https://example.org/page.";
    let text = text.trim();
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        })
        .ok_or(EXPECTED)?;
    let rest = &text[scheme.len()..];
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let clean = text.len() <= 2000
        && !text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '"' | '<' | '>'))
        && !authority.is_empty()
        && !authority.contains('@')
        && !authority.starts_with([':', '.']);
    if clean { Ok(text.to_owned()) } else { Err(EXPECTED) }
}

/// A row of the list of collections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionRow {
    /// The collection.
    pub id: CollectionId,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Its cover.
    pub cover: Cover,
    /// Its state.
    pub state: CollectionState,
    /// The department that it and its tokens belong to.
    pub department: Option<DepartmentName>,
    /// How many items it has.
    pub items: i64,
    /// How many people have it.
    pub people: i64,
    /// When it was last changed.
    pub changed: When,
}

/// The query for the list of collections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CollectionQuery {
    /// Words of the title; blank: everything.
    pub search: String,
    /// Only this state.
    pub state: Option<CollectionState>,
    /// Only this department and those below it.
    pub department: Option<DepartmentId>,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
    /// How many rows it has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
}

/// A collection in its editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionView {
    /// The collection.
    pub id: CollectionId,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Its cover.
    pub cover: Cover,
    /// Its state.
    pub state: CollectionState,
    /// The department that it and its tokens belong to.
    pub department: Option<DepartmentName>,
    /// Its items, in order.
    pub items: Vec<ItemView>,
    /// When it was last changed.
    pub changed: When,
    /// How many people have it.
    pub people: i64,
    /// How many tokens open it.
    pub tokens: i64,
}

/// An item in the editor and on a recipient's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemView {
    /// The item.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// Its content.
    pub content: ItemViewContent,
}

/// The content of an item, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemViewContent {
    /// A page.
    Page {
        /// The Markdown, for the editor.
        text: String,
        /// The sanitised HTML. The only HTML that is ever put into a page as it is.
        html: String,
    },
    /// A link.
    Link {
        /// Where it leads.
        url: String,
    },
    /// A file.
    File {
        /// Its content.
        file: FileId,
        /// Its name.
        name: String,
        /// Its size in bytes.
        bytes: i64,
        /// Its media type, as found in its first bytes.
        media_type: String,
    },
}

/// A size as people read it: `3.4 MB`.
pub fn size_in_words(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_links() {
        for good in [
            "https://example.org",
            "HTTP://example.org/a?b=c#d",
            " https://example.org:8443/ü ",
        ] {
            assert!(web_address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.org",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://user@example.org",
            "https://example.org\\@evil.example",
            "data:text/html,x",
            "https://a b",
            "https://exa\nmple.org",
            "ftp://x",
            "https://@evil.example",
            "//evil.example",
            "https://x\"onload=",
        ] {
            assert!(web_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cover_is_a_colour_of_the_palette_and_an_emoji() {
        assert!(Cover::parse("teal", "🦺").is_ok());
        assert!(Cover::parse("teal", "👩‍👩‍👧‍👦").is_ok());
        assert!(Cover::parse("puce", "🦺").is_err());
        assert!(Cover::parse("teal", "<b>").is_err());
        assert!(Cover::parse("teal", "").is_err());
        for unseen in ["\u{202e}", "\u{200b}", "\u{e0041}", "🦺\u{202e}"] {
            assert!(Cover::parse("teal", unseen).is_err(), "{unseen:?}");
        }
    }

    #[test]
    fn an_item_needs_what_its_type_needs() {
        let form = ItemForm {
            item_type: "link".into(),
            title: "Map".into(),
            url: "nowhere".into(),
            ..ItemForm::default()
        };
        let problems = form.parse().expect_err("a bad link");
        assert_eq!(
            problems.at("url"),
            Some("A link is a web address such as https://example.org/page.")
        );
    }

    #[test]
    fn sizes_are_said_in_words() {
        assert_eq!(size_in_words(999), "999 bytes");
        assert_eq!(size_in_words(34_400), "34 kB");
        assert_eq!(size_in_words(20_971_520), "20.9 MB");
    }
}
