//! The time zones of organisations: those named after a place, and UTC.
//!
//! The time zone database also contains others, from before places were used. People still type the names of countries,
//! so names that stand for a place are read as that place; names without a place (`EST5EDT`, `Etc/GMT+5`) cannot be
//! chosen.

use chrono_tz::Tz;

use super::Organisations;
use crate::times;

const REGIONS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// Older names, and the places that they stand for, as the time zone database links them (its file `backward`).
#[rustfmt::skip]
const OLDER: [(&str, &str); 63] = [
    ("Cuba", "America/Havana"), ("Egypt", "Africa/Cairo"), ("Eire", "Europe/Dublin"), ("GB", "Europe/London"),
    ("GB-Eire", "Europe/London"), ("Hongkong", "Asia/Hong_Kong"), ("Iceland", "Atlantic/Reykjavik"),
    ("Iran", "Asia/Tehran"), ("Israel", "Asia/Jerusalem"), ("Jamaica", "America/Jamaica"), ("Japan", "Asia/Tokyo"),
    ("Kwajalein", "Pacific/Kwajalein"), ("Libya", "Africa/Tripoli"), ("NZ", "Pacific/Auckland"),
    ("NZ-CHAT", "Pacific/Chatham"), ("Navajo", "America/Denver"), ("PRC", "Asia/Shanghai"),
    ("Poland", "Europe/Warsaw"), ("Portugal", "Europe/Lisbon"), ("ROC", "Asia/Taipei"), ("ROK", "Asia/Seoul"),
    ("Singapore", "Asia/Singapore"), ("Turkey", "Europe/Istanbul"), ("W-SU", "Europe/Moscow"),
    ("Brazil/Acre", "America/Rio_Branco"), ("Brazil/DeNoronha", "America/Noronha"),
    ("Brazil/East", "America/Sao_Paulo"), ("Brazil/West", "America/Manaus"),
    ("Canada/Atlantic", "America/Halifax"), ("Canada/Central", "America/Winnipeg"),
    ("Canada/Eastern", "America/Toronto"), ("Canada/Mountain", "America/Edmonton"),
    ("Canada/Newfoundland", "America/St_Johns"), ("Canada/Pacific", "America/Vancouver"),
    ("Canada/Saskatchewan", "America/Regina"), ("Canada/Yukon", "America/Whitehorse"),
    ("Chile/Continental", "America/Santiago"), ("Chile/EasterIsland", "Pacific/Easter"),
    ("Mexico/BajaNorte", "America/Tijuana"), ("Mexico/BajaSur", "America/Mazatlan"),
    ("Mexico/General", "America/Mexico_City"), ("US/Alaska", "America/Anchorage"), ("US/Aleutian", "America/Adak"),
    ("US/Arizona", "America/Phoenix"), ("US/Central", "America/Chicago"),
    ("US/East-Indiana", "America/Indiana/Indianapolis"), ("US/Eastern", "America/New_York"),
    ("US/Hawaii", "Pacific/Honolulu"), ("US/Indiana-Starke", "America/Indiana/Knox"),
    ("US/Michigan", "America/Detroit"), ("US/Mountain", "America/Denver"), ("US/Pacific", "America/Los_Angeles"),
    ("US/Samoa", "Pacific/Pago_Pago"), ("UCT", "UTC"), ("Universal", "UTC"), ("Zulu", "UTC"), ("GMT", "UTC"),
    ("Greenwich", "UTC"), ("Etc/UTC", "UTC"), ("Etc/UCT", "UTC"), ("Etc/Universal", "UTC"), ("Etc/Zulu", "UTC"),
    ("Etc/GMT", "UTC"),
];

impl Organisations<'_> {
    /// The time zones to choose from: those named after a place, and UTC.
    pub fn time_zones(&self) -> Vec<&'static str> {
        chrono_tz::TZ_VARIANTS
            .iter()
            .map(|zone| zone.name())
            .filter(|zone| is_offered(zone))
            .collect()
    }
}

/// The selectable zone that somebody means by a name.
pub(super) fn chosen(name: &str) -> Option<Tz> {
    times::zone(of_a_place(name.trim())).filter(|zone| is_offered(zone.name()))
}

/// The name of the place that an older name stands for; any other name as it is.
pub(super) fn of_a_place(name: &str) -> &str {
    let older = OLDER.iter().find(|(older, _)| *older == name);
    older.map_or(name, |(_, place)| place)
}

fn is_offered(zone: &str) -> bool {
    zone == "UTC"
        || zone
            .split_once('/')
            .is_some_and(|(region, _)| REGIONS.contains(&region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_name_is_read_as_its_place_and_what_is_no_place_is_refused() {
        let name = |typed| chosen(typed).map(chrono_tz::Tz::name);
        assert_eq!(name(" NZ "), Some("Pacific/Auckland"));
        assert_eq!(name("US/Eastern"), Some("America/New_York"));
        assert_eq!(name("Europe/Berlin"), Some("Europe/Berlin"));
        assert_eq!(name("Etc/UTC"), Some("UTC"));
        for none in ["EST5EDT", "Etc/GMT+5", "Middle/Earth", ""] {
            assert_eq!(name(none), None, "{none}");
        }
    }

    #[test]
    fn every_older_name_stands_for_a_zone_to_choose() {
        for (older, place) in OLDER {
            assert!(times::zone(older).is_some(), "{older}");
            assert!(!is_offered(older), "{older}");
            assert_eq!(chosen(older).map(chrono_tz::Tz::name), Some(place), "{older}");
        }
    }
}
