//! When a refresh token is good.
//!
//! Each use replaces it, so a session's tokens have generations: the first, the one that came for it, and so on. An
//! answer may get lost on its way, and whoever did not get it asks again with the token that they have: for a moment
//! that gives another token of the same generation, a sibling. The first sibling that is used is the one that arrived;
//! from then on the others are as old as those before. A token that is used when another of its generation, or a later
//! one, was used already is in two hands, and nobody can tell which are the thief's: then the session ends.

use chrono::{DateTime, TimeDelta, Utc};

/// How long an answer that was lost can be asked for again.
pub const ANSWER_LOST: TimeDelta = TimeDelta::seconds(10);

/// A refresh token that is presented, as it stands in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one that was made last.
    Newest,
    /// One that others were made after.
    Earlier {
        /// Its generation.
        generation: i64,
        /// When it was used first; `None`: it was not.
        used_at: Option<DateTime<Utc>>,
    },
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is used for the first time: a token of the next generation comes.
    Next,
    /// Its answer was lost: another token of the generation that it led to comes.
    Again,
    /// It is in two hands.
    Stolen,
}

/// Decides about a token of a session whose newest tokens are of this generation.
pub fn judge(newest: i64, standing: Standing, now: DateTime<Utc>) -> Verdict {
    match standing {
        Standing::Newest => Verdict::Next,
        Standing::Earlier {
            generation,
            used_at: None,
        } if generation == newest => Verdict::Next,
        Standing::Earlier {
            generation,
            used_at: Some(used_at),
        } if generation + 1 == newest && now < used_at + ANSWER_LOST => Verdict::Again,
        Standing::Earlier { .. } => Verdict::Stolen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once_and_its_lost_answer_asked_for_within_ten_seconds() {
        let used = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let earlier = |generation, used_at| Standing::Earlier { generation, used_at };
        assert_eq!(judge(3, Standing::Newest, used), Verdict::Next);
        assert_eq!(
            judge(3, earlier(3, None), used),
            Verdict::Next,
            "a sibling that arrived"
        );
        let just_before = used + ANSWER_LOST - TimeDelta::microseconds(1);
        assert_eq!(judge(3, earlier(2, Some(used)), just_before), Verdict::Again);
        for (standing, now) in [
            (earlier(2, Some(used)), used + ANSWER_LOST),
            (earlier(2, None), used),
            (earlier(1, Some(used)), used),
            (earlier(1, None), used),
            (earlier(3, Some(used)), used),
        ] {
            assert_eq!(judge(3, standing, now), Verdict::Stolen, "{standing:?}");
        }
    }
}
