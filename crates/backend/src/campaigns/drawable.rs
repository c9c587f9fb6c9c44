//! Whether every name can be drawn, before anything is sent. Anyone who is told may go on all the same: then boxes stand in
//! the place of letters that no font has, as an import says, too. Nobody can be asked when a campaign starts by time: then
//! these recipients are held back until somebody has looked.

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::campaigns::NewRecipient;
use domain::form::grouped;
use domain::{CampaignId, RecipientId, Refusal};

use super::sql;
use crate::error::Result;

/// Names that a sentence tells.
const TOLD: usize = 5;

/// Recipients that are read at once.
const PAGE: i64 = 2_000;

/// Names with letters that no font has: the first of them, how many there are, and the letters.
#[derive(Default)]
pub(super) struct Boxes {
    first: Vec<String>,
    count: usize,
    missing: String,
}

impl Boxes {
    pub(super) fn of(recipients: &[NewRecipient]) -> Self {
        let mut boxes = Self::default();
        for recipient in recipients {
            let values: String = recipient.columns.values().map(String::as_str).collect();
            boxes.look_at(&recipient.name, &values);
        }
        boxes
    }

    /// Those of a campaign: its title and everybody who is sent something when it starts.
    pub(super) async fn of_campaign(conn: &mut Conn, id: CampaignId, title: &str) -> Result<Self> {
        let mut boxes = Self::default();
        boxes.look_at(title, "");
        let mut after = uuid::Uuid::nil();
        loop {
            let rows = sql::to_be_drawn(conn, id, after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(boxes) };
            after = last.id.0;
            for row in &rows {
                boxes.look_at(&row.name, &row.columns);
            }
        }
    }

    /// That of one recipient of a campaign.
    pub(super) fn of_one(campaign: &sql::Campaign, recipient: &sql::Recipient) -> Self {
        let mut boxes = Self::default();
        boxes.look_at(&campaign.title, "");
        boxes.look_at(&recipient.name, &recipient.columns);
        boxes
    }

    fn look_at(&mut self, name: &str, values: &str) {
        let missing = missing(name, values);
        if missing.is_empty() {
            return;
        }
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push(format!("{name} ({missing})"));
        }
        let new: Vec<char> = missing
            .chars()
            .filter(|one| !self.missing.contains(*one))
            .collect();
        self.missing.extend(new);
    }

    /// What is said about them, the fonts that would help, and what else whoever asked can do.
    pub(super) fn sentence(&self, way: &str) -> Option<String> {
        if self.count == 0 {
            return None;
        }
        let more = match self.count - self.first.len() {
            0 => String::new(),
            more => format!(" and {} more", grouped(i64::try_from(more).unwrap_or(i64::MAX))),
        };
        let packs = credentials::rendering::packs(&self.missing);
        let fonts = match packs.as_slice() {
            [] => "a font that has them".to_owned(),
            packs => packs.join(", "),
        };
        Some(format!(
            "No font has all letters of {}{more}: boxes would be drawn. Add {fonts} to the fonts of the data folder, or {way}",
            self.first.join(", ")
        ))
    }
}

/// The letters of a name, and of the values that stand beside it, that no font has. Values are looked at as they are kept:
/// what they are called has letters that every font has, or stands in no design.
pub(super) fn missing(name: &str, values: &str) -> String {
    credentials::rendering::undrawable(&format!("{name}{values}"))
}

/// Holds back everybody of a campaign who was sent nothing yet and whose certificate would have boxes; says how many.
pub(super) async fn hold(tx: &mut WriteTx, campaign: &sql::Campaign, now: DateTime<Utc>) -> Result<usize> {
    let titled = missing(&campaign.title, "");
    let (mut held, mut after) = (0, uuid::Uuid::nil());
    loop {
        let rows = sql::to_be_drawn(tx, campaign.id, after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(held) };
        after = last.id.0;
        let ids: Vec<RecipientId> = rows
            .iter()
            .filter(|row| !titled.is_empty() || !missing(&row.name, &row.columns).is_empty())
            .map(|row| row.id)
            .collect();
        sql::hold(tx, &ids, now).await?;
        held += ids.len();
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
        assert!(sentence.contains("Add Noto Sans SC to the fonts"), "{sentence}");
        let many = vec![recipient("山田"); 8];
        let sentence = Boxes::of(&many).sentence("go on.").expect("a sentence");
        assert!(sentence.contains("and 3 more"), "{sentence}");
    }
}
