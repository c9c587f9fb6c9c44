//! Recipients from a table: what its columns hold, and which of its rows can be recipients.
//!
//! A file is read once into a [`Table`]. Its reader then says what each column holds, and every row is checked by one
//! rule, both when the outcome is shown before anything happens and when the recipients are added.

pub mod text;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{NewRecipient, RecipientForm};
use crate::jobs::Progress;
use crate::mail;
use crate::{CampaignId, ImportId, Problems};

/// The largest file.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What whoever sends more is told.
pub const TOO_LARGE: &str = "A file of recipients has at most 16 MB.";
/// The most rows.
pub const MOST_ROWS: usize = 50_000;
/// The most cells of a row.
pub const MOST_CELLS: usize = 50;
/// The longest cell, in bytes.
pub const LONGEST_CELL: usize = 4_000;
/// Bad rows that a screen shows; the file has all of them.
pub const SHOWN: usize = 100;
/// The longest heading and the longest value of a placeholder, in characters.
const LONGEST_VALUE: usize = 200;

/// A row that holds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What stands in it.
    pub cells: Vec<String>,
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What its columns are called.
    pub headings: Vec<String>,
    /// The rows below the headings.
    pub rows: Vec<Row>,
}

impl Table {
    /// The headings and what stands below. A first row with an address in it is no heading.
    ///
    /// # Errors
    /// A sentence, when there is nothing in it.
    pub fn of(mut rows: Vec<Row>) -> Result<Self, String> {
        let Some(first) = rows.first() else {
            return Err("The file is empty.".into());
        };
        let is_heading = rows.len() > 1 && !first.cells.iter().any(|cell| cell.contains('@'));
        let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
        let named = if is_heading {
            rows.remove(0).cells
        } else {
            Vec::new()
        };
        if rows.len() > MOST_ROWS {
            return Err("A file of recipients has at most 50,000 rows.".into());
        }
        let headings = (0..width).map(|number| {
            let named = named.get(number).map_or("", |heading| heading.trim());
            match named.chars().take(LONGEST_VALUE).collect::<String>() {
                blank if blank.is_empty() => format!("Column {}", number + 1),
                heading => heading,
            }
        });
        Ok(Self {
            headings: headings.collect(),
            rows,
        })
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Nothing that is wanted.
    Nothing,
    /// The name that stands on the certificate.
    Name,
    /// The name's first part.
    GivenName,
    /// The name's last part.
    FamilyName,
    /// Where the link is sent.
    Email,
    /// The language of mails, such as `de`.
    Language,
    /// A value for the design, under the column's heading.
    Placeholder,
}

impl Holds {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Nothing,
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Email,
        Self::Language,
        Self::Placeholder,
    ];

    /// The word in forms and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Email => "email",
            Self::Language => "language",
            Self::Placeholder => "placeholder",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Nothing => "Do not import",
            Self::Name => "Name",
            Self::GivenName => "First name",
            Self::FamilyName => "Last name",
            Self::Email => "E-mail",
            Self::Language => "Language",
            Self::Placeholder => "Placeholder of the design",
        }
    }

    /// What is behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|holds| holds.key() == key)
    }

    /// What a heading says, in the words that people use.
    fn guessed(heading: &str) -> Self {
        let word: String = heading
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        match word.as_str() {
            "email" | "emailaddress" | "mail" | "address" | "emailadresse" | "correo" | "courriel" => {
                Self::Email
            }
            "name" | "fullname" | "recipient" | "recipientname" | "nom" => Self::Name,
            "firstname" | "givenname" | "vorname" | "prenom" | "prénom" | "nombre" => Self::GivenName,
            "lastname" | "surname" | "familyname" | "nachname" | "apellido" | "apellidos" => Self::FamilyName,
            "language" | "locale" | "lang" | "sprache" | "langue" | "idioma" => Self::Language,
            _ => Self::Nothing,
        }
    }
}

/// A column with what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What it is called.
    pub heading: String,
    /// What it holds.
    pub holds: Holds,
}

/// What the columns of a table hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping {
    /// Each column, in its order.
    pub columns: Vec<Column>,
}

impl Mapping {
    /// What the headings say; without any, where the sign of an address is, and the name beside it.
    pub fn guessed(table: &Table) -> Self {
        let mut columns: Vec<Column> = Vec::with_capacity(table.headings.len());
        for heading in &table.headings {
            let holds = Holds::guessed(heading);
            let is_taken = columns.iter().any(|column| column.holds == holds);
            columns.push(Column {
                heading: heading.clone(),
                holds: if is_taken { Holds::Nothing } else { holds },
            });
        }
        let mut mapping = Self { columns };
        if mapping.place(Holds::Name).is_some() {
            mapping.let_go(&[Holds::GivenName, Holds::FamilyName]);
        }
        let first = table
            .rows
            .first()
            .map(|row| row.cells.as_slice())
            .unwrap_or_default();
        if mapping.place(Holds::Email).is_none()
            && let Some(at) = first.iter().position(|cell| cell.contains('@'))
        {
            mapping.columns[at].holds = Holds::Email;
        }
        let has_name = mapping.place(Holds::Name).is_some() || mapping.place(Holds::GivenName).is_some();
        if !has_name
            && let Some(column) = mapping
                .columns
                .iter_mut()
                .find(|column| column.holds == Holds::Nothing)
        {
            column.holds = Holds::Name;
        }
        mapping
    }

    /// The same choice for another table, when it has the columns that were chosen.
    pub fn for_headings(&self, headings: &[String]) -> Option<Self> {
        let is_there =
            |column: &&Column| column.holds != Holds::Nothing && !headings.contains(&column.heading);
        if self.columns.iter().any(|column| is_there(&column)) {
            return None;
        }
        let columns = headings.iter().map(|heading| Column {
            heading: heading.clone(),
            holds: self
                .columns
                .iter()
                .find(|column| column.heading == *heading)
                .map_or(Holds::Nothing, |column| column.holds),
        });
        Some(Self {
            columns: columns.collect(),
        })
    }

    /// Whether recipients can be read with it.
    ///
    /// # Errors
    /// Problems at `columns`.
    pub fn check(&self) -> Result<(), Problems> {
        let count = |holds| self.columns.iter().filter(|column| column.holds == holds).count();
        let mut problems = Problems::default();
        let mut say = |sentence: &str| problems.add("columns", sentence);
        if count(Holds::Email) == 0 {
            say("Say which column holds the e-mail address.");
        } else if count(Holds::Name) + count(Holds::GivenName) + count(Holds::FamilyName) == 0 {
            say("Say which column holds the name.");
        } else if count(Holds::Name) > 0 && count(Holds::GivenName) + count(Holds::FamilyName) > 0 {
            say("The name stands in one column, or in those of the first and the last name.");
        } else if let Some(twice) = Holds::ALL
            .into_iter()
            .filter(|holds| !matches!(holds, Holds::Nothing | Holds::Placeholder))
            .find(|holds| count(*holds) > 1)
        {
            say(&format!("Only one column can hold this: {}.", twice.label()));
        }
        let mut seen = HashSet::new();
        for column in self
            .columns
            .iter()
            .filter(|column| column.holds == Holds::Placeholder)
        {
            let (heading, name) = (&column.heading, placeholder(&column.heading));
            if BUILT_IN_PLACEHOLDERS.contains(&name.as_str()) {
                say(&format!(
                    "{{{name}}} stands for something else on certificates, so the values of the column {heading} would be lost. Give it another heading, such as Course {name}, or leave it out."
                ));
            } else if !seen.insert(name.clone()) {
                say(&format!(
                    "Two columns would stand for {{{name}}}. Give the column {heading} another heading, or leave it out."
                ));
            }
        }
        problems.into_result()
    }

    /// The recipient in a row.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn recipient(&self, cells: &[String]) -> Result<NewRecipient, String> {
        let cell = |holds| {
            let at = self.place(holds)?;
            cells
                .get(at)
                .map(|cell| cell.trim())
                .filter(|cell| !cell.is_empty())
        };
        let names = [Holds::Name, Holds::GivenName, Holds::FamilyName];
        let names: Vec<&str> = names.into_iter().filter_map(cell).collect();
        let form = RecipientForm {
            name: names.join(" "),
            email: cell(Holds::Email).unwrap_or_default().to_owned(),
        };
        let mut recipient = form.parse().map_err(|problems| problems.to_string())?;
        if let Some(language) = cell(Holds::Language) {
            recipient.language =
                mail::language(language).ok_or("A language is written as en, de or pt-BR.")?;
        }
        for (column, value) in self.columns.iter().zip(cells) {
            if column.holds == Holds::Placeholder {
                if value.chars().count() > LONGEST_VALUE {
                    return Err(format!(
                        "{} has at most {LONGEST_VALUE} characters.",
                        column.heading
                    ));
                }
                let value: String = value.trim().chars().filter(|c| !c.is_control()).collect();
                recipient.columns.insert(placeholder(&column.heading), value);
            }
        }
        Ok(recipient)
    }

    fn place(&self, holds: Holds) -> Option<usize> {
        self.columns.iter().position(|column| column.holds == holds)
    }

    fn let_go(&mut self, which: &[Holds]) {
        for column in &mut self.columns {
            if which.contains(&column.holds) {
                column.holds = Holds::Nothing;
            }
        }
    }
}

/// What every certificate knows of itself: no column can be called like it.
pub const BUILT_IN_PLACEHOLDERS: [&str; 7] = [
    "recipient",
    "title",
    "issuer",
    "date",
    "until",
    "description",
    "id",
];

/// What a column is called in a design: `{final_grade}` for *Final grade*.
pub fn placeholder(heading: &str) -> String {
    let folded: String = heading
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    folded.split_whitespace().collect::<Vec<_>>().join("_")
}

/// What is done with an address that the campaign has already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Its row is left out.
    #[default]
    Skip,
    /// Name and columns of its recipient are replaced; what was issued is signed anew.
    Replace,
    /// It becomes another recipient, with a token of its own.
    Allow,
}

impl Duplicates {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Skip, Self::Replace, Self::Allow];

    /// The word in the database, in forms and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Replace => "replace",
            Self::Allow => "allow",
        }
    }

    /// What is behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|duplicates| duplicates.key() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Skip => "Leave them out",
            Self::Replace => "Replace name and columns",
            Self::Allow => "Add them once more, with a token of their own",
        }
    }
}

/// How a file is imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportForm {
    /// What each column holds, in their order.
    pub columns: Vec<String>,
    /// What is done with addresses that are there already.
    pub duplicates: String,
    /// Whether the good rows are added although others are bad.
    pub good_only: bool,
}

/// The choices of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportChoice {
    /// What the columns hold.
    pub mapping: Mapping,
    /// What is done with addresses that are there already.
    pub duplicates: Duplicates,
    /// Whether the good rows are added although others are bad.
    pub good_only: bool,
}

impl ImportForm {
    /// Reads what was chosen for a table with these headings.
    ///
    /// # Errors
    /// Problems at `columns` and `duplicates`.
    pub fn parse(&self, headings: &[String]) -> Result<ImportChoice, Problems> {
        let mut problems = Problems::default();
        let columns: Option<Vec<Column>> = headings
            .iter()
            .enumerate()
            .map(|(at, heading)| {
                let holds = self
                    .columns
                    .get(at)
                    .map_or(Some(Holds::Nothing), |key| Holds::from_key(key))?;
                Some(Column {
                    heading: heading.clone(),
                    holds,
                })
            })
            .collect();
        let mapping = columns.map(|columns| Mapping { columns });
        match &mapping {
            Some(mapping) => {
                if let Err(wrong) = mapping.check() {
                    for (field, sentence) in wrong.iter() {
                        problems.add(field, sentence);
                    }
                }
            }
            None => problems.add("columns", "Choose what each column holds."),
        }
        let duplicates = match self.duplicates.as_str() {
            "" => Some(Duplicates::Skip),
            key => Duplicates::from_key(key),
        };
        if duplicates.is_none() {
            problems.add("duplicates", "Choose one of these: skip, replace, allow.");
        }
        problems.into_result()?;
        match mapping.zip(duplicates) {
            Some((mapping, duplicates)) => Ok(ImportChoice {
                mapping,
                duplicates,
                good_only: self.good_only,
            }),
            // Whatever is missing was noted.
            None => Err(Problems::default()),
        }
    }
}

/// A row that cannot be a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What stands in it.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// A name that would not be drawn as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undrawable {
    /// Its line in the file.
    pub line: usize,
    /// The name.
    pub name: String,
    /// The letters that no font has.
    pub missing: String,
}

/// What would become of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCheck {
    /// Rows that can be recipients.
    pub good: usize,
    /// Rows that cannot.
    pub bad: usize,
    /// The first of them.
    pub first_bad: Vec<BadRow>,
    /// Good rows whose address the campaign has already.
    pub already: usize,
    /// Good rows whose address stands in the file above them.
    pub twice: usize,
    /// How many names have letters that no font has.
    pub undrawable: usize,
    /// The first of them.
    pub first_undrawable: Vec<Undrawable>,
}

impl ImportCheck {
    /// How many recipients there would be more, or would be replaced.
    pub fn taken(&self, duplicates: &str) -> usize {
        match Duplicates::from_key(duplicates) {
            // An address that stands there twice counts once, and only if the campaign does not have it.
            Some(Duplicates::Skip) | None => self.good.saturating_sub(self.twice + self.already),
            Some(Duplicates::Replace | Duplicates::Allow) => self.good,
        }
    }

    /// Counts a row in. `known` are the addresses that came before it in the file.
    pub fn add(&mut self, row: &Row, read: &Result<NewRecipient, String>, known: &mut HashSet<String>) {
        match read {
            Ok(recipient) => {
                self.good += 1;
                self.twice += usize::from(!known.insert(recipient.email.to_string()));
            }
            Err(reason) => {
                self.bad += 1;
                if self.first_bad.len() < SHOWN {
                    self.first_bad.push(BadRow {
                        line: row.line,
                        text: row.cells.join(", ").chars().take(120).collect(),
                        reason: reason.clone(),
                    });
                }
            }
        }
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Its columns are still to be named.
    Read,
    /// Recipients are being added.
    Running,
    /// It ended.
    Done,
    /// Somebody stopped it; who was added stays.
    Cancelled,
}

/// What became of an import so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOutcome {
    /// Recipients who are new.
    pub added: i64,
    /// Recipients who were replaced.
    pub replaced: i64,
    /// Rows that were left out because their address was there.
    pub skipped: i64,
    /// Rows that cannot be recipients.
    pub bad: i64,
}

/// A file of recipients on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    /// Its id.
    pub id: ImportId,
    /// The campaign it is for.
    pub campaign: CampaignId,
    /// What the campaign gives.
    pub title: String,
    /// What the file is called.
    pub file: String,
    /// How many rows it has.
    pub rows: i64,
    /// Its columns with what they hold: as chosen, as the last file was, or as the headings say.
    pub mapping: Mapping,
    /// Whether the choice is that of an earlier file.
    pub remembered: bool,
    /// The first rows.
    pub samples: Vec<Vec<String>>,
    /// How far it is.
    pub state: ImportState,
    /// The job, once it was started.
    pub progress: Option<Progress>,
    /// What became of it so far.
    pub outcome: ImportOutcome,
}

/// Values for a design, by the names of their placeholders.
pub type Columns = BTreeMap<String, String>;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Table, Mapping) {
        let table = text::read(text.as_bytes()).expect("a table");
        let mapping = Mapping::guessed(&table);
        (table, mapping)
    }

    fn names(text: &str) -> Vec<(String, String)> {
        let (table, mapping) = read(text);
        mapping.check().expect("can be read");
        let recipients = table
            .rows
            .iter()
            .map(|row| mapping.recipient(&row.cells).expect("a recipient"));
        recipients.map(|one| (one.name, one.email.to_string())).collect()
    }

    fn pair(name: &str, email: &str) -> (String, String) {
        (name.to_owned(), email.to_owned())
    }

    #[test]
    fn columns_are_known_by_their_headings_or_by_the_sign_of_an_address() {
        let two = "First name,Last name,E-mail\nZoë,Müller,zoe@example.org";
        assert_eq!(names(two), [pair("Zoë Müller", "zoe@example.org")]);
        assert_eq!(names("zoe@example.org,Zoe\n"), [pair("Zoe", "zoe@example.org")]);
        assert_eq!(names("Zoe,zoe@example.org"), [pair("Zoe", "zoe@example.org")]);
        let odd = "Who,Where\nZoe,zoe@example.org";
        assert_eq!(names(odd), [pair("Zoe", "zoe@example.org")]);
    }

    #[test]
    fn a_heading_that_certificates_use_themselves_names_no_value() {
        let (_, mut mapping) = read("Name,E-mail,Date,Grade,grade!\nZoe,z@example.org,1 May,1,2");
        let said = |mapping: &Mapping| mapping.check().expect_err("refused").to_string();
        mapping.columns[2].holds = Holds::Placeholder;
        let sentence = said(&mapping);
        assert!(
            sentence.contains("{date}") && sentence.contains("column Date"),
            "{sentence}"
        );
        mapping.columns[2].holds = Holds::Nothing;
        mapping.columns[3].holds = Holds::Placeholder;
        assert!(mapping.check().is_ok());
        mapping.columns[4].holds = Holds::Placeholder;
        assert!(said(&mapping).contains("Two columns"));
    }

    #[test]
    fn a_hundred_bad_rows_of_ten_thousand_are_all_reported_at_once() {
        let mut file = String::from("Name,E-mail\n");
        for n in 0..10_000 {
            let at = if n % 100 == 57 { "nowhere" } else { "example.org" };
            let sign = if n % 100 == 57 { "" } else { "@" };
            file.push_str(&format!("Nr. {n},n{n}{sign}{at}\n"));
        }
        let began = std::time::Instant::now();
        let (table, mapping) = read(&file);
        let (mut check, mut known) = (ImportCheck::default(), HashSet::new());
        for row in &table.rows {
            check.add(row, &mapping.recipient(&row.cells), &mut known);
        }
        // A thirtieth of that is usual, without optimisation.
        let took = began.elapsed();
        assert!(took < std::time::Duration::from_secs(2), "{took:?}");
        assert_eq!((check.good, check.bad, check.twice), (9_900, 100, 0));
        let lines: Vec<usize> = check.first_bad.iter().map(|bad| bad.line).collect();
        // The headings are line 1.
        assert_eq!(lines, (0..100).map(|n| n * 100 + 59).collect::<Vec<_>>());
    }

    #[test]
    fn the_number_is_that_of_those_who_will_be_added() {
        let check = ImportCheck {
            good: 10,
            already: 3,
            twice: 2,
            ..ImportCheck::default()
        };
        assert_eq!((check.taken("skip"), check.taken("")), (5, 5));
        assert_eq!((check.taken("replace"), check.taken("allow")), (10, 10));
    }

    #[test]
    fn a_column_may_hold_a_language_or_a_value_for_the_design() {
        let (table, mut mapping) = read(
            "Name,E-mail,Language,Final grade\nZoe,z@example.org,DE, 1.3 \nPat,p@example.org,klingonish,2",
        );
        mapping.columns[3].holds = Holds::Placeholder;
        let zoe = mapping.recipient(&table.rows[0].cells).expect("a recipient");
        assert_eq!(zoe.language, "de");
        assert_eq!(
            zoe.columns,
            Columns::from([("final_grade".to_owned(), "1.3".to_owned())])
        );
        let refused = mapping.recipient(&table.rows[1].cells).expect_err("no language");
        assert!(refused.contains("language"), "{refused}");
    }

    #[test]
    fn a_choice_is_checked_and_fits_the_next_file_with_these_columns() {
        let headings = ["Name".to_owned(), "E-mail".to_owned(), "Phone".to_owned()];
        let form = |columns: &[&str]| ImportForm {
            columns: columns.iter().map(|&key| key.to_owned()).collect(),
            ..ImportForm::default()
        };
        for bad in [
            &["name"][..],
            &["nothing", "email"],
            &["email", "email", "name"],
            &["name", "email", "given_name"],
            &["what"],
        ] {
            let problems = form(bad).parse(&headings).expect_err("does not fit");
            assert!(problems.at("columns").is_some(), "{bad:?}");
        }
        let chosen = form(&["name", "email"]).parse(&headings).expect("fits").mapping;
        let next = ["E-mail".to_owned(), "Shoe size".to_owned(), "Name".to_owned()];
        let again = chosen.for_headings(&next).expect("has them");
        let holds: Vec<_> = again.columns.iter().map(|column| column.holds).collect();
        assert_eq!(holds, [Holds::Email, Holds::Nothing, Holds::Name]);
        assert_eq!(chosen.for_headings(&next[..2]), None);
    }

    #[test]
    fn every_bad_row_of_ten_thousand_is_named_in_one_go() {
        let mut text = String::from("name,email\n");
        for n in 0..10_000 {
            match n % 100 {
                7 => text.push_str(&format!("Number {n},nobody at example\n")),
                _ => text.push_str(&format!("Number {n},n{n}@example.org\n")),
            }
        }
        let begun = std::time::Instant::now();
        let (table, mapping) = read(&text);
        let (mut check, mut known) = (ImportCheck::default(), HashSet::new());
        for row in &table.rows {
            check.add(row, &mapping.recipient(&row.cells), &mut known);
        }
        assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
        assert_eq!((check.good, check.bad, check.twice), (9_900, 100, 0));
        assert_eq!(check.first_bad.len(), 100);
        assert_eq!(check.first_bad[0].line, 9);
        assert!(
            check.first_bad[0].reason.contains("name@example.org"),
            "{:?}",
            check.first_bad[0]
        );
        assert!(check.first_bad[0].text.contains("nobody at example"));
    }
}
