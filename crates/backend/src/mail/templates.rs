//! The texts of mails, written by those who send them: seen, tried with the values of a real mail, saved, taken back.

use std::collections::{BTreeMap, BTreeSet};

use database::Conn;
use domain::mail::{TemplateForm, TemplatePreview, TemplateRow, TemplateView, VariableView, is_language};
use domain::{CampaignId, OrganisationId, Permission, Problems, Refusal};
use serde_json::{Value, json};
use uuid::Uuid;

use super::letter::Letter;
use super::letterhead::Look;
use super::texts::{self, Frame, Source};
use super::{Mail, Template, sql};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;

/// The language of the built-in texts, which everybody gets who has no other one.
const BUILT_IN: &str = "en";

/// What a text is called: what kind of mail it is for, and the campaign if it is for one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextKey {
    template: Template,
    campaign: Option<CampaignId>,
}

impl TextKey {
    /// The text behind a word: `claim_link`, or `claim_link@` and the id of a campaign.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let (template, campaign) = match word.split_once('@') {
            Some((template, id)) => (template, Some(id.parse().ok()?)),
            None => (word, None),
        };
        let template = Template::from_key(template)?;
        (campaign.is_none() || template.is_of_campaign()).then_some(Self { template, campaign })
    }

    /// The campaign that it is for alone.
    pub(crate) fn campaign(self) -> Option<CampaignId> {
        self.campaign
    }

    /// The word in the database and in addresses.
    fn word(self) -> String {
        match self.campaign {
            Some(campaign) => format!("{}@{campaign}", self.template.key()),
            None => self.template.key().to_owned(),
        }
    }
}

/// A text that counts.
pub(super) struct Chosen {
    pub id: Option<Uuid>,
    pub language: String,
    pub source: Source,
}

/// What a letter is made of.
pub(super) struct Content<'a> {
    pub template: Template,
    pub facts: &'a Value,
    pub reader: &'a str,
    pub link: Option<&'a str>,
    pub look: &'a Look,
    /// Whether it goes out; otherwise somebody looks at it.
    pub is_sent: bool,
}

/// The text for a reader: in their language, else the organisation's, else the built-in one. In each language that of the
/// campaign, which the facts name, goes before that of the organisation.
pub(super) async fn choose(
    conn: &mut Conn,
    organisation: OrganisationId,
    template: Template,
    facts: &Value,
    languages: [Option<&str>; 2],
) -> Result<Chosen> {
    let campaign = facts.get("campaign").and_then(Value::as_str);
    let of_campaign = campaign
        .filter(|_| template.is_of_campaign())
        .and_then(|id| id.parse().ok())
        .map(|id| TextKey {
            template,
            campaign: Some(id),
        });
    let of_all = TextKey {
        template,
        campaign: None,
    };
    let languages = languages.into_iter().flatten().chain([BUILT_IN]);
    for language in languages.flat_map(closest) {
        for key in of_campaign.into_iter().chain([of_all]) {
            if let Some(text) = sql::newest_text(conn, organisation, &key.word(), &language).await?
                && let Some(source) = text.source()
            {
                return Ok(Chosen {
                    id: Some(text.id),
                    language,
                    source,
                });
            }
        }
    }
    Ok(built_in(template))
}

/// A language and those that its readers understand, too: anyone who reads `de-AT` reads `de`.
fn closest(language: &str) -> Vec<String> {
    let mut languages = Vec::new();
    let mut rest = domain::mail::language(language);
    while let Some(language) = rest {
        rest = language.rsplit_once('-').map(|(wider, _)| wider.to_owned());
        // A text may have been saved under `pt-br`.
        let small = language.to_ascii_lowercase();
        let is_other = small != language;
        languages.push(language);
        languages.extend(is_other.then_some(small));
    }
    languages
}

/// The text that a mail was sent with.
pub(super) async fn sent_with(
    conn: &mut Conn,
    organisation: OrganisationId,
    template: Template,
    id: Option<Uuid>,
) -> Result<Chosen> {
    let Some(id) = id else {
        return Ok(built_in(template));
    };
    let text = sql::text(conn, organisation, id).await?;
    Ok(text
        .and_then(|text| {
            Some(Chosen {
                source: text.source()?,
                id: Some(id),
                language: text.language,
            })
        })
        .unwrap_or_else(|| built_in(template)))
}

fn built_in(template: Template) -> Chosen {
    Chosen {
        id: None,
        language: BUILT_IN.into(),
        source: template.built_in(),
    }
}

/// Makes a letter. A text of the organisation's own that does not work with these values gives way to the built-in one.
pub(super) fn letter(chosen: &Chosen, content: &Content<'_>) -> std::result::Result<Letter, String> {
    let values = values(content);
    let frame = |language| match content.is_sent {
        true => Frame::sent(language, content.look),
        false => Frame::looked_at(language, content.look),
    };
    let own = texts::write(
        content.template,
        &chosen.source,
        &values,
        &frame(&chosen.language),
    );
    own.or_else(|(part, problem)| {
        tracing::warn!(
            template = content.template.key(),
            part,
            problem,
            "a text of mails does not work"
        );
        texts::write(
            content.template,
            &content.template.built_in(),
            &values,
            &frame(BUILT_IN),
        )
    })
    .map_err(|(part, problem)| format!("its text does not work ({part}): {problem}"))
}

fn values(content: &Content<'_>) -> BTreeMap<String, String> {
    let facts = content.facts.as_object().into_iter().flatten();
    let mut values: BTreeMap<String, String> = facts
        .map(|(name, fact)| (name.clone(), fact.as_str().unwrap_or_default().to_owned()))
        .collect();
    let columns = content.facts.get("columns").and_then(Value::as_object);
    for (name, value) in columns.into_iter().flatten() {
        let value = value.as_str().unwrap_or_default().to_owned();
        values.insert(format!("{}{name}", texts::COLUMN), value);
    }
    values.insert("reader".into(), content.reader.to_owned());
    values.insert("link".into(), content.link.unwrap_or_default().to_owned());
    values
}

/// The text behind a key, and the language as it is written, however it was typed.
fn known(key: &str, typed: &str) -> Result<(TextKey, String)> {
    let language = if is_language(typed) {
        Some(typed.to_owned())
    } else {
        domain::mail::language(typed)
    };
    TextKey::parse(key)
        .zip(language)
        .ok_or_else(|| Refusal::NotFound.into())
}

fn source(form: &TemplateForm) -> Source {
    Source {
        subject: domain::form::text(form.subject.trim()),
        html: domain::form::text(&form.html),
        text: domain::form::text(&form.text),
    }
}

fn problems_of(template: Template, source: &Source, columns: &BTreeSet<String>) -> Problems {
    let mut problems = Problems::default();
    for (part, sentence) in texts::problems(template, source, columns) {
        problems.add(part, sentence);
    }
    problems
}

impl Mail<'_> {
    /// All texts, each in the languages in which there is one; those that a campaign may have of its own.
    ///
    /// # Errors
    /// Forbidden.
    pub(crate) async fn texts(
        &self,
        caller: &Caller,
        campaign: Option<CampaignId>,
    ) -> Result<Vec<TemplateRow>> {
        caller.may(Permission::MailsRead)?;
        let mut conn = self.0.db.read().await?;
        let own = sql::newest_texts(&mut conn, caller.organisation()).await?;
        let times = self.times(caller);
        let mut rows = Vec::new();
        let wanted = Template::ALL
            .into_iter()
            .filter(|template| campaign.is_none() || template.is_of_campaign());
        for template in wanted {
            let key = TextKey { template, campaign };
            let word = key.word();
            let mut languages = vec![BUILT_IN.to_owned()];
            let texts = own
                .iter()
                .filter(|text| text.template == word && text.subject.is_some());
            languages.extend(
                texts
                    .map(|text| text.language.clone())
                    .filter(|other| other != BUILT_IN),
            );
            for language in languages {
                let saved = own
                    .iter()
                    .find(|text| text.template == word && text.language == language && text.subject.is_some())
                    .map(|text| times.when(text.saved_at));
                rows.push(row(key, language, saved));
            }
        }
        Ok(rows)
    }

    /// A text with all that its editor needs. In a language that has none yet, it begins with the built-in one. `columns`
    /// are those that recipients have.
    ///
    /// # Errors
    /// Forbidden; not found: no such text or language.
    pub(crate) async fn text_with(
        &self,
        caller: &Caller,
        key: &str,
        language: &str,
        columns: &BTreeSet<String>,
    ) -> Result<TemplateView> {
        caller.may(Permission::MailsRead)?;
        let (key, language) = known(key, language)?;
        let (template, organisation) = (key.template, caller.organisation());
        let mut conn = self.0.db.read().await?;
        let text = sql::newest_text(&mut conn, organisation, &key.word(), &language).await?;
        let own = text.and_then(|text| Some((self.times(caller).when(text.saved_at), text.source()?)));
        let (saved, source) = match own {
            Some((saved, source)) => (Some(saved), source),
            // A campaign begins with what it would say without a text of its own.
            None if key.campaign.is_some() => {
                let languages = [Some(language.as_str()), None];
                let facts = Value::Null;
                let chosen = choose(&mut conn, organisation, template, &facts, languages).await?;
                (None, chosen.source)
            }
            None => (None, template.built_in()),
        };
        Ok(TemplateView {
            row: row(key, language, saved),
            form: TemplateForm {
                subject: source.subject,
                html: source.html,
                text: source.text,
            },
            variables: variables(template, columns),
        })
    }

    /// Saves a text of one's own.
    ///
    /// # Errors
    /// Forbidden; not found; refused at `subject`, `html` or `text`.
    pub(crate) async fn save_text_with(
        &self,
        caller: &Caller,
        key: &str,
        language: &str,
        form: &TemplateForm,
        columns: &BTreeSet<String>,
    ) -> Result<()> {
        caller.may_everywhere(Permission::MailsManage)?;
        let (key, language) = known(key, language)?;
        let source = source(form);
        problems_of(key.template, &source, columns).into_result()?;
        self.put(caller, key, &language, Some(&source)).await
    }

    /// Goes back to the built-in text.
    ///
    /// # Errors
    /// Forbidden; not found.
    pub(crate) async fn reset_text(&self, caller: &Caller, key: &str, language: &str) -> Result<()> {
        caller.may_everywhere(Permission::MailsManage)?;
        let (key, language) = known(key, language)?;
        self.put(caller, key, &language, None).await
    }

    async fn put(
        &self,
        caller: &Caller,
        key: TextKey,
        language: &str,
        source: Option<&Source>,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let new = sql::NewText {
            id: self.0.random.id(now),
            organisation: caller.organisation(),
            template: &key.word(),
            language,
            source,
            author: caller.person(),
            now,
        };
        sql::insert_text(&mut tx, new).await?;
        let entry = Entry {
            facts: json!({ "name": key.template.name(), "language": language, "campaign": key.campaign }),
            ..Entry::new(Event::MailTextChanged)
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }

    /// What a text that is being written looks like, with the values of the newest mail of its kind; and its HTML.
    ///
    /// # Errors
    /// Forbidden; not found.
    pub(crate) async fn preview_text_with(
        &self,
        caller: &Caller,
        key: &str,
        language: &str,
        form: &TemplateForm,
        columns: &BTreeSet<String>,
    ) -> Result<(TemplatePreview, String)> {
        caller.may(Permission::MailsRead)?;
        let (key, language) = known(key, language)?;
        let (template, language) = (key.template, language.as_str());
        let source = source(form);
        let mut conn = self.0.db.read().await?;
        let real = self.newest_of(&mut conn, caller, template).await?;
        let (values_of, mut values) =
            real.unwrap_or_else(|| ("Sample values".to_owned(), template.samples(true)));
        for (name, sample) in template.samples(true) {
            values.entry(name).or_insert(sample);
        }
        let (look, _) = self.look_of(&mut conn, caller.organisation()).await?;
        let frame = Frame::looked_at(language, &look);
        let mut problems = problems_of(template, &source, columns);
        let letter = match texts::write(template, &source, &values, &frame) {
            Ok(letter) => letter,
            Err((part, problem)) => {
                if problems.at(part).is_none() {
                    problems.add(part, problem);
                }
                Letter::default()
            }
        };
        let preview = TemplatePreview {
            subject: letter.subject,
            text: letter.text,
            values_of,
            problems,
        };
        Ok((preview, letter.html))
    }

    /// The values of the newest mail with a text, and whose they are. Its link is not among them.
    async fn newest_of(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        template: Template,
    ) -> Result<Option<(String, BTreeMap<String, String>)>> {
        let row = super::outbox::newest_of(conn, &caller.scope, template.key()).await?;
        Ok(row.map(|row| {
            let facts: Value = serde_json::from_str(&row.facts).unwrap_or_default();
            let mut values = values(&Content {
                template,
                facts: &facts,
                reader: &row.to_name,
                link: None,
                look: &Look::default(),
                is_sent: false,
            });
            values.remove("link");
            (format!("Values of the mail to {}", row.to_address), values)
        }))
    }
}

fn variables(template: Template, columns: &BTreeSet<String>) -> Vec<VariableView> {
    let own = template.variables().iter().map(|variable| VariableView {
        name: variable.name.into(),
        meaning: variable.meaning.into(),
        required: variable.required,
    });
    let columns = columns.iter().filter(|_| template.has_columns());
    let columns = columns.map(|column| VariableView {
        name: format!("{}{column}", texts::COLUMN),
        meaning: "A column that recipients were imported with; blank for those without it".into(),
        required: false,
    });
    own.chain(columns).collect()
}

fn row(key: TextKey, language: String, saved: Option<domain::When>) -> TemplateRow {
    TemplateRow {
        key: key.word(),
        name: key.template.name().into(),
        language,
        saved,
    }
}

impl sql::Text {
    fn source(&self) -> Option<Source> {
        Some(Source {
            subject: self.subject.clone()?,
            html: self.html.clone()?,
            text: self.text.clone()?,
        })
    }
}
