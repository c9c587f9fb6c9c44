//! Sample data, created through the same use cases that people use.
//!
//! It is created as it would have happened: a backend with its own clock starts ninety-five days ago and moves up to
//! now, so that dates, histories and orders are those of an organisation that has been at work.

mod content;
mod dice;
mod systems;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::access_tokens::{CodeQuery, CodeRow, EditTokenForm, NewTokenForm, TokenRow};
use domain::collections::{CollectionForm, CollectionState, ItemForm};
use domain::organisations::SetUp;
use domain::recipients::RedeemForm;
use domain::{CollectionId, EmailAddress, Refusal};

use crate::caller::{Caller, Client};
use crate::clock::Clock;
use crate::error::Result;
use crate::recipients::Redeemed;
use crate::secret::Secret;
use crate::{Backend, Fault};
use content::{COLLECTIONS, FIRST_NAMES, LAST_NAMES, TOKEN_NAMES};
use dice::Dice;
use systems::Systems;

/// The number of days that the sample data covers.
const DAYS: i64 = 95;

/// People who were given access.
const PEOPLE: usize = 400;

/// How to sign in to the sample organisation.
pub struct DemoSignIn {
    /// The address.
    pub email: EmailAddress,
    /// The password, new for each run.
    pub password: Secret,
}

impl Backend {
    /// Fills an empty database with sample data.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] when there is an organisation already: sample data is not mixed with real data.
    pub async fn fill_with_demo(&self) -> Result<DemoSignIn> {
        if !self.organisations().set_up_needed().await? {
            let sentence = "This database has an organisation already. The example needs an empty one.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let end = self.clock.now();
        let then = self.at(Clock::standing_at(end - TimeDelta::days(DAYS)));
        Story {
            backend: then,
            end,
            dice: Dice::new(),
            people: Vec::new(),
        }
        .tell()
        .await
    }

    /// The same backend at another time.
    fn at(&self, clock: Clock) -> Self {
        Self::new(
            self.db.clone(),
            clock,
            self.random,
            self.keys.clone(),
            self.settings.clone(),
        )
    }
}

struct Story {
    backend: Backend,
    end: DateTime<Utc>,
    dice: Dice,
    people: Vec<(String, EmailAddress)>,
}

impl Story {
    async fn tell(mut self) -> Result<DemoSignIn> {
        let (ada, sign_in) = self.organisation().await?;
        let collections = self.collections(&ada).await?;
        self.people = (0..PEOPLE).map(|n| self.person(n)).collect::<Result<_>>()?;
        let big = self.big_multi(&ada, collections[1]).await?;
        let tokens = self.tokens(&ada, &collections).await?;
        let mut systems = Systems::make(&self.backend, &ada, &self.people).await?;
        self.uses(&ada, &big, &tokens, &mut systems).await?;
        self.endings(&ada, &tokens).await?;
        systems.endings(&self.backend, &ada).await?;
        Ok(sign_in)
    }

    fn now(&self) -> DateTime<Utc> {
        self.backend.clock.now()
    }

    fn date(&self, days_from_end: i64) -> String {
        let date: NaiveDate = (self.end + TimeDelta::days(days_from_end)).date_naive();
        date.format("%Y-%m-%d").to_string()
    }

    /// Moves the clock on to a share of the period, never back.
    fn walk_to(&self, days_before_end: f64) {
        let target = self.end - TimeDelta::seconds((days_before_end * 86_400.0) as i64);
        if target > self.now() {
            self.backend.clock.advance(target - self.now());
        }
    }

    async fn organisation(&self) -> Result<(Caller, DemoSignIn)> {
        let email: EmailAddress = "ada@example.org".parse().map_err(Fault::new)?;
        let password = Secret::new(self.backend.random.secret().reveal()[..20].to_owned());
        let new = SetUp {
            organisation: "Kōwhai Training".into(),
            time_zone: "Pacific/Auckland".into(),
            name: "Ada Quist".into(),
            email: email.clone(),
            password: password.reveal().to_owned(),
        };
        self.backend.organisations().create(&new).await?;
        let form = domain::people::SignInForm {
            email: email.to_string(),
            password: password.reveal().to_owned(),
            ..domain::people::SignInForm::default()
        };
        let client = Client::default();
        let crate::people::SignIn::Done(session) = self.backend.people().sign_in(&form, &client).await?
        else {
            return Err(Fault::new("the example's owner could not sign in").into());
        };
        let ada = self.backend.people().caller(&session.secret, &client).await?;
        self.backend.people().sign_out(&session.secret).await?;
        let ada = ada.ok_or_else(|| Fault::new("the example's owner could not sign in"))?;
        Ok((ada, DemoSignIn { email, password }))
    }

    async fn collections(&self, ada: &Caller) -> Result<Vec<CollectionId>> {
        let mut made = Vec::new();
        for collection in COLLECTIONS {
            let view = self.backend.collections().create(ada, collection.title).await?;
            let form = CollectionForm {
                title: collection.title.into(),
                summary: collection.summary.into(),
                colour: collection.colour.into(),
                emoji: collection.emoji.into(),
            };
            self.backend.collections().update(ada, view.id, &form).await?;
            for (item_type, title, content) in collection.items {
                let form = ItemForm {
                    item_type: (*item_type).into(),
                    title: (*title).into(),
                    text: if *item_type == "page" {
                        (*content).into()
                    } else {
                        String::new()
                    },
                    url: if *item_type == "link" {
                        (*content).into()
                    } else {
                        String::new()
                    },
                };
                self.backend.collections().add_item(ada, view.id, &form).await?;
            }
            self.backend
                .collections()
                .set_state(ada, view.id, CollectionState::Published)
                .await?;
            self.backend.clock.advance(TimeDelta::hours(2));
            made.push(view.id);
        }
        Ok(made)
    }

    fn person(&self, n: usize) -> Result<(String, EmailAddress)> {
        let (first, last) = (
            FIRST_NAMES[n % FIRST_NAMES.len()],
            LAST_NAMES[n / FIRST_NAMES.len() % LAST_NAMES.len()],
        );
        let plain = |name: &str| crate::words::fold(name).replace(|c: char| !c.is_ascii_alphanumeric(), "");
        let email = format!("{}.{}@example.org", plain(first), plain(last));
        Ok((format!("{first} {last}"), email.parse().map_err(Fault::new)?))
    }

    async fn big_multi(&self, ada: &Caller, collection: CollectionId) -> Result<TokenRow> {
        let form = NewTokenForm {
            name: "Contractors 2027".into(),
            token_type: "multi".into(),
            no_of_tokens: "5000".into(),
            expires: self.date(220),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let row = self.backend.access_tokens().create(ada, &form).await?;
        while self.backend.jobs().run_one_slice().await? {}
        Ok(row)
    }

    /// Sixty tokens, created over the weeks.
    async fn tokens(&mut self, ada: &Caller, collections: &[CollectionId]) -> Result<Vec<TokenRow>> {
        let mut made = Vec::new();
        for (n, name) in TOKEN_NAMES.iter().enumerate() {
            let single = n % 4 != 3;
            let (limit, codes) = (
                self.dice.pick(&["", "5", "12", "40", "200"]),
                self.dice.pick(&["8", "25", "60"]),
            );
            let form = NewTokenForm {
                name: (*name).into(),
                token_type: if single { "single" } else { "multi" }.into(),
                usage_limit: if single { limit.into() } else { String::new() },
                no_of_tokens: if single { String::new() } else { codes.into() },
                starts: if n % 15 == 7 {
                    self.date(20 + i64::try_from(n).unwrap_or(0))
                } else {
                    String::new()
                },
                expires: if n % 3 == 0 {
                    String::new()
                } else {
                    self.date(60 + 5 * i64::try_from(n).unwrap_or(0))
                },
                collection: collections[n % collections.len()].to_string(),
            };
            made.push(self.backend.access_tokens().create(ada, &form).await?);
            self.backend.clock.advance(TimeDelta::minutes(97));
        }
        Ok(made)
    }

    /// People use what they were given, day by day.
    async fn uses(
        &mut self,
        ada: &Caller,
        big: &TokenRow,
        tokens: &[TokenRow],
        systems: &mut Systems,
    ) -> Result<()> {
        let mut codes = self.codes(ada, big, 2 * PEOPLE).await?.into_iter();
        for n in 0..PEOPLE {
            self.walk_to(90.0 * (1.0 - n as f64 / PEOPLE as f64));
            let (name, email) = self.people[n].clone();
            let assigned: Vec<CodeRow> = codes.by_ref().take(2).collect();
            for (place, code) in assigned.iter().enumerate() {
                let to = if place == 0 {
                    email.clone()
                } else {
                    self.someone(n, place)?
                };
                self.backend
                    .access_tokens()
                    .assign(ada, code.id, to.as_str())
                    .await?;
            }
            if let Some(code) = assigned.first() {
                self.redeem(code.id, &name, &email).await?;
            }
            let token = &tokens[self.dice.below(tokens.len())];
            let id = match token.hint {
                Some(_) => Some(token.id),
                None => self.first_free(ada, token).await?,
            };
            if let Some(id) = id {
                self.redeem(id, &name, &email).await?;
            }
            systems.work(&self.backend, ada, &mut self.dice).await?;
            self.backend.clock.advance(TimeDelta::minutes(11));
        }
        Ok(())
    }

    fn someone(&self, n: usize, place: usize) -> Result<EmailAddress> {
        format!("crew{}.{place}@example.net", n + 1)
            .parse()
            .map_err(|error: domain::email::BadEmail| Fault::new(error).into())
    }

    async fn codes(&self, ada: &Caller, token: &TokenRow, most: usize) -> Result<Vec<CodeRow>> {
        let mut codes = Vec::new();
        let mut query = CodeQuery::default();
        while codes.len() < most {
            let page = self.backend.access_tokens().codes(ada, token.id, &query).await?;
            codes.extend(page.rows);
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        codes.truncate(most);
        Ok(codes)
    }

    async fn first_free(&self, ada: &Caller, token: &TokenRow) -> Result<Option<domain::TokenId>> {
        let query = CodeQuery {
            show: domain::access_tokens::CodeFilter::Free,
            ..CodeQuery::default()
        };
        let page = self.backend.access_tokens().codes(ada, token.id, &query).await?;
        Ok(page.rows.first().map(|code| code.id))
    }

    async fn redeem(&self, id: domain::TokenId, name: &str, email: &EmailAddress) -> Result<()> {
        let mut conn = self.backend.db.read().await?;
        let code = crate::tokens::reveal(&mut conn, &self.backend, id)
            .await?
            .into_code()?;
        drop(conn);
        let form = RedeemForm {
            name: name.into(),
            email: email.to_string(),
        };
        let key = id.to_string();
        let redeemed = self
            .backend
            .recipients()
            .redeem(code.reveal(), &form, &key, None, &Client::default())
            .await?;
        if let Redeemed::Done {
            collection,
            session: Some(session),
            ..
        } = redeemed
        {
            self.open_some(&session.secret, collection).await?;
            self.backend.people().sign_out(&session.secret).await?;
        }
        Ok(())
    }

    /// People open some items of the collections that they have.
    async fn open_some(&self, session: &Secret, collection: CollectionId) -> Result<()> {
        let Some(recipient) = self
            .backend
            .people()
            .recipient(session, &Client::default())
            .await?
        else {
            return Ok(());
        };
        let page = self
            .backend
            .recipients()
            .my_collection(&recipient, collection)
            .await?;
        let opened = usize::from(recipient.name.len().is_multiple_of(2)) + recipient.name.len() % 4;
        for item in page.items.iter().take(opened) {
            self.backend
                .recipients()
                .mark_opened(&recipient, collection, item.item.id)
                .await?;
        }
        Ok(())
    }

    /// Some tokens have ended, or are suspended or deleted by now.
    async fn endings(&mut self, ada: &Caller, tokens: &[TokenRow]) -> Result<()> {
        let access = self.backend.access_tokens();
        self.walk_to(2.0);
        for (n, token) in tokens.iter().enumerate() {
            match n % 20 {
                2 | 9 | 14 => {
                    let form = EditTokenForm {
                        name: token.name.clone(),
                        expires: self.date(-1 - i64::try_from(n).unwrap_or(0) / 3),
                        usage_limit: token
                            .limit
                            .filter(|_| token.hint.is_some())
                            .map(|n| n.to_string())
                            .unwrap_or_default(),
                        starts: String::new(),
                    };
                    access.edit(ada, token.id, &form).await?;
                }
                5 => drop(access.suspend(ada, token.id).await?),
                11 => drop(access.revoke(ada, token.id).await?),
                17 => drop(access.delete(ada, token.id).await?),
                _ => {}
            }
            self.backend.clock.advance(TimeDelta::minutes(3));
        }
        self.walk_to(0.0);
        self.backend.upkeep().sweep().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::access_tokens::{TokenList, TokenQuery};
    use domain::people::{PeopleQuery, SignInForm};

    use crate::testing::on_each_engine;
    use crate::{Client, Error};

    #[tokio::test]
    async fn the_example_is_lively_and_its_books_agree() {
        on_each_engine(async |world| {
            let backend = &world.backend;
            let sign_in = backend.fill_with_demo().await.expect("an example");

            let form = SignInForm {
                email: sign_in.email.to_string(),
                password: sign_in.password.reveal().to_owned(),
                ..SignInForm::default()
            };
            let client = Client::default();
            let Ok(crate::people::SignIn::Done(session)) = backend.people().sign_in(&form, &client).await
            else {
                panic!("not signed in")
            };
            let ada = backend
                .people()
                .caller(&session.secret, &client)
                .await
                .expect("looked up")
                .expect("there");
            let tokens = backend.access_tokens();
            let count = async |list| {
                tokens
                    .count(
                        &ada,
                        &TokenQuery {
                            list,
                            ..TokenQuery::default()
                        },
                    )
                    .await
                    .expect("a count")
            };
            let (active, expired, deleted) = (
                count(TokenList::Active).await,
                count(TokenList::Expired).await,
                count(TokenList::Deleted).await,
            );
            assert_eq!(active + expired + deleted, 61);
            assert!(
                active > 30 && expired > 10 && deleted >= 3,
                "{active} {expired} {deleted}"
            );
            assert!(
                backend
                    .people()
                    .count(&ada, &PeopleQuery::default())
                    .await
                    .expect("a count")
                    >= 400
            );
            let (programs, pages) = (backend.api_tokens(), backend.page_tokens());
            assert!(programs.count(&ada, &Default::default()).await.expect("a count") >= 4);
            assert!(pages.count(&ada, &Default::default()).await.expect("a count") >= 2);
            let campaigns = backend
                .campaigns()
                .list(&ada, &Default::default())
                .await
                .expect("a page");
            assert!(campaigns.rows.iter().any(|row| row.claimed > 20));
            assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
            assert!(matches!(backend.fill_with_demo().await, Err(Error::Refused(_))));
        })
        .await;
    }
}
