//! Dates and instants in an organisation's time zone.
//!
//! An instant is UTC. A date as typed means the whole of that day where the organisation is: a start date begins with
//! the day's first instant, an expiry date runs through its last.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use domain::When;

/// The last second whose year has four digits: later ones would sort before all others as text.
const LAST: i64 = 253_402_300_799;

/// Formats instants, relative to now, in a time zone.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The organisation's time zone.
    pub zone: Tz,
    /// Now.
    pub now: DateTime<Utc>,
}

impl Times {
    /// An instant with its texts.
    pub fn when(&self, at: DateTime<Utc>) -> When {
        let there = at.with_timezone(&self.zone);
        When {
            at,
            date: there.format("%-d %b %Y").to_string(),
            minute: there.format("%-d %b %Y, %H:%M").to_string(),
            input: there.format("%Y-%m-%d").to_string(),
            relative: relative(at, self.now),
        }
    }

    /// The end of something valid in `[…, end)`, as people say it: its last minute.
    pub fn last_minute(&self, end: DateTime<Utc>) -> When {
        let mut when = self.when(end - TimeDelta::microseconds(1));
        when.relative = relative(end, self.now);
        when
    }

    /// The minute with its zone, for a text that leaves the organisation.
    pub fn with_zone(&self, when: &When) -> String {
        format!("{} ({})", when.minute, self.zone.name())
    }

    /// The first instant of a day.
    pub fn start_of(&self, date: NaiveDate) -> DateTime<Utc> {
        // Where clocks skip midnight, the day starts later; where midnight comes twice, with the first.
        let midnight = date.and_time(NaiveTime::MIN);
        (0..=48)
            .find_map(|quarters| {
                self.zone
                    .from_local_datetime(&(midnight + TimeDelta::minutes(15 * quarters)))
                    .earliest()
            })
            .map_or_else(|| midnight.and_utc(), |there| there.to_utc())
            .min(DateTime::from_timestamp(LAST, 0).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// The first instant after a day.
    pub fn end_of(&self, date: NaiveDate) -> DateTime<Utc> {
        self.start_of(date.checked_add_days(Days::new(1)).unwrap_or(date))
    }

    /// The start that an edit means by a date. A date that still reads as it was shown leaves the instant unchanged,
    /// which may belong to another zone or not be midnight.
    pub fn edited_start(&self, before: Option<DateTime<Utc>>, date: NaiveDate) -> DateTime<Utc> {
        let reads_the_same = |at: &DateTime<Utc>| at.with_timezone(&self.zone).date_naive() == date;
        before
            .filter(reads_the_same)
            .unwrap_or_else(|| self.start_of(date))
    }

    /// The end that an edit means by a date, like [`edited_start`](Self::edited_start).
    pub fn edited_end(&self, before: Option<DateTime<Utc>>, date: NaiveDate) -> DateTime<Utc> {
        let reads_the_same = |end: &DateTime<Utc>| {
            let last = *end - TimeDelta::microseconds(1);
            last.with_timezone(&self.zone).date_naive() == date
        };
        before.filter(reads_the_same).unwrap_or_else(|| self.end_of(date))
    }

    /// Today's date there.
    pub fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }
}

/// The instant of a local time. Where clocks show it twice, the first.
///
/// # Errors
/// A sentence: the clocks skip this time.
pub(crate) fn instant(zone: Tz, local: chrono::NaiveDateTime) -> Result<DateTime<Utc>, String> {
    zone.from_local_datetime(&local)
        .earliest()
        .map(|there| there.to_utc())
        .ok_or_else(|| "Clocks are put forward over this time. Choose one an hour later.".into())
}

/// The time zone of that name, if there is one.
pub fn zone(name: &str) -> Option<Tz> {
    name.trim().parse().ok()
}

/// How far away an instant is, in the largest unit that fits.
fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (at - now).num_seconds();
    let (amount, unit) = match seconds.unsigned_abs() {
        0..45 => return "just now".into(),
        45..5_400 => ((seconds.unsigned_abs() + 30) / 60, "minute"),
        5_400..129_600 => ((seconds.unsigned_abs() + 1_800) / 3_600, "hour"),
        129_600..5_184_000 => ((seconds.unsigned_abs() + 43_200) / 86_400, "day"),
        5_184_000..63_072_000 => ((seconds.unsigned_abs() + 1_314_000) / 2_628_000, "month"),
        // Of 365¼ days: calendar years would turn two years and a month into three years, depending on the zone.
        _ => ((seconds.unsigned_abs() + 15_778_800) / 31_557_600, "year"),
    };
    let plural = if amount == 1 { "" } else { "s" };
    if seconds < 0 {
        format!("{amount} {unit}{plural} ago")
    } else {
        format!("in {amount} {unit}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(zone: &str, now: &str) -> Times {
        Times {
            zone: super::zone(zone).expect("a zone"),
            now: now.parse().expect("an instant"),
        }
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn an_expiry_date_runs_through_the_end_of_that_day_where_the_organisation_is() {
        let there = times("Pacific/Auckland", "2026-11-01T00:00:00Z");

        let end = there.end_of(date("2026-12-31"));

        assert_eq!(end.to_rfc3339(), "2026-12-31T11:00:00+00:00");
        assert_eq!(there.last_minute(end).minute, "31 Dec 2026, 23:59");
        assert_eq!(there.last_minute(end).input, "2026-12-31");
    }

    #[test]
    fn a_date_that_still_reads_as_it_was_shown_leaves_its_instant_alone() {
        let before = times("America/New_York", "2026-11-01T00:00:00Z");
        let there = times("Pacific/Auckland", "2026-11-01T00:00:00Z");
        let start = before.start_of(date("2026-12-01"));
        let end = before.end_of(date("2026-12-31"));
        let shown = |input: &str| date(input);
        let (first, last) = (there.when(start).input, there.last_minute(end).input);
        assert_eq!(there.edited_start(Some(start), shown(&first)), start);
        assert_eq!(there.edited_end(Some(end), shown(&last)), end);
        let later = date("2027-02-01");
        assert_eq!(there.edited_start(Some(start), later), there.start_of(later));
        assert_eq!(there.edited_end(Some(end), later), there.end_of(later));
        assert_eq!(there.edited_end(None, later), there.end_of(later));
    }

    #[test]
    fn days_begin_right_where_clocks_jump_at_midnight() {
        // Santiago skipped from midnight to one o'clock on 8 September 2024.
        let there = times("America/Santiago", "2024-09-01T00:00:00Z");
        assert_eq!(
            there.start_of(date("2024-09-08")).to_rfc3339(),
            "2024-09-08T04:00:00+00:00"
        );
        // Havana had midnight twice on 3 November 2024.
        let there = times("America/Havana", "2024-09-01T00:00:00Z");
        assert_eq!(
            there.start_of(date("2024-11-03")).to_rfc3339(),
            "2024-11-03T04:00:00+00:00"
        );
        assert_eq!(
            there.end_of(date("2024-11-03")) - there.start_of(date("2024-11-03")),
            TimeDelta::hours(25)
        );
    }

    #[test]
    fn the_last_date_that_can_be_typed_still_sorts_after_all_others() {
        for zone in ["America/New_York", "UTC", "Pacific/Auckland"] {
            let there = times(zone, "2026-11-01T00:00:00Z");
            let end = there.end_of(date("9999-12-31"));
            assert!(end.to_rfc3339().as_str() > "9999-12-31T00:00:00+00:00", "{end}");
            assert_eq!(there.last_minute(end).input, "9999-12-31");
        }
    }

    #[test]
    fn two_years_and_a_month_are_no_three_years_wherever_the_organisation_is() {
        for zone in ["UTC", "Pacific/Auckland", "America/New_York"] {
            let there = times(zone, "2026-11-27T12:00:00Z");
            let end = there.end_of(date("2028-12-31"));
            assert_eq!(there.last_minute(end).relative, "in 2 years", "{zone}");
        }
    }

    #[test]
    fn distance_is_said_in_the_largest_unit_that_fits() {
        let there = times("UTC", "2026-11-01T00:00:00Z");
        for (at, words) in [
            ("2026-11-01T00:00:10Z", "just now"),
            ("2026-11-01T00:03:00Z", "in 3 minutes"),
            ("2026-10-31T22:00:00Z", "2 hours ago"),
            ("2026-11-10T00:00:00Z", "in 9 days"),
            ("2026-07-01T00:00:00Z", "4 months ago"),
            ("2030-07-01T00:00:00Z", "in 4 years"),
        ] {
            assert_eq!(there.when(at.parse().expect("an instant")).relative, words);
        }
    }
}
