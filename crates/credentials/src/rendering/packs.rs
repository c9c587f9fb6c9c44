//! Which fonts would draw what the built-in ones cannot: the names of Noto's packs, by script.

use unicode_script::{Script, UnicodeScript};

/// The packs that have the letters of a text, once each; none for letters that no script claims.
pub fn packs(missing: &str) -> Vec<String> {
    let mut packs: Vec<String> = Vec::new();
    for pack in missing.chars().filter_map(pack) {
        if !packs.contains(&pack) {
            packs.push(pack);
        }
    }
    // The packs for Japanese and Korean have Chinese letters, too.
    if packs.iter().any(|pack| pack == JAPANESE || pack == KOREAN) {
        packs.retain(|pack| pack != CHINESE);
    }
    packs
}

const CHINESE: &str = "Noto Sans SC";
const JAPANESE: &str = "Noto Sans JP";
const KOREAN: &str = "Noto Sans KR";

fn pack(letter: char) -> Option<String> {
    let known = match letter.script() {
        Script::Unknown => return None,
        Script::Han => CHINESE,
        Script::Hiragana | Script::Katakana => JAPANESE,
        Script::Hangul => KOREAN,
        Script::Bopomofo => "Noto Sans TC",
        Script::Tibetan => "Noto Serif Tibetan",
        Script::Latin | Script::Greek | Script::Cyrillic => "Noto Sans",
        Script::Common | Script::Inherited => match letter {
            '\u{1f000}'..='\u{1faff}' => "Noto Emoji",
            '\u{2200}'..='\u{22ff}'
            | '\u{27c0}'..='\u{27ef}'
            | '\u{2980}'..='\u{2aff}'
            | '\u{1d400}'..='\u{1d7ff}' => "Noto Sans Math",
            _ => "Noto Sans Symbols 2",
        },
        other => return Some(format!("Noto Sans {}", other.full_name().replace('_', " "))),
    };
    Some(known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::packs;

    #[test]
    fn each_script_has_a_pack() {
        for (missing, expected) in [
            ("", vec![]),
            ("李四", vec!["Noto Sans SC"]),
            ("山田たろう", vec!["Noto Sans JP"]),
            ("金철수", vec!["Noto Sans KR"]),
            ("அம்மா", vec!["Noto Sans Tamil"]),
            (
                "ᐊᐃ🎉☃",
                vec![
                    "Noto Sans Canadian Aboriginal",
                    "Noto Emoji",
                    "Noto Sans Symbols 2",
                ],
            ),
            ("བོད", vec!["Noto Serif Tibetan"]),
            ("\u{e000}", vec![]),
        ] {
            assert_eq!(packs(missing), expected, "{missing}");
        }
    }
}
