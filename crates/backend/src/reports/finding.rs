//! The search by name from anywhere, and the first steps of an organisation.

use domain::Permission;
use domain::access_tokens::{TokenList, TokenQuery};
use domain::collections::{CollectionQuery, CollectionState};
use domain::finding::{FirstSteps, Found, Which, rank};
use domain::people::PeopleQuery;

use super::Reports;
use crate::error::Result;
use crate::{Caller, words};

/// How many of each are shown: for more, people go on to the list.
const OF_EACH: usize = 5;

/// How many of each are looked at, to show those that fit best.
const LOOKED_AT: u16 = 50;

impl Reports<'_> {
    /// Active tokens, collections and people that match what was typed, as far as the caller may see them: those whose
    /// names fit best first. An empty search finds nothing.
    ///
    /// # Errors
    /// Only when the database fails: what the caller may not see is simply not found.
    pub async fn find(&self, caller: &Caller, typed: &str) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let search = typed.trim().to_owned();
        if search.is_empty() {
            return Ok(found);
        }
        let folded = words::fold(&search);
        let fits = |one: &Found| rank(&words::fold(&one.name), &folded);
        let mut add = |mut some: Vec<Found>| {
            some.sort_by_key(fits);
            some.truncate(OF_EACH);
            found.extend(some);
        };
        if caller.full_tokens && caller.may(Permission::TokensRead).is_ok() {
            let query = TokenQuery {
                search: search.clone(),
                rows: Some(LOOKED_AT),
                ..TokenQuery::default()
            };
            let tokens = self.0.access_tokens().list(caller, &query).await?;
            let tokens = tokens.rows.into_iter().map(|row| Found {
                which: Which::Token(row.id),
                name: row.name,
                note: row.collection_title,
            });
            add(tokens.collect());
        }
        if caller.may(Permission::CollectionsRead).is_ok() {
            let query = CollectionQuery {
                search: search.clone(),
                rows: Some(LOOKED_AT),
                ..CollectionQuery::default()
            };
            let collections = self.0.collections().list(caller, &query).await?;
            let collections = collections.rows.into_iter().map(|row| Found {
                which: Which::Collection(row.id),
                name: row.title,
                note: row.state.label().to_owned(),
            });
            add(collections.collect());
        }
        if caller.may(Permission::PeopleRead).is_ok() {
            let query = PeopleQuery {
                search,
                rows: Some(LOOKED_AT),
                ..PeopleQuery::default()
            };
            let people = self.people(caller, &query).await?;
            let people = people.rows.into_iter().map(|row| Found {
                which: Which::Person(row.id),
                name: row.name,
                note: row.email.map(String::from).unwrap_or_default(),
            });
            add(people.collect());
        }
        found.sort_by_key(fits);
        Ok(found)
    }

    /// How far the organisation has come towards its first link.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn first_steps(&self, caller: &Caller) -> Result<FirstSteps> {
        caller.may(Permission::TokensRead)?;
        let draft = CollectionQuery {
            state: Some(CollectionState::Draft),
            rows: Some(1),
            ..CollectionQuery::default()
        };
        let collections = self.0.collections();
        let (drafts, is_published) = match caller.may(Permission::CollectionsRead) {
            Ok(()) => (
                collections.list(caller, &draft).await?.rows,
                !collections.choices(caller).await?.is_empty(),
            ),
            Err(_) => (Vec::new(), false),
        };
        let mut has_tokens = false;
        for list in [TokenList::Active, TokenList::Expired, TokenList::Deleted] {
            let query = TokenQuery {
                list,
                rows: Some(1),
                ..TokenQuery::default()
            };
            has_tokens |= !self.0.access_tokens().list(caller, &query).await?.rows.is_empty();
        }
        Ok(FirstSteps {
            draft: drafts.first().map(|row| row.id),
            is_published,
            has_tokens,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::access_tokens::NewTokenForm;

    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn tokens_collections_and_people_are_found_by_name_in_ones_own_organisation_alone() {
        on_each_engine(async |world| {
            let ada = world.owner("Ada Quist", "ada@example.org", "Kowhai").await;
            let eve = world.owner("Eve", "eve@example.org", "Elsewhere").await;
            let collection = world.published(&ada, "Quince orchard").await;
            let form = NewTokenForm {
                name: "Quill intake".into(),
                token_type: "single".into(),
                collection: collection.to_string(),
                ..NewTokenForm::default()
            };
            world
                .backend
                .access_tokens()
                .create(&ada, &form)
                .await
                .expect("made");
            let reports = world.backend.reports();

            let found = reports.find(&ada, " qui ").await.expect("found");
            let names: Vec<_> = found
                .iter()
                .map(|found| (found.name.as_str(), found.note.as_str()))
                .collect();
            assert_eq!(
                names,
                [
                    ("Quill intake", "Quince orchard"),
                    ("Quince orchard", "Published"),
                    ("Ada Quist", "ada@example.org"),
                ]
            );
            assert!(reports.find(&ada, "  ").await.expect("nothing").is_empty());
            assert!(reports.find(&eve, "qui").await.expect("nothing").is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn the_first_steps_are_ticked_one_by_one() {
        on_each_engine(async |world| {
            let ada = world.owner("Ada", "ada@example.org", "Kowhai").await;
            let reports = world.backend.reports();
            let steps = async || {
                let steps = reports.first_steps(&ada).await.expect("steps");
                (steps.draft, steps.is_published, steps.has_tokens)
            };
            assert_eq!(steps().await, (None, false, false));
            let draft = world
                .backend
                .collections()
                .create(&ada, "Draft")
                .await
                .expect("a draft");
            assert_eq!(steps().await, (Some(draft.id), false, false));
            let collection = world.published(&ada, "Onboarding").await;
            assert_eq!(steps().await, (Some(draft.id), true, false));
            let form = NewTokenForm {
                name: "First".into(),
                token_type: "single".into(),
                collection: collection.to_string(),
                ..NewTokenForm::default()
            };
            let tokens = world.backend.access_tokens();
            let made = tokens.create(&ada, &form).await.expect("made");
            tokens.delete(&ada, made.id).await.expect("deleted");
            assert_eq!(steps().await, (Some(draft.id), true, true));
        })
        .await;
    }
}
