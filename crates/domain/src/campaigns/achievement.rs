//! What an achievement is, in the vocabulary of Open Badges 3.0.

use super::CampaignKind;

/// The vocabulary (`AchievementType`), by the alphabet.
pub const ACHIEVEMENT_TYPES: [&str; 31] = [
    "Achievement",
    "ApprenticeshipCertificate",
    "Assessment",
    "Assignment",
    "AssociateDegree",
    "Award",
    "BachelorDegree",
    "Badge",
    "Certificate",
    "CertificateOfCompletion",
    "Certification",
    "CoCurricular",
    "CommunityService",
    "Competency",
    "Course",
    "Degree",
    "Diploma",
    "DoctoralDegree",
    "Fieldwork",
    "GeneralEducationDevelopment",
    "JourneymanCertificate",
    "LearningProgram",
    "License",
    "MasterCertificate",
    "MasterDegree",
    "Membership",
    "MicroCredential",
    "ProfessionalDoctorate",
    "QualityAssuranceCredential",
    "ResearchDoctorate",
    "SecondarySchoolDiploma",
];

/// What a type that is not of the vocabulary begins with.
const OWN: &str = "ext:";
/// The longest one of these.
const LONGEST: usize = 64;

/// The type as typed; blank: that of the campaign's kind.
///
/// # Errors
/// What was expected, in words.
pub(super) fn parse(kind: CampaignKind, typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    let is_own = || {
        typed.len() <= LONGEST
            && typed.strip_prefix(OWN).is_some_and(|name| {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
                !name.is_empty() && name.bytes().all(fits)
            })
    };
    if typed.is_empty() {
        Ok(kind.label().to_owned())
    } else if ACHIEVEMENT_TYPES.contains(&typed) || is_own() {
        Ok(typed.to_owned())
    } else {
        Err(
            "Write a type of Open Badges, such as Course or MicroCredential, or one of your own: ext: with letters, \
             digits, dots, hyphens and underscores behind it, 64 characters in all.",
        )
    }
}

/// A type as people read it: `MicroCredential` is *Micro credential*.
pub fn achievement_words(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() && !key.starts_with(OWN) {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_of_the_vocabulary_or_says_that_it_is_not() {
        let badge = |typed: &str| parse(CampaignKind::Badge, typed);
        assert_eq!(badge(" ").as_deref(), Ok("Badge"));
        assert_eq!(parse(CampaignKind::Certificate, "").as_deref(), Ok("Certificate"));
        for good in ACHIEVEMENT_TYPES
            .into_iter()
            .chain(["ext:Acme.First-Aid_2", " Course "])
        {
            assert_eq!(badge(good).as_deref(), Ok(good.trim()));
        }
        let long = format!("ext:{}", "a".repeat(61));
        for bad in [
            "course", "Medal", "ext:", "ext:a b", "ext:a\"", "ext:ä", "EXT:a", "x ext:a", &long,
        ] {
            assert!(badge(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_vocabulary_is_read_as_words() {
        for (key, words) in [
            ("Badge", "Badge"),
            ("MicroCredential", "Micro credential"),
            ("CertificateOfCompletion", "Certificate of completion"),
            ("ext:FirstAid", "ext:FirstAid"),
        ] {
            assert_eq!(achievement_words(key), words);
        }
        assert!(ACHIEVEMENT_TYPES.is_sorted());
    }
}
