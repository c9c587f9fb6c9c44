//! The languages of a campaign: the one that its texts are written in, and those that its mails come in.

use serde::{Deserialize, Serialize};

/// The most languages of a campaign.
const MOST: usize = 12;

/// Languages, the one of the texts first; none: nobody said so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Languages(Vec<String>);

impl Languages {
    /// Reads what was typed: languages, separated by commas; blank: none.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let mut languages: Vec<String> = Vec::new();
        for word in typed.split([',', ';', ' ']).filter(|word| !word.is_empty()) {
            let language = crate::mail::language(word).ok_or_else(|| {
                "Languages are written as en, de or pt-BR, with commas between them.".to_owned()
            })?;
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        if languages.len() > MOST {
            return Err(format!("A campaign has at most {MOST} languages."));
        }
        Ok(Self(languages))
    }

    /// What was stored; what cannot be read says nothing.
    pub fn stored(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    /// The language that its texts are written in.
    pub fn of_texts(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// All of them.
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// The language of a mail to somebody: theirs, where the campaign offers it, and the campaign's first one otherwise.
    /// Blank is the organisation's.
    pub fn for_reader<'a>(&'a self, theirs: &'a str) -> &'a str {
        let primary = |language: &'a str| language.split('-').next().unwrap_or_default();
        match self.of_texts() {
            Some(first) if !self.0.iter().any(|own| primary(own) == primary(theirs)) => first,
            _ => theirs,
        }
    }
}

impl std::fmt::Display for Languages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_read_as_they_are_typed_and_stored() {
        let languages = Languages::parse(" DE, en;pt-br de").expect("three");
        assert_eq!(languages.to_string(), "de, en, pt-BR");
        assert_eq!(Languages::stored(&languages.to_string()), languages);
        assert_eq!(languages.of_texts(), Some("de"));
        assert_eq!(Languages::parse(" "), Ok(Languages::default()));
        for bad in ["german", "d", "de\"", "de, 1"] {
            assert!(Languages::parse(bad).is_err(), "{bad}");
        }
        let many: Vec<String> = ('a'..='m').map(|letter| format!("a{letter}")).collect();
        assert!(Languages::parse(&many.join(",")).is_err());
    }

    #[test]
    fn a_reader_gets_their_language_where_it_is_offered() {
        let languages = Languages::stored("fr, de");
        for (theirs, mail) in [
            ("de", "de"),
            ("de-AT", "de-AT"),
            ("en", "fr"),
            ("", "fr"),
            ("fr", "fr"),
        ] {
            assert_eq!(languages.for_reader(theirs), mail);
        }
        for theirs in ["", "en"] {
            assert_eq!(
                Languages::default().for_reader(theirs),
                theirs,
                "whatever they read"
            );
        }
    }
}
