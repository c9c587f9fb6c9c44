//! How long the Token Manager's lists take, in a database with few codes and in one with many.
//!
//! Everything goes through the same use cases that the pages call, on SQLite. Each question is asked of both
//! databases in turn, so that whatever else the machine does slows both alike.

use std::path::Path;
use std::time::{Duration, Instant};

use bench::Outcome;
use domain::access_tokens::{CodeQuery, TokenOrder, TokenQuery, TokenType};
use domain::page::PAGE_ROWS;
use domain::{Cursor, TokenId};
use serde_json::{Value, json};

use super::prepared::{Prepared, place};

/// Asks the lists of two prepared databases; the median of the tries counts.
pub async fn ask(few: &Path, many: &Path, tries: usize) -> Outcome<Value> {
    let few = Shelf::open(few).await?;
    let many = Shelf::open(many).await?;
    let mut answers = Vec::new();
    for (of_few, of_many) in few.questions().await?.iter().zip(&many.questions().await?) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for _ in 0..tries {
            before.push(few.time(of_few).await?);
            after.push(many.time(of_many).await?);
        }
        answers.push(json!({
            "what": of_few.what,
            "is_page": of_few.is_page,
            "few_ms": median(before),
            "many_ms": median(after),
        }));
    }
    Ok(json!({ "questions": answers }))
}

/// The median, in milliseconds.
pub fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// A prepared database, and what is looked for in it.
struct Shelf {
    prepared: Prepared,
    multi: TokenId,
    /// A code of the multi token, and the part of it that lists show.
    code: String,
    hint: String,
}

/// What somebody may ask of a list.
struct Question {
    what: String,
    /// Whether it is a page of a list without a search.
    is_page: bool,
    asked: Asked,
}

enum Asked {
    Tokens(TokenQuery),
    Codes(CodeQuery),
}

impl Shelf {
    async fn open(folder: &Path) -> Outcome<Self> {
        let prepared = Prepared::open(folder, place(folder, None)?).await?;
        let (tokens, owner) = (prepared.backend.access_tokens(), &prepared.owner);
        let query = TokenQuery {
            token_type: Some(TokenType::Multi),
            ..TokenQuery::default()
        };
        let multi = tokens.list(owner, &query).await?.rows;
        let multi = multi.first().ok_or("there is a multi token")?.id;
        let codes = tokens.codes(owner, multi, &CodeQuery::default()).await?.rows;
        let code = codes.get(7).ok_or("there are eight codes")?;
        let (code, hint) = (tokens.share(owner, code.id).await?.code, code.hint.clone());
        Ok(Self {
            prepared,
            multi,
            code,
            hint,
        })
    }

    async fn time(&self, question: &Question) -> Outcome<Duration> {
        let (tokens, owner) = (self.prepared.backend.access_tokens(), &self.prepared.owner);
        let started = Instant::now();
        match &question.asked {
            Asked::Tokens(query) => drop(tokens.list(owner, query).await?),
            Asked::Codes(query) => drop(tokens.codes(owner, self.multi, query).await?),
        }
        Ok(started.elapsed())
    }

    async fn questions(&self) -> Outcome<Vec<Question>> {
        let mut questions = self.pages().await?;
        questions.extend(self.searches());
        questions.extend(self.of_codes().await?);
        Ok(questions)
    }

    /// The first page and the one in the middle, in each order, both ways.
    async fn pages(&self) -> Outcome<Vec<Question>> {
        let mut questions = Vec::new();
        for order in TokenOrder::ALL {
            for descending in [false, true] {
                let query = TokenQuery {
                    order,
                    descending,
                    ..TokenQuery::default()
                };
                let way = if descending { "down" } else { "up" };
                let middle = TokenQuery {
                    after: self.middle(&query).await?,
                    ..query.clone()
                };
                for (which, query) in [("first page", query), ("page in the middle", middle)] {
                    questions.push(Question {
                        what: format!("{which} by {}, {way}", order.label()),
                        is_page: true,
                        asked: Asked::Tokens(query),
                    });
                }
            }
        }
        Ok(questions)
    }

    async fn middle(&self, query: &TokenQuery) -> Outcome<Option<Cursor>> {
        let (tokens, owner) = (self.prepared.backend.access_tokens(), &self.prepared.owner);
        let pages = usize::try_from(tokens.count_all(owner, query).await?)? / PAGE_ROWS;
        let mut query = query.clone();
        for _ in 0..pages / 2 {
            match tokens.list(owner, &query).await?.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        Ok(query.after)
    }

    fn searches(&self) -> Vec<Question> {
        self.typed()
            .into_iter()
            .chain([
                ("search by a rare name", "intake 7"),
                ("search by a word that fits nearly all", "intake"),
                ("search by the collection's title", "safety"),
                ("search that finds nothing", "zebra"),
            ])
            .map(|(what, typed)| Question {
                what: what.into(),
                is_page: false,
                asked: Asked::Tokens(TokenQuery {
                    search: typed.into(),
                    ..TokenQuery::default()
                }),
            })
            .collect()
    }

    async fn of_codes(&self) -> Outcome<Vec<Question>> {
        let (tokens, owner) = (self.prepared.backend.access_tokens(), &self.prepared.owner);
        let codes = tokens.get(owner, self.multi).await?.limit.unwrap_or_default();
        let middle = CodeQuery {
            after: Some(Cursor((codes / 2).to_string())),
            ..CodeQuery::default()
        };
        let mut questions = Vec::new();
        for (what, query) in [
            ("first page", CodeQuery::default()),
            ("page in the middle", middle),
        ] {
            questions.push(Question {
                what: format!("codes: {what}"),
                is_page: true,
                asked: Asked::Codes(query),
            });
        }
        for (what, typed) in self.typed() {
            questions.push(Question {
                what: format!("codes: {what}"),
                is_page: false,
                asked: Asked::Codes(CodeQuery {
                    search: typed.into(),
                    ..CodeQuery::default()
                }),
            });
        }
        Ok(questions)
    }

    /// What one may type to find a code.
    fn typed(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("search by a code", &self.code),
            ("search by its shown part", &self.hint),
            ("search by e-mail", "crew7."),
        ]
    }
}
