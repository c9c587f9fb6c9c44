//! Whether every name can be drawn, before anything is sent. Whoever is told may go on all the same: then boxes stand in
//! the place of letters that no font has, as an import says, too.

use database::Conn;
use domain::campaigns::NewRecipient;
use domain::form::grouped;
use domain::{CampaignId, Refusal};

use super::sql;
use crate::error::Result;

/// Names that a sentence tells.
const TOLD: usize = 5;

/// Recipients that are read at once.
const PAGE: i64 = 2_000;

/// Names with letters that no font has: the first of them, and how many there are.
#[derive(Default)]
pub(super) struct Boxes {
    first: Vec<String>,
    count: usize,
}

impl Boxes {
    pub(super) fn of(recipients: &[NewRecipient]) -> Self {
        let mut boxes = Self::default();
        for recipient in recipients {
            let values = recipient.columns.values().map(String::as_str);
            boxes.look_at(&recipient.name, values);
        }
        boxes
    }

    /// Those of a campaign: its title and everybody who is sent something when it starts.
    pub(super) async fn of_campaign(conn: &mut Conn, id: CampaignId, title: &str) -> Result<Self> {
        let mut boxes = Self::default();
        boxes.look_at(title, std::iter::empty());
        let mut after = uuid::Uuid::nil();
        loop {
            let rows = sql::to_be_drawn(conn, id, after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(boxes) };
            after = last.id.0;
            for row in &rows {
                // Values are looked at as they are kept: what they are called has letters that every font has, or stands
                // in no design.
                boxes.look_at(&row.name, std::iter::once(row.columns.as_str()));
            }
        }
    }

    fn look_at<'a>(&mut self, name: &'a str, values: impl Iterator<Item = &'a str>) {
        let drawn: String = std::iter::once(name).chain(values).collect();
        let missing = credentials::rendering::undrawable(&drawn);
        if missing.is_empty() {
            return;
        }
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push(format!("{name} ({missing})"));
        }
    }

    /// What is said about them, and what whoever asked can do.
    pub(super) fn sentence(&self, way: &str) -> Option<String> {
        if self.count == 0 {
            return None;
        }
        let more = match self.count - self.first.len() {
            0 => String::new(),
            more => format!(" and {} more", grouped(i64::try_from(more).unwrap_or(i64::MAX))),
        };
        Some(format!(
            "No font has all letters of {}{more}: boxes would be drawn. Add a font to the data folder, or {way}",
            self.first.join(", ")
        ))
    }
}

/// Refuses names that cannot be drawn.
pub(super) fn check(recipients: &[NewRecipient]) -> std::result::Result<(), Refusal> {
    match Boxes::of(recipients)
        .sentence("add them once more to go on all the same (programs: allow_undrawable).")
    {
        Some(sentence) => Err(Refusal::at("recipients", sentence)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(name: &str) -> NewRecipient {
        NewRecipient::new(name.into(), "a@example.org".parse().expect("an address"))
    }

    #[test]
    fn names_without_a_font_are_told_up_to_some() {
        assert!(check(&[recipient("Zoë"), recipient("राम")]).is_ok());
        let mut with = recipient("Zoë");
        with.columns.insert("place".into(), "山".into());
        let boxes = Boxes::of(&[recipient("李四"), recipient("Ada"), with]);
        let sentence = boxes.sentence("go on.").expect("a sentence");
        assert!(sentence.contains("李四 (李四), Zoë (山):"), "{sentence}");
        let many = vec![recipient("山田"); 8];
        let sentence = Boxes::of(&many).sentence("go on.").expect("a sentence");
        assert!(sentence.contains("and 3 more"), "{sentence}");
    }
}
