//! Two people editing the same form: a field that was not touched stays as the other person left it, and somebody who
//! changed a field that the other person changed too is told before anything is written.

use serde::{Deserialize, Serialize};

use super::Problems;

/// The outcome of an edit, with the current state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edited<T> {
    /// It was saved.
    Saved(T),
    /// Nothing was saved: somebody else changed the same field since the form was opened.
    Meanwhile(T),
}

/// Settles one field of a form that was opened with `shown` where the current value is `now`: if it was not touched, it
/// takes the current value. If both changed it, each in a different way, what was typed stays and a sentence mentions
/// the other value.
pub fn settle(problems: &mut Problems, field: &str, typed: &mut String, shown: &str, now: &str) {
    if typed == shown {
        now.clone_into(typed);
    } else if shown != now && typed.trim() != now {
        problems.add(field, changed_to(now));
    }
}

/// The sentence for a field that somebody else changed.
pub fn changed_to(now: &str) -> String {
    let what = match now {
        "" => "Somebody else cleared this".to_owned(),
        _ => format!("Somebody else changed this to “{now}”"),
    };
    format!("{what} after you opened the form. Save again to put yours in its place.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(typed: &str, shown: &str, now: &str) -> (String, Option<String>) {
        let mut typed = typed.to_owned();
        let mut problems = Problems::default();
        settle(&mut problems, "name", &mut typed, shown, now);
        (typed, problems.at("name").map(str::to_owned))
    }

    #[test]
    fn what_was_not_touched_stays_as_the_other_one_left_it() {
        assert_eq!(
            settled("a", "a", "b"),
            ("b".into(), None),
            "only the other changed it"
        );
        assert_eq!(
            settled("b", "a", "a"),
            ("b".into(), None),
            "only this one changed it"
        );
        assert_eq!(
            settled("b", "a", "b"),
            ("b".into(), None),
            "both changed it alike"
        );
    }

    #[test]
    fn what_both_changed_is_told_and_nothing_typed_is_lost() {
        let (typed, told) = settled("c", "a", "b");
        assert_eq!(typed, "c");
        assert!(told.is_some_and(|told| told.contains("changed this to “b”")));
        let (_, told) = settled("c", "a", "");
        assert!(told.is_some_and(|told| told.contains("cleared this")));
    }
}
