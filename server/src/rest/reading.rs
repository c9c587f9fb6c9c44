//! What was sent becomes a type, or a sentence at each field that does not fit.
//!
//! What `serde` says is written for anyone who writes Rust. Anyone who sends JSON is told what is wrong with what was sent.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Problem;

/// Fields that are named at once, at most.
const MOST: usize = 10;

/// What was sent is looked through for further fields that do not fit if it has at most so many bytes.
const LONGEST: usize = 65_536;

/// What could stand for a field that does not fit, so that the next one is reached.
const FITTING: [&str; 8] = [
    "null",
    "\"\"",
    "0",
    "false",
    "[]",
    "{}",
    "\"00000000-0000-0000-0000-000000000000\"",
    "\"2000-01-01T00:00:00Z\"",
];

/// Reads JSON, and says which fields cannot be read.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| refused::<T>(bytes, &error))?;
    reader
        .end()
        .map_err(|_| Problem::malformed("There is something behind the JSON."))?;
    Ok(value)
}

/// A field that does not fit, by its pointer, and why.
type Misfit = (String, String);

/// Why `serde` does not read something, and where.
type Unread = serde_path_to_error::Error<serde_json::Error>;

fn refused<T: DeserializeOwned>(bytes: &[u8], error: &Unread) -> Problem {
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(wrong) => {
            let message = wrong.to_string();
            return Problem::malformed(format!("This is not JSON: {}.", without_place(&message)));
        }
    };
    // Some of what does not fit is taken for no JSON at all.
    let first = match (error.inner().is_data(), read_value::<T>(&value)) {
        (false, Err(error)) => misfit(&error),
        _ => misfit(error),
    };
    Problem::fields(match bytes.len() <= LONGEST {
        true => misfits::<T>(value, first),
        false => vec![first],
    })
}

fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Unread> {
    serde_path_to_error::deserialize(value)
}

/// The first field that does not fit, and those that are found when something that does stands in its place.
fn misfits<T: DeserializeOwned>(mut value: Value, first: Misfit) -> Vec<Misfit> {
    // How much was tried in the place of each field.
    let mut tried = HashMap::from([(first.0.clone(), 0)]);
    let mut found = vec![first];
    while let Err(error) = read_value::<T>(&value) {
        let next = misfit(&error);
        if !tried.contains_key(&next.0) {
            if found.len() == MOST {
                break;
            }
            found.push(next.clone());
        }
        let tries = tried.entry(next.0.clone()).or_default();
        if put_in_place(&mut value, &next.0, *tries).is_none() {
            break;
        }
        *tries += 1;
    }
    found
}

/// Puts the next of what could fit in the place of a field; takes the field out when nothing did. `None`: that was tried, too.
fn put_in_place(value: &mut Value, pointer: &str, tries: usize) -> Option<()> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    let fitting = FITTING.get(tries).map(|text| serde_json::from_str(text));
    match (value.pointer_mut(parent)?, fitting) {
        (Value::Object(fields), Some(fitting)) => {
            fields.insert(name, fitting.ok()?);
        }
        (Value::Object(fields), None) => {
            fields.remove(&name)?;
        }
        (Value::Array(rows), Some(fitting)) => {
            *rows.get_mut(name.parse::<usize>().ok()?)? = fitting.ok()?;
        }
        _ => return None,
    }
    Some(())
}

fn misfit(error: &Unread) -> Misfit {
    let message = error.inner().to_string();
    let message = without_place(&message);
    let mut pointer = pointer(error.path());
    // What is missing has no place of its own, and what is unknown stands beside the others.
    if let Some(name) = named(message) {
        let name = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        if !pointer.ends_with(&name) {
            pointer.push_str(&name);
        }
    }
    (pointer, in_plain_words(message))
}

/// The place within the text says nothing to somebody who sent a value.
fn without_place(message: &str) -> &str {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(words, _)| words)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// The field that a message is about: one that is missing, unknown or there twice.
pub fn named(message: &str) -> Option<&str> {
    let rest = ["missing field `", "unknown field `", "duplicate field `"]
        .into_iter()
        .find_map(|beginning| message.strip_prefix(beginning))?;
    rest.split('`').next()
}

/// What `serde` says, as it is said to anyone who sent it.
pub fn in_plain_words(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let others = |which: &str| match quoted.get(1..) {
        Some(others @ [_, ..]) => format!("{which} {}.", others.join(", ")),
        _ => "There is none here.".to_owned(),
    };
    let first = quoted.first().copied().unwrap_or_default();
    let begins = |beginning: &str| message.starts_with(beginning);
    if begins("missing field") {
        "This field is missing.".into()
    } else if begins("unknown field") {
        format!("There is no field {first}. {}", others("There are"))
    } else if begins("duplicate field") {
        format!("{first} is there more than once.")
    } else if begins("unknown variant") {
        format!("{first} is none of the choices. {}", others("Choose one of"))
    } else if begins("UUID parsing failed") {
        "This is not an id.".into()
    } else if begins("invalid length") {
        format!("This is not {}.", expected(message))
    } else if begins("invalid type: null") {
        format!("This cannot be null: {} is expected.", expected(message))
    } else if begins("invalid type") || begins("invalid value") {
        format!("Something else belongs here: {}.", expected(message))
    } else if begins("data did not match any variant") {
        "This has none of the forms that are taken here.".into()
    } else if begins("provided string was not") {
        "This is true or false.".into()
    } else if NO_NUMBER.iter().any(|beginning| begins(beginning)) {
        "This is not a whole number that fits here.".into()
    } else if NO_INSTANT.iter().any(|beginning| begins(beginning)) {
        "This is not a date, or not a date and time with its zone, such as 2027-01-31T12:00:00Z.".into()
    } else {
        message.to_owned()
    }
}

/// How numbers in addresses are refused.
const NO_NUMBER: [&str; 4] = [
    "invalid digit",
    "cannot parse integer",
    "number too large",
    "number too small",
];

/// How dates and instants are refused.
const NO_INSTANT: [&str; 4] = [
    "premature end of input",
    "input contains invalid characters",
    "input is out of range",
    "trailing input",
];

/// What would have fitted, in words.
fn expected(message: &str) -> &'static str {
    let expected = message
        .rsplit_once("expected ")
        .map_or("", |(_, expected)| expected);
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| expected.starts_with(beginning));
    if begins(&["enum", "variant", "string or map", "map with a single key"]) {
        "one of the choices"
    } else if begins(&["struct", "a map", "map", "internally tagged", "adjacently tagged"]) {
        "a JSON object with its fields"
    } else if begins(&["a sequence", "sequence", "an array", "a tuple", "tuple"]) {
        "a list"
    } else if begins(&["a string", "string", "a borrowed string", "a character"]) {
        "a text"
    } else if begins(&["a boolean", "bool"]) {
        "true or false"
    } else if begins(&["a formatted UUID", "a UUID", "UUID"]) {
        "an id"
    } else if begins(&["u", "i", "a nonzero", "an integer"]) {
        "a whole number that fits"
    } else if begins(&["f32", "f64"]) {
        "a number"
    } else if begins(&["a formatted date", "an RFC 3339", "a date", "a time"]) {
        "a date, or a date and time with its zone, such as 2027-01-31T12:00:00Z"
    } else {
        "another kind of value"
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde::Deserialize;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Sent {
        codes: Vec<Code>,
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Code {
        number: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Single,
        Multi,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct New {
        name: String,
        owner: Uuid,
        starts_at: DateTime<Utc>,
        kind: Kind,
        limit: Option<i64>,
    }

    /// The problem as its reader sees it.
    fn wrong<T: DeserializeOwned>(sent: &str) -> Value {
        match read::<T>(sent.as_bytes()) {
            Ok(_) => panic!("{sent} is read"),
            Err(problem) => problem.as_json(),
        }
    }

    fn pointers(problem: &Value) -> Vec<&str> {
        let errors = problem["errors"].as_array().expect("errors");
        errors
            .iter()
            .filter_map(|error| error["pointer"].as_str())
            .collect()
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_pointer() {
        let number = wrong::<Sent>(r#"{"codes":[{"number":1},{"number":"x"}]}"#);
        assert_eq!(pointers(&number), ["/codes/1/number"], "{number}");
        let unknown = wrong::<Sent>(r#"{"codes":[],"expires":1}"#);
        assert_eq!(pointers(&unknown), ["/expires"], "{unknown}");
        let sentence = "There is no field expires. There are codes, kind.";
        assert_eq!(unknown["errors"][0]["detail"], sentence);
        let choice = wrong::<Sent>(r#"{"codes":[],"kind":"double"}"#);
        assert_eq!(
            choice["errors"][0]["detail"],
            "double is none of the choices. Choose one of single, multi."
        );
        assert_eq!(pointers(&wrong::<Sent>("{}")), ["/codes"]);
        for malformed in ["{", r#"{"codes":[]} x"#, ""] {
            assert_eq!(
                wrong::<Sent>(malformed)["code"],
                "malformed-request",
                "{malformed}"
            );
        }
    }

    #[test]
    fn all_fields_that_do_not_fit_are_named_at_once() {
        let sent = r#"{"owner":"me","starts_at":"soon","limit":"x","colour":1,"kind":"single"}"#;
        let problem = wrong::<New>(sent);
        let mut named = pointers(&problem);
        named.sort_unstable();
        assert_eq!(
            named,
            ["/colour", "/limit", "/name", "/owner", "/starts_at"],
            "{problem}"
        );
        let rows = wrong::<Sent>(r#"{"codes":[{"number":"x"},{"number":2},{"number":-1}]}"#);
        assert_eq!(pointers(&rows), ["/codes/0/number", "/codes/2/number"], "{rows}");
        let many = json!({ "codes": vec![json!({ "number": "x" }); 40] }).to_string();
        assert_eq!(pointers(&wrong::<Sent>(&many)).len(), MOST);
    }

    #[test]
    fn nobody_is_told_of_the_types_of_this_program() {
        for sent in [
            "[]",
            "null",
            "7",
            "\"x\"",
            r#"{"owner":"x"}"#,
            r#"{"owner":7}"#,
            r#"{"name":[]}"#,
            r#"{"starts_at":"x","name":null,"kind":{}}"#,
            r#"{"kind":7,"limit":1.5}"#,
        ] {
            let told = wrong::<New>(sent).to_string();
            for word in [
                "struct",
                "UUID",
                "enum",
                "i64",
                "variant",
                "expected ",
                "invalid ",
                "`",
            ] {
                assert!(!told.contains(word), "{sent}: {told}");
            }
        }
    }
}
